#include "server/api/dashboards/GrafanaDashboard.h"

#include "server/api/TimeArgument.h"
#include "server/api/dashboards/Dashboard.h"
#include "server/api/dashboards/GrafanaPanel.h"
#include "server/api/dashboards/GrafanaUnits.h"
#include "server/api/dashboards/GrafanaVariables.h"

#include <QJsonArray>

#include <algorithm>
#include <climits>
#include <cmath>
#include <vector>

namespace plimsoll::api {

namespace {

constexpr qsizetype maxPanelsRead = 1'000;
constexpr int columns = 12;
constexpr double theirColumns = 24;
constexpr int maxHeight = 40;
constexpr int usualHeight = 8;
constexpr double rowPixels = 32;
constexpr int64_t shortestRefreshMs = 5'000;
constexpr int64_t shortestRangeMs = 5 * 60'000;
constexpr int64_t longestRangeMs = int64_t(10) * 365 * 24 * 3'600'000;

/// Panels between two row headings, in our columns.
struct Section
{
    struct Placed
    {
        QJsonObject panel; ///< Grafana's
        QJsonObject grid;
    };
    std::vector<Placed> panels = {};
};

int clamped(double value, int least, int most, int otherwise)
{
    return std::isfinite(value) ? int(std::clamp<double>(std::round(value), least, most)) : otherwise;
}

/// A place in 24 columns in our 12; both edges are rounded, so that neighbours stay neighbours.
QJsonObject gridOf(const QJsonObject &panel)
{
    const QJsonValue given = panel["gridPos"];
    const double left = given["x"].toDouble() * columns / theirColumns;
    const double right = left + given["w"].toDouble(12) * columns / theirColumns;
    const int x = clamped(left, 0, columns - 1, 0);
    const int end = clamped(right, x + 1, columns, columns);
    return {{"x", x},
            {"y", clamped(given["y"].toDouble(), 0, 5'000, 0)},
            {"w", end - x},
            {"h", clamped(given["h"].toDouble(usualHeight), 2, maxHeight, usualHeight)}};
}

int heightOf(const QJsonValue &text)
{
    QString digits = text.isDouble() ? QString::number(text.toDouble()) : text.toString();
    digits.remove(QStringLiteral("px"));
    bool ok = false;
    const double pixels = digits.trimmed().toDouble(&ok);
    return ok ? clamped(pixels / rowPixels, 2, maxHeight, usualHeight) : usualHeight;
}

/// The panels of an old row, which have widths in twelfths and flow from left to right.
Section sectionOfRow(const QJsonObject &row)
{
    Section section;
    int x = 0;
    int y = 0;
    int height = 0;
    const QJsonArray panels = row["panels"].toArray();
    for (const QJsonValue &value : panels) {
        const QJsonObject panel = value.toObject();
        const int w = clamped(panel["span"].toDouble(columns), 1, columns, columns);
        const int h = heightOf(panel.contains("height") ? panel["height"] : row["height"]);
        if (x + w > columns) {
            y += height;
            x = height = 0;
        }
        section.panels.push_back({panel, {{"x", x}, {"y", y}, {"w", w}, {"h", h}}});
        x += w;
        height = std::max(height, h);
    }
    return section;
}

struct Outline
{
    std::vector<Section> sections;
    qsizetype panels = 0;
    qsizetype headings = 0;
    bool folded = false;
};

void addPanel(Section &section, const QJsonObject &panel)
{
    section.panels.push_back({panel, gridOf(panel)});
}

/// What lies above the row headings and beneath each of them.
Outline outlineOf(const QJsonObject &json)
{
    Outline out;
    const QJsonArray rows = json["rows"].toArray();
    for (const QJsonValue &row : rows) {
        out.sections.push_back(sectionOfRow(row.toObject()));
        out.headings += row["showTitle"].toBool();
        out.folded = out.folded || row["collapse"].toBool();
    }
    out.sections.emplace_back();
    const QJsonArray panels = json["panels"].toArray();
    for (const QJsonValue &value : panels) {
        const QJsonObject panel = value.toObject();
        if (panel["type"].toString() != u"row") {
            addPanel(out.sections.back(), panel);
            continue;
        }
        out.headings++;
        out.sections.emplace_back();
        const QJsonArray inside = panel["panels"].toArray();
        out.folded = out.folded || !inside.isEmpty();
        for (const QJsonValue &one : inside)
            addPanel(out.sections.back(), one.toObject());
    }
    for (const Section &section : out.sections)
        out.panels += qsizetype(section.panels.size());
    return out;
}

/// Panels are made in the order of reading; each section begins beneath the one before.
class Assembly
{
public:
    explicit Assembly(const GrafanaSources &sources)
        : m_sources(sources)
    {
    }

    void add(Section section)
    {
        QJsonArray made;
        std::stable_sort(section.panels.begin(), section.panels.end(), isBefore);
        for (const Section::Placed &placed : section.panels)
            addPanel(placed, made);
        int top = INT_MAX;
        for (const QJsonValue &panel : made)
            top = std::min(top, panel["grid"]["y"].toInt());
        const QJsonArray settled = withoutOverlaps(made);
        int bottom = m_bottom;
        for (const QJsonValue &value : settled) {
            QJsonObject panel = value.toObject();
            QJsonObject grid = panel["grid"].toObject();
            grid["y"] = grid["y"].toInt() - top + m_bottom;
            bottom = std::max(bottom, grid["y"].toInt() + grid["h"].toInt());
            panel["grid"] = grid;
            panels.append(panel);
        }
        m_bottom = bottom;
    }

    QJsonArray panels;
    QJsonArray report;

private:
    static bool isBefore(const Section::Placed &left, const Section::Placed &right)
    {
        return std::pair(left.grid["y"].toInt(), left.grid["x"].toInt()) <
               std::pair(right.grid["y"].toInt(), right.grid["x"].toInt());
    }

    void addPanel(const Section::Placed &placed, QJsonArray &made)
    {
        GrafanaPanel read = panelOfGrafana(placed.panel, m_sources);
        if (read.panel && m_made == maxPanels) {
            read.panel.reset();
            read.report["kind"] = QJsonValue();
            read.report["result"] = "left_out";
            read.report["notes"] = QJsonArray{"A dashboard holds 100 panels."};
        }
        read.report["panel_id"] = QJsonValue();
        if (read.panel) {
            const QString id = 'p' + QString::number(++m_made);
            read.panel->insert("id", id);
            read.panel->insert("grid", placed.grid);
            read.report["panel_id"] = id;
            made.append(*read.panel);
        }
        report.append(read.report);
    }

    const GrafanaSources &m_sources;
    int m_made = 0;
    int m_bottom = 0;
};

QString rangeOf(const QJsonObject &json, ImportNotes &notes)
{
    const QString from = json["time"]["from"].toString();
    const QString to = json["time"]["to"].toString();
    const QString length = from.mid(4);
    const auto ms = parseDuration(length.toStdString());
    const bool fits = from.startsWith(u"now-") && ms && *ms >= shortestRangeMs && *ms <= longestRangeMs;
    if (fits && (to.isEmpty() || to == u"now"))
        return length;
    if (!from.isEmpty())
        notes.lose("The time range " + from.left(40).toStdString() + " to " + to.left(40).toStdString() +
                   " is not kept; it shows the last 24 h.");
    return QStringLiteral("24h");
}

QString refreshOf(const QJsonObject &json)
{
    const QString text = json["refresh"].toString();
    const auto ms = parseDuration(text.toStdString());
    if (!ms)
        return QStringLiteral("off");
    return *ms < shortestRefreshMs ? QStringLiteral("5s") : text;
}

void noteTheRest(const QJsonObject &json, const Outline &outline, ImportNotes &notes)
{
    if (outline.headings > 0)
        notes.remark("Row headings are not kept; " +
                     std::string(outline.folded ? "panels that were folded away are shown, in their order."
                                                : "panels stay in their order."));
    qsizetype own = 0;
    const QJsonArray annotations = json["annotations"]["list"].toArray();
    for (const QJsonValue &annotation : annotations)
        own += !annotation["builtIn"].toInt();
    if (own > 0)
        notes.remark(counted(own, "query", "queries") +
                     " for annotations not kept; deploys and alarms are marked by themselves.");
    if (!json["links"].toArray().isEmpty())
        notes.remark("Links to other dashboards are not kept.");
    const QString zone = json["timezone"].toString();
    if (!zone.isEmpty() && zone != u"browser")
        notes.remark("Times are shown in the zone of who looks, not in " + zone.left(60).toStdString() + '.');
}

} // namespace

bool looksLikeGrafana(const QJsonObject &json)
{
    if (json["rows"].isArray() || json["schemaVersion"].isDouble() || json["templating"].isObject())
        return true;
    const QJsonArray panels = json["panels"].toArray();
    return std::any_of(panels.begin(), panels.end(), [](const QJsonValue &panel) {
        return panel["type"].isString() || panel["gridPos"].isObject() || panel["targets"].isArray();
    });
}

Result<GrafanaDashboard> dashboardOfGrafana(const QJsonObject &json)
{
    const Outline outline = outlineOf(json);
    if (outline.panels > maxPanelsRead)
        return Error{ErrorCode::Unprocessable,
                     "This dashboard has " + std::to_string(outline.panels) + " panels; at most " +
                         std::to_string(maxPanelsRead) + " are read, and a dashboard here holds " +
                         std::to_string(maxPanels) + ".",
                     "Split it in Grafana first."};
    const GrafanaSources sources(json);
    const GrafanaVariables variables = variablesOfGrafana(json, sources);
    Assembly assembly(sources);
    for (const Section &section : outline.sections)
        assembly.add(section);
    ImportNotes notes;
    const QString title = json["title"].toString().trimmed().left(50);
    QJsonObject dashboard{{"title", title.isEmpty() ? QStringLiteral("Imported dashboard") : title},
                          {"description", json["description"].toString().left(1'000)},
                          {"panels", assembly.panels},
                          {"variables", variables.variables},
                          {"range", rangeOf(json, notes)},
                          {"refresh", refreshOf(json)}};
    noteTheRest(json, outline, notes);
    return GrafanaDashboard{dashboard,
                            {{"source", "grafana"},
                             {"panels", assembly.report},
                             {"variables", variables.report},
                             {"notes", notes.toJson()}}};
}

} // namespace plimsoll::api

#include "server/api/dashboards/GrafanaPanel.h"

#include "server/api/dashboards/Dashboard.h"
#include "server/api/dashboards/GrafanaUnits.h"
#include "server/api/dashboards/Variables.h"

#include <QJsonArray>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace plimsoll::api {

namespace {

constexpr qsizetype maxTitle = 70;   ///< characters, so that the bytes are within bounds
constexpr qsizetype maxLegend = 120; ///< the same
constexpr qsizetype maxThresholds = 10;
constexpr double filledFrom = 20;   ///< opacity from which an area is drawn
constexpr double filledFromOld = 3; ///< the same of the panel "graph", whose fill goes to 10

struct Kind
{
    const char *from;
    const char *kind; ///< null: there is none like it
    const char *note; ///< null: it is the same
};

constexpr std::array kinds{
    Kind{"timeseries", "line", nullptr},
    Kind{"graph", "line", nullptr},
    Kind{"stat", "stat", nullptr},
    Kind{"singlestat", "stat", nullptr},
    Kind{"gauge", "gauge", nullptr},
    Kind{"bargauge", "gauge", nullptr},
    Kind{"table", "table", nullptr},
    Kind{"table-old", "table", nullptr},
    Kind{"heatmap", "heatmap", nullptr},
    Kind{"barchart", "bar", nullptr},
    Kind{"piechart", "bar", "Shown as bars: there are no pies here."},
    Kind{"grafana-piechart-panel", "bar", "Shown as bars: there are no pies here."},
    Kind{"state-timeline", "line", "Shown as lines: there is no timeline of states here."},
    Kind{"status-history", "line", "Shown as lines: there is no history of states here."},
    Kind{"trend", "line", "Shown over time."},
    Kind{"text", nullptr, "Texts have no place here."},
    Kind{"dashlist", nullptr, "The sidebar lists dashboards."},
    Kind{"alertlist", nullptr, "The page Alerts lists alarms."},
    Kind{"annolist", nullptr, "Annotations are on the charts themselves."},
    Kind{"logs", nullptr, "There are no logs here."},
    Kind{"news", nullptr, "There are no feeds here."},
    Kind{"histogram", nullptr, "There are no histograms over values; a heatmap shows them over time."},
    Kind{"geomap", nullptr, "There are no maps here."},
    Kind{"worldmap", nullptr, "There are no maps here."},
    Kind{"nodeGraph", nullptr, "There are no graphs of nodes here."},
    Kind{"traces", nullptr, "There are no traces here."},
    Kind{"flamegraph", nullptr, "There are no profiles here."},
    Kind{"canvas", nullptr, "There is no canvas here."},
    Kind{"xychart", nullptr, "Charts have time below."},
    Kind{"candlestick", nullptr, "There are no candlesticks here."},
};

bool isEmpty(const QJsonValue &value) { return value.toArray().isEmpty() && value.toObject().isEmpty(); }

QJsonValue numberIn(const QJsonValue &value)
{
    if (value.isDouble())
        return value;
    bool ok = false;
    const double number = value.toString().trimmed().toDouble(&ok);
    return ok && std::isfinite(number) ? QJsonValue(number) : QJsonValue(QJsonValue::Null);
}

/// Reads one panel.
class Reader
{
public:
    Reader(const QJsonObject &panel, const GrafanaSources &sources)
        : m_panel(panel)
        , m_sources(sources)
        , m_type(panel["type"].toString())
        , m_defaults(panel["fieldConfig"]["defaults"].toObject())
    {
    }

    GrafanaPanel read()
    {
        GrafanaPanel out;
        out.panel = panel();
        const char *result = !out.panel ? "left_out" : m_notes.lost ? "partly" : "whole";
        out.report = {{"title", title()},
                      {"kind", out.panel ? out.panel->value("kind") : QJsonValue()},
                      {"from", m_type.left(60)},
                      {"result", result},
                      {"notes", m_notes.toJson()}};
        return out;
    }

private:
    QString title() const { return m_panel["title"].toString().left(maxTitle); }

    std::optional<QJsonObject> panel()
    {
        const auto known = std::find_if(kinds.begin(), kinds.end(), [this](const Kind &kind) {
            return m_type == QLatin1String(kind.from);
        });
        if (!m_panel["libraryPanel"].toObject().isEmpty() && m_panel["targets"].toArray().isEmpty())
            return leftOut("It is kept in Grafana's library of panels, not in this file.");
        if (known == kinds.end())
            return leftOut(m_type.isEmpty()
                               ? "It says no kind."
                               : "There is no panel like " + m_type.left(60).toStdString() + " here.");
        if (!known->kind)
            return leftOut(known->note);
        if (known->note)
            m_notes.lose(known->note);
        const QJsonArray queries = this->queries();
        if (queries.isEmpty())
            return leftOut("No query of it can be asked here.");
        QJsonObject out{{"title", QString::fromStdString(withPlainVariables(title().toStdString()))},
                        {"queries", queries},
                        {"unit", unit()},
                        {"min", bound("min", "minValue")},
                        {"max", bound("max", "maxValue")}};
        shape(out, known->kind);
        out["thresholds"] = thresholds(out);
        noteWhatIsLost();
        return out;
    }

    std::optional<QJsonObject> leftOut(const std::string &why)
    {
        m_notes.lose(why);
        return std::nullopt;
    }

    bool isOld() const { return m_type == u"graph"; }

    QJsonArray queries()
    {
        QJsonArray out;
        std::set<std::string> formats;
        const QJsonArray targets = m_panel["targets"].toArray();
        for (const QJsonValue &target : targets) {
            if (const auto query = this->query(target.toObject(), formats)) {
                if (out.size() < maxQueriesOfPanel)
                    out.append(*query);
                else if (out.size() == maxQueriesOfPanel)
                    m_notes.lose("Of its queries the first 26 are kept.");
            }
        }
        if (!formats.empty())
            m_notes.lose("Variables are put in as plain text, not as " +
                         listed({formats.begin(), formats.end()}) + '.');
        return out;
    }

    static std::string nameOf(const QJsonObject &target)
    {
        const QString name = target["refId"].toString().left(20);
        return name.isEmpty() ? std::string("A query") : "Query " + name.toStdString();
    }

    std::optional<QJsonObject> query(const QJsonObject &target, std::set<std::string> &formats)
    {
        const QJsonValue own = target["datasource"];
        const std::string foreign =
            m_sources.foreignKind(own.isNull() || own.isUndefined() ? m_panel["datasource"] : own);
        if (foreign == "__expr__")
            return dropped(target, " is an expression over other queries and is left out.");
        if (!foreign.empty())
            return dropped(target, " asks " + foreign.substr(0, 40) + ", not Prometheus, and is left out.");
        const QString expr = target["expr"].toString();
        if (expr.trimmed().isEmpty())
            return dropped(target, target["expr"].isUndefined() ? " is no PromQL and is left out."
                                                                : " is empty and is left out.");
        if (target["hide"].toBool())
            return dropped(target, " was hidden and is left out.");
        const std::string text = withPlainVariables(withStep(expr).toStdString(), &formats);
        if (text.size() > size_t(maxExpressionBytes))
            return dropped(target, " is longer than 10,240 bytes and is left out.");
        return QJsonObject{{"expr", QString::fromStdString(text)}, {"legend", legend(target)}};
    }

    /// Hidden and empty ones show nothing in Grafana either.
    std::optional<QJsonObject> dropped(const QJsonObject &target, const std::string &why)
    {
        const bool seen =
            !target["hide"].toBool() && !(target["expr"].isString() && target["expr"].toString().isEmpty());
        if (seen)
            m_notes.lose(nameOf(target) + why);
        else
            m_notes.remark(nameOf(target) + why);
        return std::nullopt;
    }

    /// `$__auto_interval_window` is what Grafana makes of an interval that fits: our step.
    static QString withStep(QString expr)
    {
        static const QRegularExpression automatic(
            QStringLiteral("\\$(?:__auto_interval(?:_\\w+)?|\\{__auto_interval(?:_\\w+)?\\})"));
        return expr.replace(automatic, QStringLiteral("$__interval"));
    }

    static QString legend(const QJsonObject &target)
    {
        const QString legend = target["legendFormat"].toString();
        if (legend == u"__auto")
            return {};
        return QString::fromStdString(withPlainVariables(legend.left(maxLegend).toStdString()));
    }

    QString unit()
    {
        QJsonValue unit = m_defaults["unit"];
        if (isOld())
            unit = m_panel["yaxes"][0]["format"];
        else if (!unit.isString() && m_panel["format"].isString())
            unit = m_panel["format"];
        else if (!unit.isString() && m_type == u"heatmap")
            unit = m_panel["yAxis"]["format"].isString() ? m_panel["yAxis"]["format"]
                                                         : m_panel["options"]["yAxis"]["unit"];
        return unitOfGrafana(unit.toString(), m_notes);
    }

    QJsonValue bound(const char *name, const char *ofGauge) const
    {
        if (isOld())
            return numberIn(m_panel["yaxes"][0][QLatin1String(name)]);
        if (m_type == u"singlestat")
            return numberIn(m_panel["gauge"][QLatin1String(ofGauge)]);
        return numberIn(m_defaults[QLatin1String(name)]);
    }

    /// Kind and stacking.
    void shape(QJsonObject &out, const char *kind)
    {
        out["kind"] = kind;
        out["stacked"] = false;
        if (isOld())
            shapeOld(out);
        else if (m_type == u"timeseries")
            shapeNew(out);
        else if (m_type == u"singlestat" && m_panel["gauge"]["show"].toBool())
            out["kind"] = "gauge";
        else if (m_type == u"barchart")
            out["stacked"] = m_panel["options"]["stacking"].toString() == u"normal";
    }

    void shapeOld(QJsonObject &out)
    {
        const bool stacked = m_panel["stack"].toBool();
        const bool filled = m_panel["fill"].toDouble() >= filledFromOld;
        out["kind"] = m_panel["bars"].toBool() ? "bar" : stacked || filled ? "area" : "line";
        out["stacked"] = stacked;
        if (m_panel["percentage"].toBool())
            m_notes.lose("Shown as values, not as parts of a hundred.");
        if (m_panel["xaxis"]["mode"].isString() && m_panel["xaxis"]["mode"].toString() != u"time")
            m_notes.lose("Shown over time.");
    }

    void shapeNew(QJsonObject &out)
    {
        const QJsonValue custom = m_defaults["custom"];
        const QString stacking = custom["stacking"]["mode"].toString();
        const bool stacked = stacking == u"normal" || stacking == u"percent";
        const bool filled = custom["fillOpacity"].toDouble() >= filledFrom;
        out["kind"] = custom["drawStyle"].toString() == u"bars" ? "bar" : stacked || filled ? "area" : "line";
        out["stacked"] = stacked;
        if (stacking == u"percent")
            m_notes.lose("Shown as values, not as parts of a hundred.");
        if (custom["drawStyle"].toString() == u"points")
            m_notes.lose("Points are drawn as lines.");
        if (custom["scaleDistribution"]["type"].toString() == u"log")
            m_notes.lose("The axis is linear, not logarithmic.");
    }

    QJsonArray thresholds(const QJsonObject &out)
    {
        if (isOld())
            return thresholdsOld();
        if (m_type == u"singlestat")
            return thresholdsOfSinglestat();
        const QString style = m_defaults["custom"]["thresholdsStyle"]["mode"].toString();
        if (m_type == u"timeseries" && (style.isEmpty() || style == u"off"))
            return {};
        return thresholdsNew(out);
    }

    static void addThreshold(QJsonArray &out, const QJsonValue &value, const QString &severity,
                             const char *op = ">")
    {
        if (value.isDouble() && !severity.isEmpty() && out.size() < maxThresholds)
            out.append(QJsonObject{{"value", value}, {"op", op}, {"severity", severity}});
    }

    /// How bad a severity is; none is 0.
    static int rankOf(const QString &severity)
    {
        return severity == u"critical" ? 2 : severity.isEmpty() ? 0 : 1;
    }

    /// The line between two colours: what is worse lies above it or below it.
    static void addStep(QJsonArray &out, const QJsonValue &value, const QString &beneath,
                        const QString &above)
    {
        if (rankOf(above) < rankOf(beneath))
            addThreshold(out, value, beneath, "<");
        else
            addThreshold(out, value, above);
    }

    QJsonArray thresholdsNew(const QJsonObject &out)
    {
        const QJsonValue given = m_defaults["thresholds"];
        const bool percentage = given["mode"].toString() == u"percentage";
        const QJsonArray steps = given["steps"].toArray();
        if (percentage && steps.size() > 1 && (out["min"].isNull() || out["max"].isNull())) {
            m_notes.lose("Its thresholds in percent are left out: minimum and maximum are not given.");
            return {};
        }
        QJsonArray lines;
        QString beneath;
        for (const QJsonValue &step : steps) {
            QJsonValue value = numberIn(step["value"]);
            if (percentage && value.isDouble())
                value = out["min"].toDouble() +
                        (out["max"].toDouble() - out["min"].toDouble()) * value.toDouble() / 100;
            const QString above = severityOfColour(step["color"].toString());
            addStep(lines, value, beneath, above);
            beneath = above;
        }
        return lines;
    }

    QJsonArray thresholdsOld()
    {
        QJsonArray lines;
        const QJsonArray given = m_panel["thresholds"].toArray();
        for (const QJsonValue &threshold : given) {
            const QString mode = threshold["colorMode"].toString();
            addThreshold(lines, numberIn(threshold["value"]),
                         mode == u"ok"         ? QString()
                         : mode == u"critical" ? QStringLiteral("critical")
                                               : QStringLiteral("warning"),
                         threshold["op"].toString() == u"lt" ? "<" : ">");
        }
        return lines;
    }

    QJsonArray thresholdsOfSinglestat()
    {
        const bool coloured = m_panel["colorValue"].toBool() || m_panel["colorBackground"].toBool() ||
                              m_panel["gauge"]["show"].toBool();
        const QStringList values = m_panel["thresholds"].toString().split(u',', Qt::SkipEmptyParts);
        QJsonArray lines;
        for (qsizetype i = 0; coloured && i < values.size() && i < maxThresholds; i++)
            addStep(lines, numberIn(values[i]), severityOfColour(m_panel["colors"][i].toString()),
                    severityOfColour(m_panel["colors"][i + 1].toString()));
        return lines;
    }

    void noteWhatIsLost()
    {
        noteFields();
        noteReduction();
        const QJsonArray transformations = m_panel["transformations"].toArray();
        std::vector<std::string> names;
        for (qsizetype i = 0; i < std::min<qsizetype>(transformations.size(), 10); i++)
            names.push_back(transformations[i]["id"].toString().left(40).toStdString());
        if (!names.empty())
            m_notes.lose("Its transformations are not kept: " + listed(names) + '.');
        if (!m_panel["repeat"].toString().isEmpty())
            m_notes.lose("It was repeated for each $" + m_panel["repeat"].toString().left(60).toStdString() +
                         "; here it is one panel.");
        if (!m_panel["timeFrom"].toString().isEmpty() || !m_panel["timeShift"].toString().isEmpty())
            m_notes.lose("Its own time range is not kept.");
        if (!m_panel["alert"].toObject().isEmpty())
            m_notes.remark("Its alarm is not brought over; set one under Alerts.");
        if (!m_panel["description"].toString().isEmpty())
            m_notes.remark("Its description is not kept.");
        if (!isEmpty(m_panel["links"]) || !isEmpty(m_defaults["links"]))
            m_notes.remark("Its links are not kept.");
    }

    void noteFields()
    {
        const qsizetype overrides = m_panel["fieldConfig"]["overrides"].toArray().size() +
                                    m_panel["seriesOverrides"].toArray().size();
        if (overrides > 0)
            m_notes.lose(counted(overrides, "setting", "settings") + " for single series " +
                         (overrides == 1 ? "is" : "are") + " not kept.");
        if (!isEmpty(m_defaults["mappings"]) || mapsValues())
            m_notes.lose("Words in the place of values are not kept.");
        if (m_defaults["decimals"].isDouble() || m_panel["decimals"].isDouble())
            m_notes.remark("The number of decimals is not kept: charts show three digits.");
        if (isOld() && m_panel["yaxes"][0]["logBase"].toDouble(1) != 1)
            m_notes.lose("The axis is linear, not logarithmic.");
        if (!isEmpty(m_panel["styles"]) && m_type == u"table-old")
            m_notes.lose("The styles of its columns are not kept.");
    }

    /// Old single numbers come with one mapping that everybody has.
    bool mapsValues() const
    {
        const QJsonArray maps = m_panel["valueMaps"].toArray();
        const bool usual = maps.size() == 1 && maps[0]["value"].toString() == u"null";
        return m_type == u"singlestat" && !maps.isEmpty() && !usual;
    }

    void noteReduction()
    {
        const bool single =
            m_type == u"stat" || m_type == u"gauge" || m_type == u"bargauge" || m_type == u"singlestat";
        if (!single)
            return;
        const QString reduced = m_type == u"singlestat"
                                    ? m_panel["valueName"].toString()
                                    : m_panel["options"]["reduceOptions"]["calcs"][0].toString();
        static const QStringList newest{QString(), "last", "lastNotNull", "current"};
        if (!newest.contains(reduced))
            m_notes.lose("Shows the newest value, not the " + reduced.left(40).toStdString() +
                         " of the range.");
    }

    const QJsonObject m_panel;
    const GrafanaSources &m_sources;
    const QString m_type;
    const QJsonObject m_defaults;
    ImportNotes m_notes;
};

} // namespace

GrafanaPanel panelOfGrafana(const QJsonObject &panel, const GrafanaSources &sources)
{
    return Reader(panel, sources).read();
}

} // namespace plimsoll::api

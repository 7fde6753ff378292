#include "server/api/dashboards/Dashboard.h"

#include "server/api/TimeArgument.h"
#include "server/api/dashboards/FieldReader.h"
#include "server/api/dashboards/Variables.h"
#include "storage/query/Parser.h"

#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <vector>

namespace plimsoll::api {

namespace {

constexpr int maxTitleBytes = 200;
constexpr int maxDescriptionBytes = 4'000;
constexpr int maxPanelTitleBytes = 300;
constexpr int maxLegendBytes = 500;
constexpr int maxSelectorBytes = 2'000;
constexpr int maxThresholds = 10;
constexpr int maxOptions = 500;
constexpr int maxChosen = 100;
constexpr int maxOptionBytes = 1'000;
constexpr int maxNameBytes = 64;
constexpr int maxBrokenBytes = 2'000;
constexpr int columns = 12;
constexpr int maxRow = 10'000;
constexpr int maxRows = 100;
constexpr int usualWidth = 6;
constexpr int usualHeight = 8;
constexpr int maxMetricsTold = 200;
constexpr int64_t minuteMs = 60'000;
constexpr int64_t shortestRangeMs = 5 * minuteMs;
constexpr int64_t longestRangeMs = int64_t(10) * 365 * 24 * 60 * minuteMs;
constexpr int64_t shortestRefreshMs = 5'000;

const std::vector<const char *> kinds{"line", "area", "bar", "stat", "gauge", "table", "heatmap"};
const std::vector<const char *> units{
    "",        "seconds",   "milliseconds", "bytes",     "ratio",          "percent",
    "usd",     "celsius",   "count",        "seconds/s", "milliseconds/s", "bytes/s",
    "ratio/s", "percent/s", "usd/s",        "celsius/s", "count/s"};

std::string inQuotes(const QString &text) { return '"' + text.toStdString() + '"'; }

bool matches(const QString &text, const char *pattern)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(QLatin1String(pattern)))
        .match(text)
        .hasMatch();
}

/// Checks one dashboard; the first failure counts.
class Check
{
public:
    Check(const QJsonObject &asked, WrongExpression wrong)
        : m_fields(asked, {}, m_failure)
        , m_wrong(wrong)
    {
    }

    Result<QJsonObject> run()
    {
        QJsonObject out{
            {"title", title()},         {"description", m_fields.text("description", maxDescriptionBytes)},
            {"variables", variables()}, {"range", range()},
            {"refresh", refresh()},     {"pinned", m_fields.flag("pinned")}};
        out["panels"] = panels();
        if (m_failure)
            return *m_failure;
        const qint64 bytes = QJsonDocument(out).toJson(QJsonDocument::Compact).size();
        if (bytes > maxDashboardBytes)
            return Error{ErrorCode::Unprocessable,
                         "The dashboard has " + std::to_string(bytes) + " bytes; the limit is " +
                             std::to_string(maxDashboardBytes) + ".",
                         "Make two of it."};
        return out;
    }

private:
    QString title()
    {
        const QString title = m_fields.text("title", maxTitleBytes).trimmed();
        if (title.isEmpty())
            m_fields.failField("title", "a text that is not empty");
        return title;
    }

    QString range()
    {
        const QString text = m_fields.textOr("range", 32, QStringLiteral("24h"));
        const auto length = parseDuration(text.toStdString());
        if (!length || *length < shortestRangeMs || *length > longestRangeMs)
            m_fields.failField("range", "a length of time from 5m to 10y");
        return text;
    }

    QString refresh()
    {
        const QString text = m_fields.textOr("refresh", 32, QStringLiteral("live"));
        const auto length = parseDuration(text.toStdString());
        if (text != u"live" && text != u"off" && (!length || *length < shortestRefreshMs))
            m_fields.failField("refresh", "live, off, or a length of time of at least 5s");
        return text;
    }

    QJsonArray variables()
    {
        QJsonArray out;
        int number = 0;
        for (const QJsonObject &asked : m_fields.objects("variables", maxVariables)) {
            const QString name = asked.value("name").toString();
            const std::string place = "Variable " + std::to_string(++number) +
                                      (name.isEmpty() ? "" : ", " + inQuotes(name.left(80)));
            out.append(variable(FieldReader(asked, place, m_failure)));
            if (m_failure)
                return {};
        }
        return out;
    }

    QJsonObject variable(const FieldReader &fields)
    {
        const QString name = fields.text("name", maxNameBytes);
        if (!matches(name, "[A-Za-z_][A-Za-z0-9_]*") || name.startsWith(u"__"))
            fields.failField("name", "made of A-Z a-z 0-9 _, not beginning with a digit or __");
        const bool all = fields.flag("all");
        QJsonObject out{{"name", name},
                        {"label", fields.text("label", maxTitleBytes)},
                        {"metric", fields.text("metric", maxSelectorBytes)},
                        {"label_name", fields.text("label_name", maxNameBytes * 4)},
                        {"options", options(fields)},
                        {"value", chosen(fields, all)},
                        {"all", all}};
        checkSource(fields, out);
        if (!fields.failed() && !m_variables.insert(name.toStdString()).second)
            fields.fail("there are two of this name.");
        return out;
    }

    void checkSource(const FieldReader &fields, const QJsonObject &variable)
    {
        const bool fromLabel = !variable["label_name"].toString().isEmpty();
        const bool fromList = !variable["options"].toArray().isEmpty();
        if (fields.failed())
            return;
        if (fromLabel == fromList)
            fields.fail("it needs either `label_name` or `options`.");
        const std::string metric = variable["metric"].toString().toStdString();
        if (fields.failed() || !fromLabel || metric.empty())
            return;
        if (const Status parsed = checkExpression(metric, m_variables); !parsed)
            fields.fail("`metric` selects nothing: " + parsed.error().message);
    }

    static QJsonArray options(const FieldReader &fields)
    {
        const QJsonArray options = fields.list("options", maxOptions);
        for (const QJsonValue &option : options)
            checkOption(fields, "options", option);
        return options;
    }

    static void checkOption(const FieldReader &fields, const char *field, const QJsonValue &option)
    {
        if (!option.isString() || option.toString().toUtf8().size() > maxOptionBytes)
            fields.failField(field, "made of texts of at most " + std::to_string(maxOptionBytes) + " bytes");
    }

    static QJsonValue chosen(const FieldReader &fields, bool all)
    {
        if (!fields.has("value"))
            return QString();
        const QJsonValue value = fields.raw("value");
        if (!value.isArray()) {
            checkOption(fields, "value", value);
            return value;
        }
        const QJsonArray values = fields.list("value", maxChosen);
        if (values.size() > 1 && !all)
            fields.failField("value", "one text where `all` is false");
        for (const QJsonValue &one : values)
            checkOption(fields, "value", one);
        return values;
    }

    QJsonArray panels()
    {
        QJsonArray out;
        const std::vector<QJsonObject> asked = m_fields.objects("panels", maxPanels);
        if (m_failure)
            return {};
        for (const QJsonObject &panel : asked)
            m_ids.insert(panel.value("id").toString().toStdString());
        for (const QJsonObject &panel : asked) {
            const QString title = panel.value("title").toString();
            const std::string place =
                "Panel " + std::to_string(out.size() + 1) +
                (title.isEmpty() ? "" : ", " + inQuotes(title.left(maxPanelTitleBytes)));
            out.append(this->panel(FieldReader(panel, place, m_failure)));
            if (m_failure)
                return {};
        }
        return out;
    }

    QJsonObject panel(const FieldReader &fields)
    {
        QJsonObject out{{"id", panelId(fields)},
                        {"title", fields.text("title", maxPanelTitleBytes)},
                        {"kind", fields.oneOf("kind", kinds, "line")},
                        {"unit", fields.oneOf("unit", units, "")},
                        {"grid", grid(fields)},
                        {"min", fields.numberOrNull("min")},
                        {"max", fields.numberOrNull("max")},
                        {"stacked", fields.flag("stacked")}};
        out["thresholds"] = thresholds(fields);
        out["queries"] = queries(fields);
        return out;
    }

    QString panelId(const FieldReader &fields)
    {
        const QString asked = fields.text("id", maxNameBytes);
        if (asked.isEmpty()) {
            std::string made;
            do
                made = "p" + std::to_string(++m_lastId);
            while (!m_ids.insert(made).second);
            m_used.insert(made);
            return QString::fromStdString(made);
        }
        if (!matches(asked, "[A-Za-z0-9_-]{1,64}"))
            fields.failField("id", "1 to 64 of A-Z a-z 0-9 _ -");
        else if (!m_used.insert(asked.toStdString()).second)
            fields.fail("`id` " + inQuotes(asked) + " is another panel's too.");
        return asked;
    }

    QJsonObject grid(const FieldReader &panel)
    {
        const FieldReader fields(panel.object("grid"), panel.place() + ", grid", m_failure);
        const int w = fields.whole("w", 1, columns, usualWidth);
        const int h = fields.whole("h", 1, maxRows, usualHeight);
        const int x = fields.whole("x", 0, columns - 1, 0);
        const int y = fields.whole("y", 0, maxRow, std::min(m_bottom, maxRow));
        if (!fields.failed() && x + w > columns)
            fields.fail("`x` and `w` go beyond the 12 columns.");
        m_bottom = std::max(m_bottom, y + h);
        return {{"x", x}, {"y", y}, {"w", w}, {"h", h}};
    }

    QJsonArray thresholds(const FieldReader &panel)
    {
        QJsonArray out;
        for (const QJsonObject &asked : panel.objects("thresholds", maxThresholds)) {
            const FieldReader fields(asked, panel.place() + ", threshold " + std::to_string(out.size() + 1),
                                     m_failure);
            out.append(
                QJsonObject{{"value", fields.number("value")},
                            {"op", fields.oneOf("op", {">", "<"}, ">")},
                            {"severity", fields.oneOf("severity", {"warning", "critical"}, "warning")}});
        }
        return out;
    }

    QJsonArray queries(const FieldReader &panel)
    {
        QJsonArray out;
        for (const QJsonObject &asked : panel.objects("queries", maxQueriesOfPanel)) {
            const std::string place = "query " + std::to_string(out.size() + 1);
            out.append(query(panel, FieldReader(asked, panel.place() + ", " + place, m_failure), place));
            if (m_failure)
                return {};
        }
        return out;
    }

    QJsonObject query(const FieldReader &panel, const FieldReader &fields, const std::string &place)
    {
        const QString expr = fields.text("expr", maxExpressionBytes);
        if (expr.trimmed().isEmpty())
            fields.failField("expr", "PromQL; it is empty");
        QJsonObject out{{"expr", expr}, {"legend", fields.text("legend", maxLegendBytes)}};
        const bool marked = !fields.text("broken", maxBrokenBytes).isEmpty();
        if (fields.failed())
            return out;
        const Status parsed = checkExpression(expr.toStdString(), m_variables);
        if (parsed)
            return out;
        if (!marked && m_wrong == WrongExpression::Refuse)
            panel.fail(place + " is not PromQL: " + parsed.error().message, parsed.error().hint);
        out["broken"] = QString::fromStdString(parsed.error().message).left(maxBrokenBytes / 4);
        return out;
    }

    FieldReader::Failure m_failure;
    FieldReader m_fields;
    const WrongExpression m_wrong;
    std::set<std::string> m_variables;
    std::set<std::string> m_ids;  ///< that are asked for or made
    std::set<std::string> m_used; ///< by the panels up to here
    int m_lastId = 0;
    int m_bottom = 0; ///< of the panels up to here
};

int intIn(const QJsonObject &object, const char *field) { return object.value(QLatin1String(field)).toInt(); }

} // namespace

Result<QJsonObject> checkedDashboard(const QJsonObject &asked, WrongExpression wrong)
{
    return Check(asked, wrong).run();
}

QJsonArray shapeOf(const QJsonObject &dashboard)
{
    QJsonArray shape;
    const QJsonArray panels = dashboard.value("panels").toArray();
    for (const QJsonValue &panel : panels) {
        QJsonObject one = panel["grid"].toObject();
        one["kind"] = panel["kind"];
        shape.append(one);
    }
    return shape;
}

QJsonArray metricsOf(const QJsonObject &dashboard)
{
    const std::set<std::string> variables = variableNames(dashboard);
    std::set<std::string> names;
    const QJsonArray panels = dashboard.value("panels").toArray();
    for (const QJsonValue &panel : panels) {
        const QJsonArray queries = panel["queries"].toArray();
        for (const QJsonValue &query : queries)
            names.merge(metricsIn(query["expr"].toString().toStdString(), variables));
    }
    QJsonArray out;
    for (const std::string &name : names) {
        if (out.size() < maxMetricsTold)
            out.append(QString::fromStdString(name));
    }
    return out;
}

std::set<std::string> variableNames(const QJsonObject &dashboard)
{
    std::set<std::string> names;
    const QJsonArray variables = dashboard.value("variables").toArray();
    for (const QJsonValue &variable : variables)
        names.insert(variable["name"].toString().toStdString());
    return names;
}

QJsonArray withoutOverlaps(const QJsonArray &panels)
{
    std::vector<QJsonObject> ordered;
    for (const QJsonValue &panel : panels)
        ordered.push_back(panel.toObject());
    std::stable_sort(ordered.begin(), ordered.end(), [](const QJsonObject &left, const QJsonObject &right) {
        const QJsonObject a = left["grid"].toObject();
        const QJsonObject b = right["grid"].toObject();
        return std::pair(intIn(a, "y"), intIn(a, "x")) < std::pair(intIn(b, "y"), intIn(b, "x"));
    });
    std::array<int, columns> bottoms{};
    QJsonArray out;
    for (QJsonObject &panel : ordered) {
        QJsonObject grid = panel["grid"].toObject();
        const auto begin = bottoms.begin() + std::clamp(intIn(grid, "x"), 0, columns - 1);
        const auto end = std::min(begin + std::max(intIn(grid, "w"), 1), bottoms.end());
        const int y = std::max(intIn(grid, "y"), *std::max_element(begin, end));
        std::fill(begin, end, y + intIn(grid, "h"));
        grid["y"] = y;
        panel["grid"] = grid;
        out.append(panel);
    }
    return out;
}

} // namespace plimsoll::api

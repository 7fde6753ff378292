#include "server/api/dashboards/SharedView.h"

#include "server/api/dashboards/Dashboard.h"
#include "server/api/dashboards/ExpressionUnit.h"
#include "server/api/dashboards/ShareForm.h"
#include "server/api/dashboards/Variables.h"

#include <QJsonArray>

#include <algorithm>
#include <optional>
#include <set>

namespace plimsoll::api {

namespace {

constexpr int64_t dayMs = 24 * 60 * 60'000;
constexpr int64_t usualPoints = 300;

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

/// What the page calls a choice: "web1, web2" or "all".
QString textOf(const VariableChoice &choice)
{
    QStringList texts;
    for (const std::string &value : choice.values)
        texts << qt(value);
    return choice.all ? QStringLiteral("all") : texts.join(QStringLiteral(", "));
}

/// What the numbers of a panel mean. The page cannot tell it by itself, since it gets no expression.
QString unitOf(const QJsonValue &panel, const VariableChoices &choices)
{
    const QString told = panel["unit"].toString();
    if (!told.isEmpty())
        return told;
    const QString expr = panel["queries"][0]["expr"].toString();
    const auto text = substituted(expr.toStdString(), choices, {});
    return unitOfExpression(text ? qt(*text) : expr);
}

QJsonArray panelsShown(const QJsonObject &dashboard, const VariableChoices &choices)
{
    QJsonArray out;
    const QJsonArray panels = dashboard["panels"].toArray();
    for (const QJsonValue &panel : panels) {
        QJsonObject shown;
        for (const char *field : {"id", "title", "kind", "grid", "thresholds", "min", "max", "stacked"})
            shown[QLatin1String(field)] = panel[QLatin1String(field)];
        shown["unit"] = unitOf(panel, choices);
        QJsonArray queries;
        const QJsonArray given = panel["queries"].toArray();
        for (const QJsonValue &query : given)
            queries.append(QJsonObject{{"legend", query["legend"]}});
        shown["queries"] = queries;
        out.append(shown);
    }
    return out;
}

QJsonArray variablesShown(const QJsonObject &dashboard, const VariableChoices &choices)
{
    QJsonArray out;
    const QJsonArray variables = dashboard["variables"].toArray();
    for (const QJsonValue &variable : variables) {
        const QString name = variable["name"].toString();
        const QString label = variable["label"].toString();
        const auto choice = choices.find(name.toStdString());
        if (choice != choices.end())
            out.append(
                QJsonObject{{"label", label.isEmpty() ? name : label}, {"text", textOf(choice->second)}});
    }
    return out;
}

/// The time that a link shows.
TimeRange shownBy(const QJsonObject &share, int64_t nowMs)
{
    if (share["from_ms"].isDouble())
        return {share["from_ms"].toInteger(), share["to_ms"].toInteger()};
    const int64_t lengthMs = parseDuration(share["range"].toString().toStdString()).value_or(dayMs);
    return {nowMs - lengthMs, nowMs};
}

Result<int64_t> stepIn(const http::Request &request, TimeRange range)
{
    const auto text = request.argument("step");
    if (!text || text->empty())
        return std::max<int64_t>(1'000, range.spanMs() / usualPoints);
    bool isNumber = false;
    const double seconds = qt(*text).toDouble(&isNumber);
    const auto length = isNumber ? std::optional<int64_t>() : parseDuration(*text);
    const int64_t stepMs =
        isNumber && seconds > 0 && seconds < 1e9 ? int64_t(seconds * 1000) : length.value_or(0);
    if (stepMs < 1)
        return Error{ErrorCode::Invalid, "`step` must be seconds or a length of time such as 1m.", {}};
    if (range.spanMs() / stepMs > SharedQuery::maxPoints)
        return Error{ErrorCode::Unprocessable, "That is more than 2,000 points a series.",
                     "Ask for a longer `step`."};
    return stepMs;
}

/// The stored query that a request means.
std::optional<std::string> exprOf(const QJsonObject &dashboard, const http::Request &request)
{
    const QString id = qt(request.argument("panel").value_or(""));
    bool isNumber = true;
    const std::string index = request.argument("query").value_or("0");
    const qsizetype number = qt(index).toInt(&isNumber);
    const QJsonArray panels = dashboard["panels"].toArray();
    for (const QJsonValue &panel : panels) {
        const QJsonArray queries = panel["queries"].toArray();
        if (panel["id"].toString() == id && isNumber && number >= 0 && number < queries.size())
            return queries[number]["expr"].toString().toStdString();
    }
    return std::nullopt;
}

} // namespace

QJsonObject sharedView(const QJsonObject &dashboard, const QJsonObject &share)
{
    const auto chosen = choicesOf(dashboard, share["variables"].toObject());
    const VariableChoices choices = chosen ? *chosen : VariableChoices();
    return {{"title", dashboard["title"]},
            {"description", dashboard["description"]},
            {"panels", panelsShown(dashboard, choices)},
            {"variables", variablesShown(dashboard, choices)},
            {"range", share["range"]},
            {"from_ms", share["from_ms"]},
            {"to_ms", share["to_ms"]},
            {"refresh", share["from_ms"].isDouble() ? QJsonValue("off") : dashboard["refresh"]},
            {"expires_ms", share["expires_ms"]}};
}

Result<SharedQuery> sharedQuery(const http::Request &request, const QJsonObject &dashboard,
                                const QJsonObject &share, int64_t nowMs)
{
    const auto expr = exprOf(dashboard, request);
    if (!expr)
        return Error{ErrorCode::NotFound, "There is no such panel or query here.", {}};
    const TimeRange shown = shownBy(share, nowMs);
    auto range = request.argument("from") || request.argument("to")
                     ? parseTimeRange(request.argument("from"), request.argument("to"), nowMs)
                     : Result<TimeRange>(shown);
    if (!range)
        return range.error();
    const auto stepMs = stepIn(request, *range);
    if (!stepMs)
        return stepMs.error();
    if (range->fromMs < shown.fromMs - SharedQuery::slackMs - *stepMs ||
        range->toMs > shown.toMs + SharedQuery::slackMs + *stepMs)
        return Error{ErrorCode::Forbidden, {}, {}};
    QJsonObject frozen = share["variables"].toObject();
    const std::set<std::string> names = variableNames(dashboard);
    for (const QString &name : frozen.keys()) {
        if (!names.contains(name.toStdString()))
            frozen.remove(name);
    }
    const auto choices = choicesOf(dashboard, frozen);
    if (!choices)
        return choices.error();
    auto text = substituted(*expr, *choices, {*stepMs, range->spanMs()});
    if (!text)
        return text.error();
    return SharedQuery{*std::move(text), *range, *stepMs};
}

} // namespace plimsoll::api

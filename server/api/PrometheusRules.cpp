#include "server/api/PrometheusRules.h"

#include "server/api/JsonWriter.h"
#include "server/api/PrometheusEnvelope.h"
#include "server/api/TimeArgument.h"
#include "storage/query/Ast.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace plimsoll::api::prometheus {

namespace {

using Items = std::vector<QJsonObject>;
using TakeItems = std::function<void(Result<Items>)>;

constexpr size_t pageItems = 1000;
constexpr size_t maxItems = 100'000;
constexpr const char *groupName = "plimsoll";

/// All pages of a list, one after the other.
void listAll(const PrometheusParts &parts, ProjectId project, const std::string &resource,
             AlertControl::Listing listing, std::shared_ptr<Items> items, TakeItems take)
{
    listing.limit = pageItems;
    parts.listAlerts(project, resource, listing, [=, &parts](Result<QJsonObject> page) {
        if (!page)
            return take(page.error());
        for (const QJsonValue &item : (*page)["items"].toArray())
            items->push_back(item.toObject());
        const std::string cursor = (*page)["next_cursor"].toString().toStdString();
        if (cursor.empty() || items->size() >= maxItems)
            return take(std::move(*items));
        AlertControl::Listing next = listing;
        next.cursor = cursor;
        listAll(parts, project, resource, next, items, take);
    });
}

void listAll(const PrometheusParts &parts, ProjectId project, const std::string &resource,
             const AlertControl::Listing &listing, const TakeItems &take)
{
    listAll(parts, project, resource, listing, std::make_shared<Items>(), take);
}

AlertControl::Listing firing()
{
    AlertControl::Listing listing;
    listing.filters = {{"state", "firing"}};
    return listing;
}

QString timeText(const QJsonValue &ms)
{
    return ms.isDouble() ? QDateTime::fromMSecsSinceEpoch(ms.toInteger(), Qt::UTC).toString(Qt::ISODateWithMs)
                         : QStringLiteral("0001-01-01T00:00:00Z");
}

QString numberText(const QJsonValue &value) { return QString::fromStdString(formatDouble(value.toDouble())); }

/// A duration in seconds; resources have them as text.
double seconds(const QString &text)
{
    const auto ms = text.isEmpty() ? std::nullopt : parseDuration(text.toStdString());
    return ms ? static_cast<double>(*ms) / 1000 : 0;
}

QJsonObject alertOf(const QJsonObject &episode)
{
    QJsonObject labels = episode["labels"].toObject();
    labels["alertname"] = episode["rule_name"];
    if (!labels.contains(QLatin1String("severity")))
        labels["severity"] = episode["severity"];
    return {{"labels", labels},
            {"annotations", episode["annotations"].toObject()},
            {"state", "firing"},
            {"activeAt", timeText(episode["started_ms"])},
            {"value", numberText(episode["value"])}};
}

/// What a request for rules wants to see.
class RuleFilter
{
public:
    explicit RuleFilter(const Arguments &arguments)
        : m_type(arguments.text("type").value_or("alert"))
        , m_names(arguments.texts("rule_name[]"))
        , m_groups(arguments.texts("rule_group[]"))
        , m_files(arguments.texts("file[]"))
        , m_withAlerts(arguments.text("exclude_alerts") != "true")
    {
    }

    Status check() const
    {
        if (m_type == "alert" || m_type == "record")
            return {};
        return Error{
            ErrorCode::Invalid, "invalid parameter \"type\": not supported value \"" + m_type + '"', {}};
    }
    bool takesGroup() const
    {
        return m_type == "alert" && m_files.empty() &&
               (m_groups.empty() || std::ranges::count(m_groups, groupName) > 0);
    }
    bool takes(const QJsonObject &rule) const
    {
        const std::string name = rule["name"].toString().toStdString();
        return rule["enabled"].toBool(true) &&
               (m_names.empty() || std::ranges::find(m_names, name) != m_names.end());
    }
    bool withAlerts() const { return m_withAlerts; }

private:
    std::string m_type;
    std::vector<std::string> m_names;
    std::vector<std::string> m_groups;
    std::vector<std::string> m_files;
    bool m_withAlerts;
};

QJsonObject ruleOf(const QJsonObject &rule, const Items &episodes, bool withAlerts)
{
    const QString state = rule["state"].toString();
    QJsonObject labels = rule["labels"].toObject();
    if (!labels.contains(QLatin1String("severity")))
        labels["severity"] = rule["severity"];
    QJsonObject shown{{"type", "alerting"},
                      {"name", rule["name"]},
                      {"query", QString::fromStdString(ruleExpression(rule))},
                      {"duration", seconds(rule["for"].toString())},
                      {"keepFiringFor", 0},
                      {"labels", labels},
                      {"annotations", rule["annotations"].toObject()},
                      {"state", state == QLatin1String("firing") || state == QLatin1String("pending")
                                    ? state
                                    : QStringLiteral("inactive")},
                      {"health", state == QLatin1String("error")        ? "err"
                                 : rule["last_evaluated_ms"].isDouble() ? "ok"
                                                                        : "unknown"},
                      {"lastEvaluation", timeText(rule["last_evaluated_ms"])},
                      {"evaluationTime", 0}};
    if (rule["error"].isString())
        shown["lastError"] = rule["error"];
    QJsonArray alerts;
    for (const QJsonObject &episode : episodes) {
        if (episode["rule_id"] == rule["id"])
            alerts.append(alertOf(episode));
    }
    if (withAlerts)
        shown["alerts"] = alerts;
    return shown;
}

QJsonObject groupOf(const QJsonArray &rules)
{
    return {{"name", groupName},
            {"file", ""},
            {"interval", 15},
            {"limit", 0},
            {"evaluationTime", 0},
            {"lastEvaluation", rules.isEmpty() ? timeText({}) : rules[0]["lastEvaluation"]},
            {"rules", rules}};
}

std::string compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

} // namespace

std::string ruleExpression(const QJsonObject &rule)
{
    const std::string expr = rule["expr"].toString().toStdString();
    if (!rule["op"].isString() || !rule["threshold"].isDouble())
        return expr;
    const auto parsed = Query::parse(expr);
    const bool wraps = parsed && parsed->root().as<promql::Binary>();
    return (wraps ? '(' + expr + ')' : expr) + ' ' + rule["op"].toString().toStdString() + ' ' +
           formatDouble(rule["threshold"].toDouble());
}

void answerRules(const PrometheusParts &parts, const http::Request &request, http::Reply reply)
{
    const RuleFilter filter{Arguments(request)};
    if (const Status valid = filter.check(); !valid)
        return reply.send(failure(valid.error()));
    if (!filter.takesGroup())
        return reply.send(success(R"({"groups":[]})"));
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    const ProjectId project = request.principal.project;
    listAll(parts, project, "rules", {}, [&parts, project, filter, shared](const Result<Items> &rules) {
        if (!rules)
            return shared->send(failure(rules.error()));
        listAll(parts, project, "episodes", firing(),
                [filter, shared, rules = *rules](const Result<Items> &episodes) {
                    if (!episodes)
                        return shared->send(failure(episodes.error()));
                    QJsonArray shown;
                    for (const QJsonObject &rule : rules) {
                        if (filter.takes(rule))
                            shown.append(ruleOf(rule, *episodes, filter.withAlerts()));
                    }
                    const QJsonArray groups = shown.isEmpty() ? QJsonArray() : QJsonArray{groupOf(shown)};
                    shared->send(success(compact({{"groups", groups}})));
                });
    });
}

void answerAlerts(const PrometheusParts &parts, const http::Request &request, http::Reply reply)
{
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    listAll(parts, request.principal.project, "episodes", firing(), [shared](const Result<Items> &episodes) {
        if (!episodes)
            return shared->send(failure(episodes.error()));
        QJsonArray alerts;
        for (const QJsonObject &episode : *episodes)
            alerts.append(alertOf(episode));
        shared->send(success(compact({{"alerts", alerts}})));
    });
}

} // namespace plimsoll::api::prometheus

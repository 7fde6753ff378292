#include "server/api/PrometheusRules.h"

#include "server/api/JsonWriter.h"
#include "server/api/PrometheusEnvelope.h"
#include "server/api/TimeArgument.h"
#include "storage/query/Ast.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <limits>
#include <map>

namespace plimsoll::api::prometheus {

namespace {

using Items = std::vector<QJsonObject>;
using TakeItems = std::function<void(Result<Items>)>;

constexpr size_t pageItems = 1000;
constexpr size_t maxItems = 100'000;
/// Of the rules that are by themselves.
constexpr const char *ownGroup = "plimsoll";

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

/// Rules with their alerts that are pending or firing.
AlertControl::Listing withActive()
{
    AlertControl::Listing listing;
    listing.filters = {{"active", "true"}};
    return listing;
}

QString timeText(const QJsonValue &ms)
{
    return ms.isDouble() ? QDateTime::fromMSecsSinceEpoch(ms.toInteger(), Qt::UTC).toString(Qt::ISODateWithMs)
                         : QStringLiteral("0001-01-01T00:00:00Z");
}

QString numberText(const QJsonValue &value)
{
    return QString::fromStdString(formatDouble(value.toDouble(std::numeric_limits<double>::quiet_NaN())));
}

/// A duration in seconds; resources have them as text.
double seconds(const QString &text)
{
    const auto ms = text.isEmpty() ? std::nullopt : parseDuration(text.toStdString());
    return ms ? static_cast<double>(*ms) / 1000 : 0;
}

QJsonObject alertOf(const QJsonValue &active)
{
    return {{"labels", active["labels"]},
            {"annotations", active["annotations"].toObject()},
            {"state", active["state"]},
            {"activeAt", timeText(active["active_at_ms"])},
            {"value", numberText(active["value"])}};
}

bool isAmong(const std::vector<std::string> &wanted, const std::string &text)
{
    return wanted.empty() || std::ranges::find(wanted, text) != wanted.end();
}

/// What a request for rules wants to see.
class RuleFilter
{
public:
    explicit RuleFilter(const Arguments &arguments)
        : m_type(arguments.text("type").value_or(""))
        , m_names(arguments.texts("rule_name[]"))
        , m_groups(arguments.texts("rule_group[]"))
        , m_files(arguments.texts("file[]"))
        , m_withAlerts(arguments.text("exclude_alerts") != "true")
    {
    }

    Status check() const
    {
        if (m_type.empty() || m_type == "alert" || m_type == "record")
            return {};
        return Error{
            ErrorCode::Invalid, "invalid parameter \"type\": not supported value \"" + m_type + '"', {}};
    }
    bool takes(const QJsonObject &rule) const
    {
        const bool records = rule["record"].isString();
        const QString name = records ? rule["record"].toString() : rule["name"].toString();
        return rule["enabled"].toBool(true) && (m_type.empty() || (m_type == "record") == records) &&
               isAmong(m_names, name.toStdString()) &&
               isAmong(m_groups, rule["group"]["name"].toString(QLatin1String(ownGroup)).toStdString()) &&
               isAmong(m_files, rule["group"]["file"].toString().toStdString());
    }
    bool withAlerts() const { return m_withAlerts; }

private:
    std::string m_type;
    std::vector<std::string> m_names;
    std::vector<std::string> m_groups;
    std::vector<std::string> m_files;
    bool m_withAlerts;
};

/// The levels of a rule; each is an alerting rule to Prometheus.
QJsonArray levelsOf(const QJsonObject &rule)
{
    const QJsonArray levels = rule["levels"].toArray();
    return levels.isEmpty() ? QJsonArray{rule} : levels;
}

/// What alerting and recording rules have in common.
QJsonObject baseOf(const QJsonObject &rule)
{
    QJsonObject shown{{"labels", rule["labels"].toObject()},
                      {"health", rule["error"].isString()               ? "err"
                                 : rule["last_evaluated_ms"].isDouble() ? "ok"
                                                                        : "unknown"},
                      {"lastEvaluation", timeText(rule["last_evaluated_ms"])},
                      {"evaluationTime", rule["last_duration_ms"].toDouble() / 1000}};
    if (rule["error"].isString())
        shown["lastError"] = rule["error"];
    return shown;
}

QJsonObject recordingOf(const QJsonObject &rule)
{
    QJsonObject shown = baseOf(rule);
    shown["type"] = "recording";
    shown["name"] = rule["record"];
    shown["query"] = rule["expr"];
    return shown;
}

QJsonObject alertingOf(const QJsonObject &rule, const QJsonObject &level, bool withAlerts)
{
    QJsonObject shown = baseOf(rule);
    QJsonObject labels = rule["labels"].toObject();
    if (rule.contains(QLatin1String("levels")) || !labels.contains(QLatin1String("severity")))
        labels["severity"] = level["severity"];
    QJsonObject own = rule;
    own["op"] = level["op"];
    own["threshold"] = level["threshold"];
    QJsonArray alerts;
    QString state = QStringLiteral("inactive");
    for (const QJsonValue active : rule["active"].toArray()) {
        if (active["severity"] != level["severity"])
            continue;
        alerts.append(alertOf(active));
        if (state != QLatin1String("firing"))
            state = active["state"].toString();
    }
    shown["type"] = "alerting";
    shown["name"] = rule["name"];
    shown["query"] = QString::fromStdString(ruleExpression(own));
    shown["duration"] = seconds(level["for"].toString());
    shown["keepFiringFor"] = seconds(rule["keep_firing_for"].toString());
    shown["labels"] = labels;
    shown["annotations"] = rule["annotations"].toObject();
    shown["state"] = state;
    if (withAlerts)
        shown["alerts"] = alerts;
    return shown;
}

/// A group of rules as it is shown; rules come in the order of their evaluation.
QJsonObject groupOf(const Items &rules, bool withAlerts)
{
    QJsonArray shown;
    double evaluationTime = 0;
    qint64 lastMs = 0;
    for (const QJsonObject &rule : rules) {
        evaluationTime += rule["last_duration_ms"].toDouble() / 1000;
        lastMs = std::max(lastMs, rule["last_evaluated_ms"].toInteger());
        if (rule["record"].isString()) {
            shown.append(recordingOf(rule));
            continue;
        }
        for (const QJsonValue level : levelsOf(rule))
            shown.append(alertingOf(rule, level.toObject(), withAlerts));
    }
    const QJsonObject group = rules.front()["group"].toObject();
    const double interval = rules.front()["interval_ms"].toDouble() / 1000;
    return {{"name", group["name"].toString(QLatin1String(ownGroup))},
            {"file", group["file"].toString()},
            {"interval", interval},
            {"limit", group["limit"].toInteger()},
            {"evaluationTime", evaluationTime},
            {"lastEvaluation", timeText(lastMs > 0 ? QJsonValue(lastMs) : QJsonValue())},
            {"rules", shown}};
}

/// By file and name of the group, and within it in the order of evaluation.
QJsonArray groupsOf(const Items &rules, bool withAlerts)
{
    std::map<std::pair<QString, QString>, Items> groups;
    for (const QJsonObject &rule : rules)
        groups[{rule["group"]["file"].toString(), rule["group"]["name"].toString()}].push_back(rule);
    QJsonArray shown;
    for (auto &[key, members] : groups) {
        std::ranges::stable_sort(
            members, {}, [](const QJsonObject &rule) { return rule["group"]["position"].toInteger(); });
        shown.append(groupOf(members, withAlerts));
    }
    return shown;
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
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    listAll(parts, request.principal.project, "rules", withActive(), [filter, shared](Result<Items> rules) {
        if (!rules)
            return shared->send(failure(rules.error()));
        std::erase_if(*rules, [&](const QJsonObject &rule) { return !filter.takes(rule); });
        shared->send(success(compact({{"groups", groupsOf(*rules, filter.withAlerts())}})));
    });
}

void answerAlerts(const PrometheusParts &parts, const http::Request &request, http::Reply reply)
{
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    listAll(parts, request.principal.project, "rules", withActive(), [shared](const Result<Items> &rules) {
        if (!rules)
            return shared->send(failure(rules.error()));
        QJsonArray alerts;
        for (const QJsonObject &rule : *rules) {
            for (const QJsonValue active : rule["active"].toArray())
                alerts.append(alertOf(active));
        }
        shared->send(success(compact({{"alerts", alerts}})));
    });
}

} // namespace plimsoll::api::prometheus

#include "alerts/Notification.h"

#include "alerts/Unit.h"

namespace plimsoll::alerts {

namespace {

QString linkTo(const Episode &episode, const std::string &baseUrl)
{
    return QString::fromStdString(baseUrl + "/alerts/episodes/" + episode.id);
}

/// The fields of an episode that notices show.
QJsonObject shown(const Notice::Item &item, const std::string &baseUrl)
{
    const Episode &episode = *item.episode;
    const QJsonObject stored = episode.toJson();
    QJsonObject object{{"url", linkTo(episode, baseUrl)},
                       {"rule", QJsonObject{{"id", QString::fromStdString(episode.ruleId)},
                                            {"name", QString::fromStdString(episode.ruleName)}}}};
    for (const char *name : {"severity", "labels", "annotations", "expr", "op", "threshold", "value", "peak",
                             "started_ms", "ended_ms", "message", "acknowledged_by"})
        object.insert(QLatin1String(name), stored.value(QLatin1String(name)));
    object.insert("unit", episode.source == Episode::Source::Rule
                              ? QString::fromStdString(Unit::ofExpression(episode.expr).name())
                              : QString());
    for (const char *name : {"normal", "deploy"})
        object.insert(QLatin1String(name), item.around.contains(QLatin1String(name))
                                               ? item.around.value(QLatin1String(name))
                                               : QJsonValue(QJsonValue::Null));
    return object;
}

QJsonObject itemToJson(const Notice::Item &item, const std::string &baseUrl)
{
    QJsonObject object = shown(item, baseUrl);
    object.insert("id", QString::fromStdString(item.episode->id));
    object.insert("event", QString::fromUtf8(eventName(item.event).data()));
    if (!item.points.isEmpty())
        object.insert("points", item.points);
    return object;
}

/// How much an item matters: those that are well again last, the worst first.
int rankOf(const Notice::Item &item)
{
    return item.event == Delivery::Event::Firing ? 1 + int(item.episode->level.severity) : 0;
}

} // namespace

QJsonObject notificationBody(Notice notice, const std::string &baseUrl)
{
    std::stable_sort(notice.items.begin(), notice.items.end(),
                     [](const auto &a, const auto &b) { return rankOf(a) > rankOf(b); });
    const Episode &lead = *notice.items.front().episode;
    QJsonObject body = shown(notice.items.front(), baseUrl);
    QJsonArray episodes;
    int firing = 0;
    for (const Notice::Item &item : notice.items) {
        episodes.append(itemToJson(item, baseUrl));
        firing += item.event == Delivery::Event::Firing ? 1 : 0;
    }
    const bool ofCheck = lead.source == Episode::Source::Check;
    body.insert("version", 1);
    body.insert("event", QString::fromStdString(notice.event));
    body.insert("id", QString::fromStdString(notice.id));
    body.insert("dedup_key", QString::fromStdString(notice.dedupKey));
    body.insert("repeat", notice.repeat);
    body.insert("source", ofCheck ? "check" : "rule");
    body.insert("episode_id", QString::fromStdString(lead.id));
    body.insert("group", QJsonObject{{"labels", labelsToJson(notice.groupLabels)}});
    body.insert("firing", firing);
    body.insert("resolved", int(notice.items.size()) - firing);
    body.insert("left_out", qint64(notice.leftOut));
    body.insert("episodes", episodes);
    return body;
}

QJsonObject notificationBody(const Episode &episode, const std::string &event, const std::string &deliveryId,
                             const std::string &baseUrl)
{
    Notice notice;
    notice.id = deliveryId;
    notice.dedupKey = episode.id;
    notice.event = event;
    notice.items = {{&episode, event == "resolved" ? Delivery::Event::Resolved : Delivery::Event::Firing}};
    return notificationBody(notice, baseUrl);
}

} // namespace plimsoll::alerts

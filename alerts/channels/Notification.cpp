#include "alerts/channels/Notification.h"

#include <QJsonArray>

namespace plimsoll::alerts {

namespace {

std::string textOf(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

NotifiedEpisode::Texts textsOf(const QJsonValue &value)
{
    NotifiedEpisode::Texts texts;
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        texts.emplace(it.key().toStdString(), it->toString().toStdString());
    return texts;
}

std::optional<double> numberOf(const QJsonValue &value)
{
    return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

NotifiedEpisode episodeOf(const QJsonObject &object)
{
    NotifiedEpisode episode;
    episode.id = textOf(object, "id");
    episode.name = textOf(object.value("rule").toObject(), "name");
    episode.severity = textOf(object, "severity");
    episode.firing = textOf(object, "event") != "resolved";
    episode.labels = textsOf(object.value("labels"));
    episode.annotations = textsOf(object.value("annotations"));
    episode.message = textOf(object, "message");
    episode.expr = textOf(object, "expr");
    episode.op = textOf(object, "op");
    episode.threshold = object.value("threshold").toDouble();
    episode.value = numberOf(object.value("value"));
    episode.peak = numberOf(object.value("peak"));
    episode.unit = textOf(object, "unit");
    const QJsonObject normal = object.value("normal").toObject();
    if (normal.value("low").isDouble() && normal.value("high").isDouble())
        episode.normal = {normal.value("low").toDouble(), normal.value("high").toDouble()};
    if (const QJsonObject deploy = object.value("deploy").toObject(); deploy.value("at_ms").isDouble())
        episode.deploy = {textOf(deploy, "title"), deploy.value("at_ms").toInteger()};
    episode.startedMs = object.value("started_ms").toInteger();
    if (object.value("ended_ms").isDouble())
        episode.endedMs = object.value("ended_ms").toInteger();
    episode.url = textOf(object, "url");
    for (const QJsonValue point : object.value("points").toArray()) {
        if (const QJsonArray pair = point.toArray(); pair.size() == 2 && pair.at(1).isDouble())
            episode.points.emplace_back(pair.at(0).toInteger(), pair.at(1).toDouble());
    }
    return episode;
}

Notification::Event eventOf(const std::string &name)
{
    if (name == "resolved")
        return Notification::Event::Resolved;
    return name == "test" ? Notification::Event::Test : Notification::Event::Firing;
}

} // namespace

Notification Notification::fromJson(const QJsonObject &object)
{
    Notification notification;
    notification.id = textOf(object, "id");
    notification.event = eventOf(textOf(object, "event"));
    notification.groupLabels = textsOf(object.value("group").toObject().value("labels"));
    notification.leftOut = size_t(std::max<qint64>(0, object.value("left_out").toInteger()));
    for (const QJsonValue episode : object.value("episodes").toArray())
        notification.episodes.push_back(episodeOf(episode.toObject()));
    if (notification.episodes.empty()) {
        notification.episodes.push_back(episodeOf(object));
        notification.episodes.front().id = textOf(object, "episode_id");
    }
    for (const std::string &key : {textOf(object, "dedup_key"), notification.first().id, notification.id}) {
        if (notification.dedupKey.empty())
            notification.dedupKey = key;
    }
    return notification;
}

size_t Notification::firingCount() const
{
    return size_t(
        std::count_if(episodes.begin(), episodes.end(), [](const auto &each) { return each.firing; }));
}

std::string Notification::severity() const
{
    const bool someFire = firingCount() > 0;
    const bool critical = std::any_of(episodes.begin(), episodes.end(), [&](const auto &each) {
        return each.severity == "critical" && (each.firing || !someFire);
    });
    return critical ? "critical" : "warning";
}

std::string Notification::baseUrl() const
{
    const std::string &url = first().url;
    return url.substr(0, std::min(url.find("/alerts"), url.size()));
}

} // namespace plimsoll::alerts

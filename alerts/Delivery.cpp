#include "alerts/Delivery.h"

#include <QJsonArray>

#include <cmath>

namespace plimsoll::alerts {

namespace {

constexpr std::array<const char *, 3> stateNames{"pending", "delivered", "failed"};

QJsonValue textOrNull(const std::string &text)
{
    return text.empty() ? QJsonValue() : QJsonValue(QString::fromStdString(text));
}

QJsonObject attemptToJson(const Delivery::Attempt &attempt)
{
    return {{"at_ms", qint64(attempt.atMs)},
            {"status", attempt.status ? QJsonValue(*attempt.status) : QJsonValue()},
            {"error", textOrNull(attempt.error)},
            {"duration_ms", qint64(attempt.durationMs)}};
}

Delivery::Attempt attemptFromJson(const QJsonObject &object)
{
    Delivery::Attempt attempt;
    attempt.atMs = object.value("at_ms").toInteger();
    if (object.value("status").isDouble())
        attempt.status = object.value("status").toInt();
    attempt.error = object.value("error").toString().toStdString();
    attempt.durationMs = object.value("duration_ms").toInteger();
    return attempt;
}

} // namespace

std::string_view eventName(Delivery::Event event)
{
    return event == Delivery::Event::Firing ? "firing" : "resolved";
}

void Delivery::addAttempt(int64_t atMs, const SendOutcome &outcome)
{
    attemptCount++;
    if (attempts.size() >= maxAttempts)
        attempts.erase(attempts.begin() + maxAttempts / 2);
    attempts.push_back({atMs, outcome.status, outcome.error, outcome.durationMs});
}

QJsonObject Delivery::toJson() const
{
    QJsonArray tries;
    for (const Attempt &attempt : attempts)
        tries.append(attemptToJson(attempt));
    return {{"id", QString::fromStdString(id)},
            {"episode_id", QString::fromStdString(episodeId)},
            {"channel_id", QString::fromStdString(channelId)},
            {"event", QString::fromUtf8(eventName(event).data())},
            {"state", QString::fromLatin1(stateNames[size_t(state)])},
            {"created_ms", qint64(createdMs)},
            {"attempts", tries},
            {"attempt_count", qint64(attemptCount)},
            {"next_attempt_ms", state == State::Pending ? QJsonValue(qint64(nextAttemptMs)) : QJsonValue()}};
}

QJsonObject Delivery::toStoredJson() const
{
    QJsonObject object = toJson();
    object.insert("scheduled_ms", qint64(scheduledMs));
    if (state != State::Delivered)
        object.insert("payload", payload);
    return object;
}

std::optional<Delivery> Delivery::fromJson(const QJsonObject &object)
{
    Delivery delivery;
    delivery.id = object.value("id").toString().toStdString();
    delivery.episodeId = object.value("episode_id").toString().toStdString();
    delivery.channelId = object.value("channel_id").toString().toStdString();
    delivery.event = object.value("event").toString() == "resolved" ? Event::Resolved : Event::Firing;
    const auto state =
        std::find(stateNames.begin(), stateNames.end(), object.value("state").toString().toStdString());
    if (delivery.id.empty() || state == stateNames.end())
        return {};
    delivery.state = State(state - stateNames.begin());
    delivery.createdMs = object.value("created_ms").toInteger();
    for (const QJsonValue attempt : object.value("attempts").toArray())
        delivery.attempts.push_back(attemptFromJson(attempt.toObject()));
    delivery.attemptCount = uint32_t(object.value("attempt_count").toInteger());
    delivery.scheduledMs = object.value("scheduled_ms").toInteger();
    delivery.nextAttemptMs = object.value("next_attempt_ms").toInteger();
    delivery.payload = object.value("payload").toObject();
    return delivery;
}

QJsonObject notificationBody(const Episode &episode, std::string_view event, const std::string &deliveryId,
                             const std::string &baseUrl)
{
    const QJsonObject stored = episode.toJson();
    QJsonObject body{{"version", 1},
                     {"event", QString::fromUtf8(event.data(), qsizetype(event.size()))},
                     {"id", QString::fromStdString(deliveryId)},
                     {"episode_id", QString::fromStdString(episode.id)},
                     {"rule", QJsonObject{{"id", QString::fromStdString(episode.ruleId)},
                                          {"name", QString::fromStdString(episode.ruleName)}}},
                     {"url", QString::fromStdString(baseUrl + "/alerts/episodes/" + episode.id)}};
    for (const char *name : {"severity", "labels", "annotations", "expr", "op", "threshold", "value", "peak",
                             "started_ms", "ended_ms"})
        body.insert(QLatin1String(name), stored.value(QLatin1String(name)));
    return body;
}

int64_t retryDelayMs(uint32_t failedAttempts, double random)
{
    const uint32_t doublings = std::min(failedAttempts > 0 ? failedAttempts - 1 : 0, 20U);
    const int64_t delayMs = std::min<int64_t>(1000LL << doublings, maxRetryDelayMs);
    return int64_t(std::llround(double(delayMs) * (0.8 + 0.4 * random)));
}

} // namespace plimsoll::alerts

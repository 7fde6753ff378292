#include "alerts/Delivery.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <cmath>

namespace plimsoll::alerts {

namespace {

constexpr std::array<const char *, 3> stateNames{"pending", "delivered", "failed"};

QString toText(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

QJsonValue textOrNull(const std::string &text)
{
    return text.empty() ? QJsonValue() : QJsonValue(QString::fromStdString(text));
}

std::string textOf(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
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
    attempt.error = textOf(object, "error");
    attempt.durationMs = object.value("duration_ms").toInteger();
    return attempt;
}

Delivery::Event eventOf(const QJsonObject &object)
{
    return object.value("event").toString() == "resolved" ? Delivery::Event::Resolved
                                                          : Delivery::Event::Firing;
}

QJsonObject entryToJson(const Delivery::Entry &entry)
{
    return {{"episode_id", QString::fromStdString(entry.episodeId)},
            {"event", toText(eventName(entry.event))},
            {"severity", toText(severityName(entry.severity))}};
}

Delivery::Entry entryFromJson(const QJsonObject &object)
{
    return {textOf(object, "episode_id"), eventOf(object),
            severityFromName(textOf(object, "severity")).value_or(Severity::Critical)};
}

} // namespace

size_t payloadBytesOf(const QJsonObject &payload)
{
    return payload.isEmpty() ? 0 : size_t(QJsonDocument(payload).toJson(QJsonDocument::Compact).size());
}

std::string_view eventName(Delivery::Event event)
{
    return event == Delivery::Event::Firing ? "firing" : "resolved";
}

std::string_view stateName(Delivery::State state) { return stateNames[size_t(state)]; }

bool Delivery::tellsOf(const std::string &episodeId) const
{
    return std::any_of(entries.begin(), entries.end(),
                       [&](const Entry &entry) { return entry.episodeId == episodeId; });
}

void Delivery::addAttempt(int64_t atMs, const SendOutcome &outcome)
{
    attemptCount++;
    tries++;
    if (attempts.size() >= maxAttempts)
        attempts.erase(attempts.begin() + maxAttempts / 2);
    attempts.push_back({atMs, outcome.status, outcome.error, outcome.durationMs});
}

QJsonObject Delivery::toJson() const
{
    QJsonArray attempted;
    for (const Attempt &attempt : attempts)
        attempted.append(attemptToJson(attempt));
    QJsonArray told;
    for (const Entry &entry : entries)
        told.append(entryToJson(entry));
    return {{"id", QString::fromStdString(id)},
            {"episode_id", QString::fromStdString(episodeId())},
            {"episodes", told},
            {"channel_id", QString::fromStdString(channelId)},
            {"dedup_key", QString::fromStdString(dedupKey)},
            {"event", toText(eventName(event))},
            {"repeat", repeat},
            {"state", QString::fromLatin1(stateNames[size_t(state)])},
            {"created_ms", qint64(createdMs)},
            {"attempts", attempted},
            {"attempt_count", qint64(attemptCount)},
            {"next_attempt_ms", state == State::Pending ? QJsonValue(qint64(nextAttemptMs)) : QJsonValue()},
            {"replayable", state == State::Failed && !payload.isEmpty()},
            {"replayed_ms", timeToJson(replayedMs)},
            {"replayed_by", textOrNull(replayedBy)}};
}

QJsonObject Delivery::toStoredJson() const
{
    QJsonObject object = toJson();
    object.insert("scheduled_ms", qint64(scheduledMs));
    object.insert("queued_ms", qint64(queuedMs));
    object.insert("tries", qint64(tries));
    if (state != State::Delivered && !payload.isEmpty())
        object.insert("payload", payload);
    return object;
}

std::optional<Delivery> Delivery::fromJson(const QJsonObject &object)
{
    Delivery delivery;
    delivery.id = textOf(object, "id");
    delivery.channelId = textOf(object, "channel_id");
    delivery.event = eventOf(object);
    for (const QJsonValue entry : object.value("episodes").toArray())
        delivery.entries.push_back(entryFromJson(entry.toObject()));
    if (delivery.entries.empty())
        delivery.entries.push_back(entryFromJson(object));
    delivery.dedupKey = textOf(object, "dedup_key");
    if (delivery.dedupKey.empty())
        delivery.dedupKey = delivery.episodeId();
    delivery.repeat = object.value("repeat").toBool();
    const auto state = std::find(stateNames.begin(), stateNames.end(), textOf(object, "state"));
    if (delivery.id.empty() || state == stateNames.end())
        return {};
    delivery.state = State(state - stateNames.begin());
    delivery.createdMs = object.value("created_ms").toInteger();
    delivery.queuedMs = object.value("queued_ms").toInteger(delivery.createdMs);
    for (const QJsonValue attempt : object.value("attempts").toArray())
        delivery.attempts.push_back(attemptFromJson(attempt.toObject()));
    delivery.attemptCount = uint32_t(object.value("attempt_count").toInteger());
    delivery.tries = uint32_t(object.value("tries").toInteger(delivery.attemptCount));
    delivery.scheduledMs = object.value("scheduled_ms").toInteger();
    delivery.nextAttemptMs = object.value("next_attempt_ms").toInteger();
    delivery.replayedMs = timeFromJson(object.value("replayed_ms"));
    delivery.replayedBy = textOf(object, "replayed_by");
    delivery.payload = object.value("payload").toObject();
    delivery.payloadBytes = payloadBytesOf(delivery.payload);
    return delivery;
}

int64_t retryDelayMs(uint32_t failedAttempts, double random)
{
    const uint32_t doublings = std::min(failedAttempts > 0 ? failedAttempts - 1 : 0, 20U);
    const int64_t delayMs = std::min<int64_t>(1000LL << doublings, maxRetryDelayMs);
    return int64_t(std::llround(double(delayMs) * (0.8 + 0.4 * random)));
}

} // namespace plimsoll::alerts

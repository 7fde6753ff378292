#pragma once

#include "alerts/Episode.h"
#include "alerts/OutboundHttp.h"

namespace plimsoll::alerts {

/// One notice to one channel, until it was delivered or given up: the episodes that it tells of and what is
/// sent.
struct Delivery
{
    enum class Event { Firing, Resolved };
    enum class State { Pending, Delivered, Failed };

    struct Attempt
    {
        int64_t atMs = 0;
        std::optional<int> status;
        std::string error;
        int64_t durationMs = 0;
    };
    /// What it says of one episode.
    struct Entry
    {
        std::string episodeId;
        Event event = Event::Firing;
        Severity severity = Severity::Warning;
    };
    /// The first and the latest attempts are kept, at most this many.
    static constexpr size_t maxAttempts = 20;

    std::string id; ///< also the Idempotency-Key: the same for every attempt
    std::string channelId;
    /// The same for every notice of a group: what receivers fold firing, repeated and resolved notices by.
    std::string dedupKey;
    std::vector<Entry> entries;  ///< at least one
    Event event = Event::Firing; ///< resolved: nothing of its group fires any more
    bool repeat = false;         ///< it tells nothing new
    State state = State::Pending;
    int64_t createdMs = 0;
    int64_t queuedMs = 0; ///< created, or replayed
    std::vector<Attempt> attempts;
    uint32_t attemptCount = 0; ///< of all attempts, also those no longer kept
    uint32_t tries = 0;        ///< of those since `queuedMs`
    int64_t scheduledMs = 0;   ///< when `nextAttemptMs` was set
    int64_t nextAttemptMs = 0; ///< while pending
    std::optional<int64_t> replayedMs;
    std::string replayedBy;
    QJsonObject payload; ///< what is sent, as it was at the event; none once it was delivered
    size_t payloadBytes = 0;

    const std::string &episodeId() const { return entries.front().episodeId; }
    bool tellsOf(const std::string &episodeId) const;
    void addAttempt(int64_t atMs, const SendOutcome &outcome);
    /// The form of the API; the stored one has the payload too.
    QJsonObject toJson() const;
    QJsonObject toStoredJson() const;
    static std::optional<Delivery> fromJson(const QJsonObject &object);
};

std::string_view eventName(Delivery::Event event);
std::string_view stateName(Delivery::State state);
size_t payloadBytesOf(const QJsonObject &payload);

/// How long to wait after the n-th failed attempt (from 1): 1 s, 2 s, 4 s … 5 min, each less or more by up to
/// a fifth as `random` in [0, 1) says.
int64_t retryDelayMs(uint32_t failedAttempts, double random);
inline constexpr int64_t maxRetryDelayMs = 5 * 60'000;
/// A delivery is given up after so long and so many tries, so that neither a clock that jumps ahead nor a
/// machine that slept gives it up.
inline constexpr int64_t giveUpAfterMs = 24LL * 3'600'000;
inline constexpr uint32_t giveUpAfterTries = 10;

} // namespace plimsoll::alerts

#pragma once

#include "alerts/Episode.h"
#include "alerts/OutboundHttp.h"

namespace plimsoll::alerts {

/// One notification to one channel about one event of an episode, until it was delivered or given up.
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
    /// The first and the latest attempts are kept, at most this many.
    static constexpr size_t maxAttempts = 20;

    std::string id; ///< also the Idempotency-Key: the same for every attempt
    std::string episodeId;
    std::string channelId;
    Event event = Event::Firing;
    State state = State::Pending;
    int64_t createdMs = 0;
    std::vector<Attempt> attempts;
    uint32_t attemptCount = 0; ///< of all attempts, also those no longer kept
    int64_t scheduledMs = 0;   ///< when `nextAttemptMs` was set
    int64_t nextAttemptMs = 0; ///< while pending
    QJsonObject payload;       ///< what is sent, as it was at the event

    void addAttempt(int64_t atMs, const SendOutcome &outcome);
    /// The form of the API; the stored one has the payload too.
    QJsonObject toJson() const;
    QJsonObject toStoredJson() const;
    static std::optional<Delivery> fromJson(const QJsonObject &object);
};

std::string_view eventName(Delivery::Event event);

/// The body that a webhook receives (server/api/README.md); `event` is "firing", "resolved" or "test".
QJsonObject notificationBody(const Episode &episode, std::string_view event, const std::string &deliveryId,
                             const std::string &baseUrl);

/// How long to wait after the n-th failed attempt (from 1): 1 s, 2 s, 4 s … 5 min, each less or more by up to
/// a fifth as `random` in [0, 1) says.
int64_t retryDelayMs(uint32_t failedAttempts, double random);
inline constexpr int64_t maxRetryDelayMs = 5 * 60'000;
inline constexpr int64_t giveUpAfterMs = 24LL * 3'600'000;

} // namespace plimsoll::alerts

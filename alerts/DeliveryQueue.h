#pragma once

#include "alerts/Channel.h"
#include "alerts/ChannelGate.h"
#include "alerts/Delivery.h"
#include "alerts/Records.h"
#include "storage/model/Clock.h"

#include <QTimer>

#include <functional>
#include <map>
#include <set>

namespace plimsoll::alerts {

/// Sends what is queued until it was delivered or given up, which makes it a dead letter that can be sent
/// again. The queue is the collection "deliveries": every change is durable, a delivery that got its 2xx is
/// recorded before anything else happens to it. Of one channel and group (Delivery::dedupKey) the older one
/// goes first.
///
/// It is bounded: whoever adds asks room() before and waits for changed().
///
/// Belongs to one thread with an event loop. Nothing is started before pump() or start().
class DeliveryQueue : public QObject
{
    Q_OBJECT

public:
    using ChannelLookup = std::function<const Channel *(const std::string &id)>;
    static constexpr size_t maxInFlight = 8;
    static constexpr size_t maxInFlightPerChannel = 2;
    struct Limits
    {
        size_t pending = 10'000;
        size_t pendingPerChannel = 2'500;
        size_t pendingBytes = 64 << 20; ///< of payloads
        size_t deadBytes = 32 << 20;    ///< of payloads of failed ones; the oldest lose theirs
    };
    static constexpr size_t maxRepeatsKept = 8; ///< delivered repeats of one group
    static constexpr const char *collection = "deliveries";

    DeliveryQueue(Records &records, OutboundHttp &http, const Clock &clock, ChannelLookup channels,
                  QObject *parent = nullptr);

    /// For tests; before anything is added.
    void setLimits(const Limits &limits) { m_limits = limits; }

    /// Takes one over that is already durable.
    void add(Delivery delivery);
    /// Starts every attempt that is due by the clock.
    void pump();
    /// From here on attempts start by themselves when they are due.
    void start();
    /// Starts nothing any more; what is under way ends with the OutboundHttp.
    void stop();
    /// Forgets an episode; deliveries that tell of no other go, here and in the store.
    void removeOf(const std::string &episodeId);

    /// Sends a failed one again, under its id; NotFound, or Conflict where it is not a dead letter or what it
    /// said is not kept. The future says when it is durable.
    Status canReplay(const std::string &id) const;
    QFuture<Status> replay(const std::string &id, const std::string &by);

    const Delivery *find(const std::string &id) const;
    std::vector<const Delivery *> of(const std::string &episodeId) const; ///< in order of creation
    const std::map<std::string, Delivery> &all() const { return m_deliveries; }
    /// How many more may be added for this channel.
    size_t room(const std::string &channelId) const;
    /// True while one of this group is to be sent or being sent.
    bool busy(const std::string &channelId, const std::string &dedupKey) const;
    size_t pendingCount() const { return m_pending.size(); }
    size_t pendingBytes() const { return m_pendingBytes; }
    size_t inFlightCount() const { return m_inFlight.size(); }

Q_SIGNALS:
    void changed(const std::string &deliveryId);

private:
    using Order = std::pair<int64_t, std::string>;    ///< creation, id
    using Line = std::pair<std::string, std::string>; ///< channel, dedup key

    static Order orderOf(const Delivery &delivery) { return {delivery.createdMs, delivery.id}; }
    static Line lineOf(const Delivery &delivery) { return {delivery.channelId, delivery.dedupKey}; }
    void enqueue(const Delivery &delivery);
    void dequeue(const Delivery &delivery);
    void leaveLine(const Delivery &delivery);
    bool ready(const Delivery &delivery, int64_t nowMs);
    int64_t dueMs(const Delivery &delivery, int64_t nowMs) const;
    bool isFirstOfItsLine(const Delivery &delivery) const;
    QCoro::Task<void> attempt(std::string id);
    QCoro::Task<SendOutcome> send(std::string id);
    void settle(Delivery &delivery, const SendOutcome &outcome);
    void postpone(Delivery &delivery, const SendOutcome &outcome);
    void giveUp(Delivery &delivery);
    QCoro::Task<void> persist(std::string id);
    void limitDead();
    void limitRepeats(const Line &line, const std::string &id);
    void forget(const std::string &id);
    void arm();

    Records &m_records;
    OutboundHttp &m_http;
    const Clock &m_clock;
    ChannelLookup m_channels;
    Limits m_limits;
    std::map<std::string, Delivery> m_deliveries;
    std::map<std::string, std::vector<std::string>> m_byEpisode;
    std::set<Order> m_pending;
    std::map<std::string, size_t> m_pendingByChannel;
    size_t m_pendingBytes = 0;
    std::map<Line, std::set<Order>> m_lines; ///< pending ones, and those whose end is not durable yet
    std::set<Order> m_dead;                  ///< failed ones whose payload is kept
    size_t m_deadBytes = 0;
    std::map<Line, std::vector<std::string>> m_repeats; ///< delivered ones, the oldest first
    std::set<std::string> m_inFlight;
    std::map<std::string, size_t> m_inFlightByChannel;
    std::map<std::string, ChannelGate> m_gates;
    std::set<std::string> m_waitForChannel; ///< failed for the channel's sake, not for their own
    QTimer m_timer;
    bool m_live = false;
    bool m_stopped = false;
};

} // namespace plimsoll::alerts

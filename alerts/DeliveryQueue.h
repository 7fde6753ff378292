#pragma once

#include "alerts/Channel.h"
#include "alerts/Delivery.h"
#include "alerts/Records.h"
#include "storage/model/Clock.h"

#include <QTimer>

#include <functional>
#include <map>
#include <set>

namespace plimsoll::alerts {

/// Sends what is queued until it was delivered or given up after 24 h. The queue is the collection
/// "deliveries": every change is durable, a delivery that got its 2xx is recorded before anything else
/// happens to it. Of one episode and channel the firing notice goes before the resolved one.
///
/// Belongs to one thread with an event loop. Nothing is started before pump() or start().
class DeliveryQueue : public QObject
{
    Q_OBJECT

public:
    using ChannelLookup = std::function<const Channel *(const std::string &id)>;
    static constexpr size_t maxInFlight = 8;
    static constexpr size_t maxInFlightPerChannel = 2;
    static constexpr size_t maxPending = 10'000; ///< beyond it the oldest one fails
    static constexpr const char *collection = "deliveries";

    DeliveryQueue(Records &records, OutboundHttp &http, const Clock &clock, ChannelLookup channels,
                  QObject *parent = nullptr);

    /// Takes one over that is already durable.
    void add(Delivery delivery);
    /// Starts every attempt that is due by the clock.
    void pump();
    /// From here on attempts start by themselves when they are due.
    void start();
    /// Starts nothing any more; what is under way ends with the OutboundHttp.
    void stop();
    /// Forgets the deliveries of an episode, here and in the store.
    void removeOf(const std::string &episodeId);

    std::vector<const Delivery *> of(const std::string &episodeId) const; ///< in order of creation
    const std::map<std::string, Delivery> &all() const { return m_deliveries; }
    size_t pendingCount() const { return m_pending.size(); }
    size_t inFlightCount() const { return m_inFlight.size(); }

Q_SIGNALS:
    void changed(const std::string &episodeId);

private:
    using Order = std::pair<int64_t, std::string>; ///< creation, id

    bool ready(const Delivery &delivery, int64_t nowMs);
    bool waitsForFiring(const Delivery &delivery) const;
    QCoro::Task<void> attempt(std::string id);
    void settle(Delivery &delivery, const SendOutcome &outcome);
    QCoro::Task<void> persist(std::string id);
    void fail(Delivery &delivery, const std::string &why);
    void limitPending();
    void arm();

    Records &m_records;
    OutboundHttp &m_http;
    const Clock &m_clock;
    ChannelLookup m_channels;
    std::map<std::string, Delivery> m_deliveries;
    std::map<std::string, std::vector<std::string>> m_byEpisode;
    std::set<Order> m_pending;
    std::set<std::string> m_inFlight;
    std::map<std::string, size_t> m_inFlightByChannel;
    QTimer m_timer;
    bool m_live = false;
    bool m_stopped = false;
};

} // namespace plimsoll::alerts

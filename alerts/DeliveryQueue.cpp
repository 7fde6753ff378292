#include "alerts/DeliveryQueue.h"

#include "alerts/channels/ChannelKind.h"

#include <QCoroFuture>
#include <QRandomGenerator>

namespace plimsoll::alerts {

DeliveryQueue::DeliveryQueue(Records &records, OutboundHttp &http, const Clock &clock, ChannelLookup channels,
                             QObject *parent)
    : QObject(parent)
    , m_records(records)
    , m_http(http)
    , m_clock(clock)
    , m_channels(std::move(channels))
    , m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &DeliveryQueue::pump);
}

void DeliveryQueue::add(Delivery delivery)
{
    const std::string id = delivery.id;
    if (delivery.state == Delivery::State::Pending)
        m_pending.emplace(delivery.createdMs, id);
    m_byEpisode[delivery.episodeId].push_back(id);
    m_deliveries.insert_or_assign(id, std::move(delivery));
    limitPending();
    if (m_live)
        pump();
}

void DeliveryQueue::start()
{
    m_live = true;
    pump();
}

void DeliveryQueue::stop()
{
    m_stopped = true;
    m_timer.stop();
}

void DeliveryQueue::pump()
{
    if (m_stopped)
        return;
    const int64_t nowMs = m_clock.nowMs();
    std::vector<std::string> due;
    for (const auto &[createdMs, id] : m_pending) {
        if (m_inFlight.size() >= maxInFlight)
            break;
        const Delivery &delivery = m_deliveries.at(id);
        if (!ready(m_deliveries.at(id), nowMs))
            continue;
        m_inFlight.insert(id);
        m_inFlightByChannel[delivery.channelId]++;
        due.push_back(id);
    }
    for (const std::string &id : due)
        attempt(id);
    arm();
}

bool DeliveryQueue::ready(const Delivery &delivery, int64_t nowMs)
{
    if (m_inFlight.contains(delivery.id) || waitsForFiring(delivery))
        return false;
    if (const auto busy = m_inFlightByChannel.find(delivery.channelId);
        busy != m_inFlightByChannel.end() && busy->second >= maxInFlightPerChannel)
        return false;
    const bool clockWentBack = nowMs < delivery.scheduledMs;
    return clockWentBack || nowMs >= delivery.nextAttemptMs;
}

bool DeliveryQueue::waitsForFiring(const Delivery &delivery) const
{
    if (delivery.event == Delivery::Event::Firing)
        return false;
    for (const Delivery *other : of(delivery.episodeId)) {
        if (other->event == Delivery::Event::Firing && other->channelId == delivery.channelId &&
            (other->state == Delivery::State::Pending || m_inFlight.contains(other->id)))
            return true;
    }
    return false;
}

QCoro::Task<void> DeliveryQueue::attempt(std::string id)
{
    const QPointer<DeliveryQueue> self(this);
    const std::string channelId = m_deliveries.at(id).channelId;
    const Channel *channel = m_channels(channelId);
    if (channel) {
        auto sending = sendNotification(m_http, *channel, m_deliveries.at(id).payload);
        const SendOutcome outcome = co_await sending;
        if (!self || (m_stopped && !outcome.delivered))
            co_return;
        if (const auto it = m_deliveries.find(id); it != m_deliveries.end())
            settle(it->second, outcome);
    } else {
        fail(m_deliveries.at(id), "The channel was removed.");
    }
    auto recording = persist(id);
    co_await recording;
    if (!self)
        co_return;
    m_inFlight.erase(id);
    if (--m_inFlightByChannel[channelId] == 0)
        m_inFlightByChannel.erase(channelId);
    if (const auto it = m_deliveries.find(id); it != m_deliveries.end())
        Q_EMIT changed(it->second.episodeId);
    if (self && m_live)
        pump();
}

void DeliveryQueue::settle(Delivery &delivery, const SendOutcome &outcome)
{
    const int64_t nowMs = m_clock.nowMs();
    delivery.addAttempt(nowMs, outcome);
    if (outcome.delivered) {
        delivery.state = Delivery::State::Delivered;
        delivery.payload = {};
    } else if (nowMs - delivery.createdMs >= giveUpAfterMs) {
        delivery.state = Delivery::State::Failed;
    } else {
        const int64_t delayMs =
            retryDelayMs(delivery.attemptCount, QRandomGenerator::global()->generateDouble());
        delivery.scheduledMs = nowMs;
        delivery.nextAttemptMs = nowMs + std::max(delayMs, outcome.retryAfterMs.value_or(0));
        return;
    }
    m_pending.erase({delivery.createdMs, delivery.id});
}

QCoro::Task<void> DeliveryQueue::persist(std::string id)
{
    const QPointer<DeliveryQueue> self(this);
    for (uint32_t failures = 1;; failures++) {
        const auto it = m_deliveries.find(id);
        if (it == m_deliveries.end())
            co_return;
        const auto writing = m_records.put(collection, id, it->second.toStoredJson(), m_clock.nowMs());
        const Status written = co_await writing;
        if (written || !self || m_stopped)
            co_return;
        const auto pausing = m_records.pause(retryDelayMs(failures, 0.5));
        const bool goOn = co_await pausing;
        if (!self || !goOn)
            co_return;
    }
}

void DeliveryQueue::fail(Delivery &delivery, const std::string &why)
{
    SendOutcome outcome;
    outcome.error = why;
    delivery.addAttempt(m_clock.nowMs(), outcome);
    delivery.state = Delivery::State::Failed;
    m_pending.erase({delivery.createdMs, delivery.id});
}

void DeliveryQueue::limitPending()
{
    for (auto it = m_pending.begin(); m_pending.size() > maxPending && it != m_pending.end();) {
        const std::string id = (it++)->second;
        if (m_inFlight.contains(id))
            continue;
        fail(m_deliveries.at(id), "The queue was full; a newer notification took its place.");
        persist(id);
    }
}

void DeliveryQueue::removeOf(const std::string &episodeId)
{
    const auto found = m_byEpisode.find(episodeId);
    if (found == m_byEpisode.end())
        return;
    for (const std::string &id : found->second) {
        m_pending.erase({m_deliveries.at(id).createdMs, id});
        m_deliveries.erase(id);
        m_records.remove(collection, id);
    }
    m_byEpisode.erase(found);
}

std::vector<const Delivery *> DeliveryQueue::of(const std::string &episodeId) const
{
    std::vector<const Delivery *> found;
    if (const auto ids = m_byEpisode.find(episodeId); ids != m_byEpisode.end()) {
        for (const std::string &id : ids->second)
            found.push_back(&m_deliveries.at(id));
    }
    return found;
}

void DeliveryQueue::arm()
{
    if (!m_live || m_stopped)
        return;
    const int64_t nowMs = m_clock.nowMs();
    int64_t waitMs = 60'000;
    for (const auto &[createdMs, id] : m_pending) {
        const Delivery &delivery = m_deliveries.at(id);
        if (!m_inFlight.contains(id) && !waitsForFiring(delivery))
            waitMs = std::min(waitMs, std::max<int64_t>(delivery.nextAttemptMs - nowMs, 50));
    }
    if (m_pending.empty())
        m_timer.stop();
    else
        m_timer.start(int(waitMs));
}

} // namespace plimsoll::alerts

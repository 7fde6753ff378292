#include "alerts/DeliveryQueue.h"

#include "alerts/channels/ChannelKind.h"

#include <QCoroFuture>
#include <QRandomGenerator>

namespace plimsoll::alerts {

namespace {

/// True where the receiver refuses this notice, rather than being out of order or in need of a pause.
bool concernsThisOne(const SendOutcome &outcome)
{
    constexpr std::array codes{400, 413, 415, 422};
    return outcome.status && std::find(codes.begin(), codes.end(), *outcome.status) != codes.end();
}

} // namespace

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
        enqueue(delivery);
    if (delivery.state == Delivery::State::Failed && delivery.payloadBytes > 0) {
        m_dead.insert(orderOf(delivery));
        m_deadBytes += delivery.payloadBytes;
    }
    for (const Delivery::Entry &entry : delivery.entries)
        m_byEpisode[entry.episodeId].push_back(id);
    const bool repeated = delivery.repeat && delivery.state == Delivery::State::Delivered;
    const Line line = lineOf(delivery);
    m_deliveries.insert_or_assign(id, std::move(delivery));
    if (repeated)
        limitRepeats(line, id);
    if (m_live)
        pump();
}

void DeliveryQueue::enqueue(const Delivery &delivery)
{
    m_pending.insert(orderOf(delivery));
    m_pendingByChannel[delivery.channelId]++;
    m_pendingBytes += delivery.payloadBytes;
    m_lines[lineOf(delivery)].insert(orderOf(delivery));
}

void DeliveryQueue::dequeue(const Delivery &delivery)
{
    if (m_pending.erase(orderOf(delivery)) == 0)
        return;
    m_pendingBytes -= delivery.payloadBytes;
    if (--m_pendingByChannel[delivery.channelId] == 0)
        m_pendingByChannel.erase(delivery.channelId);
    m_waitForChannel.erase(delivery.id);
}

void DeliveryQueue::leaveLine(const Delivery &delivery)
{
    const auto line = m_lines.find(lineOf(delivery));
    if (line == m_lines.end())
        return;
    line->second.erase(orderOf(delivery));
    if (line->second.empty())
        m_lines.erase(line);
}

size_t DeliveryQueue::room(const std::string &channelId) const
{
    if (m_pending.size() >= m_limits.pending || m_pendingBytes >= m_limits.pendingBytes)
        return 0;
    const auto found = m_pendingByChannel.find(channelId);
    const size_t ofChannel = found == m_pendingByChannel.end() ? 0 : found->second;
    const size_t left = ofChannel < m_limits.pendingPerChannel ? m_limits.pendingPerChannel - ofChannel : 0;
    return std::min(left, m_limits.pending - m_pending.size());
}

bool DeliveryQueue::busy(const std::string &channelId, const std::string &dedupKey) const
{
    return m_lines.contains({channelId, dedupKey});
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
        if (!ready(delivery, nowMs))
            continue;
        m_inFlight.insert(id);
        m_inFlightByChannel[delivery.channelId]++;
        m_gates[delivery.channelId].begun(nowMs);
        due.push_back(id);
    }
    for (const std::string &id : due)
        attempt(id);
    arm();
}

bool DeliveryQueue::ready(const Delivery &delivery, int64_t nowMs)
{
    if (m_inFlight.contains(delivery.id) || dueMs(delivery, nowMs) > nowMs || !isFirstOfItsLine(delivery))
        return false;
    const auto busy = m_inFlightByChannel.find(delivery.channelId);
    return m_gates[delivery.channelId].admits(nowMs, busy == m_inFlightByChannel.end() ? 0 : busy->second,
                                              maxInFlightPerChannel);
}

/// When the next attempt may be, as far as this one delivery decides.
int64_t DeliveryQueue::dueMs(const Delivery &delivery, int64_t nowMs) const
{
    if (nowMs < delivery.scheduledMs)
        return nowMs;
    if (m_waitForChannel.contains(delivery.id)) {
        const auto gate = m_gates.find(delivery.channelId);
        if (gate != m_gates.end() && gate->second.recoveredSince(delivery.scheduledMs))
            return nowMs;
    }
    return delivery.nextAttemptMs;
}

bool DeliveryQueue::isFirstOfItsLine(const Delivery &delivery) const
{
    const auto line = m_lines.find(lineOf(delivery));
    return line == m_lines.end() || *line->second.begin() == orderOf(delivery);
}

QCoro::Task<void> DeliveryQueue::attempt(std::string id)
{
    const QPointer<DeliveryQueue> self(this);
    const std::string channelId = m_deliveries.at(id).channelId;
    auto sending = send(id);
    const SendOutcome outcome = co_await sending;
    if (!self || (m_stopped && !outcome.delivered))
        co_return;
    if (const auto it = m_deliveries.find(id); it != m_deliveries.end())
        settle(it->second, outcome);
    auto recording = persist(id);
    co_await recording;
    if (!self)
        co_return;
    m_inFlight.erase(id);
    if (--m_inFlightByChannel[channelId] == 0)
        m_inFlightByChannel.erase(channelId);
    const auto it = m_deliveries.find(id);
    if (it != m_deliveries.end() && it->second.state != Delivery::State::Pending)
        leaveLine(it->second);
    if (it != m_deliveries.end() && it->second.repeat && it->second.state == Delivery::State::Delivered)
        limitRepeats(lineOf(it->second), id);
    Q_EMIT changed(id);
    if (self && m_live)
        pump();
}

QCoro::Task<SendOutcome> DeliveryQueue::send(std::string id)
{
    const Delivery &delivery = m_deliveries.at(id);
    const Channel *channel = m_channels(delivery.channelId);
    const ChannelKind *kind = channel ? findChannelKind(channel->kind) : nullptr;
    if (!kind) {
        SendOutcome outcome;
        outcome.error = "The channel was removed.";
        co_return outcome;
    }
    m_gates[delivery.channelId].setRate(kind->rate.count, kind->rate.perMs);
    auto sending = sendNotification(m_http, *channel, delivery.payload);
    co_return co_await sending;
}

void DeliveryQueue::settle(Delivery &delivery, const SendOutcome &outcome)
{
    const int64_t nowMs = m_clock.nowMs();
    delivery.addAttempt(nowMs, outcome);
    if (outcome.delivered) {
        m_gates[delivery.channelId].answered(nowMs);
        dequeue(delivery);
        delivery.state = Delivery::State::Delivered;
        delivery.payload = {};
        delivery.payloadBytes = 0;
        return;
    }
    const bool old = nowMs - delivery.queuedMs >= giveUpAfterMs && delivery.tries >= giveUpAfterTries;
    if (old || !m_channels(delivery.channelId))
        giveUp(delivery);
    else
        postpone(delivery, outcome);
}

void DeliveryQueue::postpone(Delivery &delivery, const SendOutcome &outcome)
{
    const int64_t nowMs = m_clock.nowMs();
    const double random = QRandomGenerator::global()->generateDouble();
    const int64_t askedMs = outcome.retryAfterMs.value_or(0);
    delivery.scheduledMs = nowMs;
    delivery.nextAttemptMs = nowMs + std::max(retryDelayMs(delivery.tries, random), askedMs);
    ChannelGate &gate = m_gates[delivery.channelId];
    if (concernsThisOne(outcome)) {
        gate.answered(nowMs);
        m_waitForChannel.erase(delivery.id);
        return;
    }
    gate.failed(nowMs, std::max(retryDelayMs(gate.failures() + 1, random), askedMs));
    m_waitForChannel.insert(delivery.id);
}

void DeliveryQueue::giveUp(Delivery &delivery)
{
    dequeue(delivery);
    delivery.state = Delivery::State::Failed;
    m_dead.insert(orderOf(delivery));
    m_deadBytes += delivery.payloadBytes;
    limitDead();
}

void DeliveryQueue::limitDead()
{
    while (m_deadBytes > m_limits.deadBytes && m_dead.size() > 1) {
        Delivery &oldest = m_deliveries.at(m_dead.begin()->second);
        m_dead.erase(m_dead.begin());
        m_deadBytes -= oldest.payloadBytes;
        oldest.payload = {};
        oldest.payloadBytes = 0;
        persist(oldest.id);
    }
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

Status DeliveryQueue::canReplay(const std::string &id) const
{
    const auto it = m_deliveries.find(id);
    if (it == m_deliveries.end())
        return Error{ErrorCode::NotFound, "There is no delivery \"" + id + "\".", {}};
    if (it->second.state != Delivery::State::Failed)
        return Error{ErrorCode::Conflict, "The delivery has not failed.",
                     "Only deliveries in the state \"failed\" can be sent again."};
    if (m_inFlight.contains(id) || it->second.payload.isEmpty())
        return Error{ErrorCode::Conflict, "What the delivery said is not kept any more.", {}};
    if (!m_channels(it->second.channelId))
        return Error{ErrorCode::Conflict, "The channel of the delivery was removed.", {}};
    return {};
}

QFuture<Status> DeliveryQueue::replay(const std::string &id, const std::string &by)
{
    Delivery &delivery = m_deliveries.at(id);
    const int64_t nowMs = m_clock.nowMs();
    m_dead.erase(orderOf(delivery));
    m_deadBytes -= delivery.payloadBytes;
    delivery.state = Delivery::State::Pending;
    delivery.queuedMs = delivery.scheduledMs = delivery.nextAttemptMs = nowMs;
    delivery.tries = 0;
    delivery.replayedMs = nowMs;
    delivery.replayedBy = by;
    enqueue(delivery);
    const QFuture<Status> written = m_records.put(collection, id, delivery.toStoredJson(), nowMs);
    if (m_live)
        pump();
    return written;
}

void DeliveryQueue::removeOf(const std::string &episodeId)
{
    const auto found = m_byEpisode.find(episodeId);
    if (found == m_byEpisode.end())
        return;
    const std::vector<std::string> ids = std::move(found->second);
    m_byEpisode.erase(found);
    for (const std::string &id : ids) {
        const auto it = m_deliveries.find(id);
        if (it == m_deliveries.end())
            continue;
        const bool tellsOfOthers =
            std::any_of(it->second.entries.begin(), it->second.entries.end(),
                        [this](const auto &entry) { return m_byEpisode.contains(entry.episodeId); });
        if (!tellsOfOthers)
            forget(id);
    }
}

void DeliveryQueue::forget(const std::string &id)
{
    const auto it = m_deliveries.find(id);
    if (it == m_deliveries.end())
        return;
    if (m_dead.erase(orderOf(it->second)) > 0)
        m_deadBytes -= it->second.payloadBytes;
    dequeue(it->second);
    leaveLine(it->second);
    m_deliveries.erase(it);
    m_records.remove(collection, id);
}

/// Of the notices of a group that told nothing new only the latest are kept.
void DeliveryQueue::limitRepeats(const Line &line, const std::string &id)
{
    std::vector<std::string> &kept = m_repeats[line];
    kept.push_back(id);
    if (kept.size() <= maxRepeatsKept)
        return;
    forget(kept.front());
    kept.erase(kept.begin());
}

const Delivery *DeliveryQueue::find(const std::string &id) const
{
    const auto it = m_deliveries.find(id);
    return it == m_deliveries.end() ? nullptr : &it->second;
}

std::vector<const Delivery *> DeliveryQueue::of(const std::string &episodeId) const
{
    std::vector<const Delivery *> found;
    if (const auto ids = m_byEpisode.find(episodeId); ids != m_byEpisode.end()) {
        for (const std::string &id : ids->second) {
            if (const Delivery *delivery = find(id))
                found.push_back(delivery);
        }
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
        if (m_inFlight.contains(id) || !isFirstOfItsLine(delivery))
            continue;
        const int64_t dueMs =
            std::max(this->dueMs(delivery, nowMs), m_gates[delivery.channelId].opensMs(nowMs));
        waitMs = std::min(waitMs, std::max<int64_t>(dueMs - nowMs, 50));
    }
    if (m_pending.empty())
        m_timer.stop();
    else
        m_timer.start(int(waitMs));
}

} // namespace plimsoll::alerts

#include "alerts/EpisodeBook.h"

#include <QCoroFuture>
#include <QJsonArray>
#include <QPointer>
#include <QPromise>
#include <QRandomGenerator>

#include <cmath>
#include <cstdio>

namespace plimsoll::alerts {

namespace {
constexpr int64_t saveEveryMs = 5 * 60'000;
constexpr uint32_t maxStoreDelayDoublings = 6;

Episode beginOf(const CheckFinding &finding, int64_t nowMs)
{
    Episode episode;
    episode.id = makeTimedId(nowMs);
    episode.source = Episode::Source::Check;
    episode.ruleId = finding.checkId;
    episode.ruleName = finding.name;
    episode.ruleVersion = finding.version;
    episode.expr = finding.condition;
    episode.level.severity = *finding.severity;
    episode.labels = finding.labels;
    episode.seriesLabels = finding.labels;
    episode.annotations = {{"summary", finding.message}};
    episode.message = finding.message;
    episode.startedMs = finding.atMs;
    episode.pendingSinceMs = finding.sinceMs > 0 ? finding.sinceMs : finding.atMs;
    episode.value = episode.peak = finding.value;
    episode.routing = finding.routing;
    return episode;
}
} // namespace

std::string makeTimedId(int64_t nowMs)
{
    char text[32];
    std::snprintf(
        text, sizeof text, "%012llx%012llx", static_cast<unsigned long long>(nowMs) & 0xffffffffffffULL,
        static_cast<unsigned long long>(QRandomGenerator::system()->generate64()) & 0xffffffffffffULL);
    return text;
}

EpisodeBook::EpisodeBook(Records &records, DeliveryQueue &queue, const Clock &clock, std::string baseUrl,
                         QObject *parent)
    : QObject(parent)
    , m_records(records)
    , m_queue(queue)
    , m_clock(clock)
    , m_baseUrl(std::move(baseUrl))
{
}

Status EpisodeBook::load(bool repairs)
{
    if (Status status = loadEpisodes(); !status)
        return status;
    return loadDeliveries(repairs);
}

Status EpisodeBook::loadEpisodes()
{
    const auto stored = m_records.list(collection);
    if (!stored)
        return stored.error();
    for (const QJsonObject &object : *stored) {
        std::optional<Episode> episode = Episode::fromJson(object);
        if (!episode)
            continue;
        if (episode->firing()) {
            markOpen(*episode);
            const auto points = m_records.get(pointsCollection, episode->id).value_or(QJsonObject());
            m_points[episode->id] = EpisodePoints::fromJson(points.value("points").toArray());
        }
        m_episodes.insert_or_assign(episode->id, std::move(*episode));
    }
    return {};
}

Status EpisodeBook::loadDeliveries(bool repairs)
{
    const auto stored = m_records.list(DeliveryQueue::collection);
    if (!stored)
        return stored.error();
    for (const QJsonObject &object : *stored) {
        std::optional<Delivery> delivery = Delivery::fromJson(object);
        if (!delivery)
            continue;
        const Episode *episode = find(delivery->episodeId);
        const bool committed = episode && (delivery->event == Delivery::Event::Firing || !episode->firing());
        if (!committed) {
            if (repairs)
                m_records.remove(DeliveryQueue::collection, delivery->id);
            continue;
        }
        if (episode->firing())
            m_channels[episode->id].push_back(delivery->channelId);
        m_queue.add(std::move(*delivery));
    }
    return {};
}

void EpisodeBook::markOpen(const Episode &episode)
{
    m_open.insert(episode.id);
    m_openByRule[episode.ruleId].insert(episode.id);
}

void EpisodeBook::open(Episode episode, const std::vector<std::string> &channels)
{
    Announcement announcement;
    announcement.episodeId = episode.id;
    for (const std::string &channel : channels)
        announcement.deliveries.push_back(makeDelivery(episode, channel, Delivery::Event::Firing));
    markOpen(episode);
    m_channels[episode.id] = channels;
    m_points[episode.id].add({episode.startedMs, episode.value});
    m_episodes.insert_or_assign(episode.id, std::move(episode));
    forgetOldest();
    announce(std::move(announcement));
}

void EpisodeBook::close(const std::string &id, int64_t endedMs, Episode::End end, double value)
{
    const auto it = m_episodes.find(id);
    if (it == m_episodes.end() || m_open.erase(id) == 0)
        return;
    Episode &episode = it->second;
    if (const auto open = m_openByRule.find(episode.ruleId); open->second.size() == 1)
        m_openByRule.erase(open);
    else
        open->second.erase(id);
    episode.endedMs = std::max(endedMs, episode.startedMs);
    episode.end = end;
    episode.value = value;
    m_points[id].add({endedMs, value});
    Announcement announcement;
    announcement.episodeId = id;
    for (const std::string &channel : m_channels[id])
        announcement.deliveries.push_back(makeDelivery(episode, channel, Delivery::Event::Resolved));
    savePoints(id);
    m_points.erase(id);
    m_channels.erase(id);
    m_savedMs.erase(id);
    announce(std::move(announcement));
}

void EpisodeBook::report(const CheckFinding &finding)
{
    const std::vector<const Episode *> open = openOf(finding.checkId);
    if (open.empty()) {
        if (finding.severity)
            this->open(beginOf(finding, m_clock.nowMs()), finding.routing.channels);
        return;
    }
    const std::string id = open.front()->id;
    m_episodes.at(id).message = finding.message;
    if (!finding.severity)
        return close(id, finding.atMs, Episode::End::Cleared, finding.value);
    observe(id, {finding.atMs, finding.value}, std::fmax(open.front()->peak, finding.value));
    Level level = open.front()->level;
    level.severity = *finding.severity;
    changeLevel(id, level, finding.value);
}

void EpisodeBook::changeLevel(const std::string &id, const Level &level, double value)
{
    const auto it = m_episodes.find(id);
    if (it == m_episodes.end() || !it->second.firing() || it->second.level == level)
        return;
    it->second.level = level;
    it->second.value = value;
    if (!isBeingAnnounced(id))
        announce({id, {}});
}

void EpisodeBook::closeAllOf(const std::string &sourceId, int64_t endedMs, Episode::End end)
{
    for (const Episode *episode : openOf(sourceId))
        close(episode->id, endedMs, end, episode->value);
}

void EpisodeBook::observe(const std::string &id, EvaluatedPoint point, double peak)
{
    const auto it = m_episodes.find(id);
    if (it == m_episodes.end() || !it->second.firing())
        return;
    it->second.value = point.value;
    it->second.peak = peak;
    m_points[id].add(point);
    int64_t &savedMs = m_savedMs.try_emplace(id, it->second.startedMs).first->second;
    if (point.timestampMs - savedMs < saveEveryMs || isBeingAnnounced(id))
        return;
    savedMs = point.timestampMs;
    savePoints(id);
    m_records.put(collection, id, it->second.toJson(), m_clock.nowMs());
}

QFuture<Status> EpisodeBook::acknowledge(const std::string &id, const std::string &by)
{
    Episode &episode = m_episodes.at(id);
    episode.acknowledgedMs = m_clock.nowMs();
    episode.acknowledgedBy = by;
    if (!isBeingAnnounced(id))
        return m_records.put(collection, id, episode.toJson(), m_clock.nowMs());
    QPromise<Status> done;
    done.start();
    done.addResult(Status());
    done.finish();
    return done.future();
}

bool EpisodeBook::isBeingAnnounced(const std::string &id) const
{
    return std::any_of(m_announcements.begin(), m_announcements.end(),
                       [&](const Announcement &announcement) { return announcement.episodeId == id; });
}

/// The record that commits the front announcement. An end that is announced later is left out, since its
/// notifications are not durable yet.
QJsonObject EpisodeBook::formToCommit(const std::string &id) const
{
    Episode episode = m_episodes.at(id);
    const auto concerns = [&](const Announcement &announcement) { return announcement.episodeId == id; };
    if (std::count_if(m_announcements.begin(), m_announcements.end(), concerns) > 1) {
        episode.endedMs.reset();
        episode.end = Episode::End::None;
    }
    return episode.toJson();
}

Delivery EpisodeBook::makeDelivery(const Episode &episode, const std::string &channelId,
                                   Delivery::Event event) const
{
    Delivery delivery;
    delivery.createdMs = m_clock.nowMs();
    delivery.id = makeTimedId(delivery.createdMs);
    delivery.episodeId = episode.id;
    delivery.channelId = channelId;
    delivery.event = event;
    delivery.scheduledMs = delivery.createdMs;
    delivery.nextAttemptMs = delivery.createdMs;
    delivery.payload = notificationBody(episode, eventName(event), delivery.id, m_baseUrl);
    return delivery;
}

void EpisodeBook::announce(Announcement announcement)
{
    m_announcements.push_back(std::move(announcement));
    if (!m_announcing)
        announceAll();
}

QCoro::Task<void> EpisodeBook::announceAll()
{
    const QPointer<EpisodeBook> self(this);
    m_announcing = true;
    while (!m_announcements.empty()) {
        auto writing = writeDurably(m_announcements.front());
        const bool written = co_await writing;
        if (!self || !written)
            co_return;
        const Announcement announcement = std::move(m_announcements.front());
        m_announcements.pop_front();
        for (const Delivery &delivery : announcement.deliveries)
            m_queue.add(delivery);
        Q_EMIT announced(QString::fromStdString(announcement.episodeId));
        if (!self)
            co_return;
    }
    m_announcing = false;
}

QCoro::Task<bool> EpisodeBook::writeDurably(const Announcement &announcement)
{
    const QPointer<EpisodeBook> self(this);
    for (uint32_t failures = 1;; failures = std::min(failures + 1, maxStoreDelayDoublings)) {
        const int64_t nowMs = m_clock.nowMs();
        bool sound = true;
        std::vector<QFuture<Status>> writes;
        for (const Delivery &delivery : announcement.deliveries)
            writes.push_back(
                m_records.put(DeliveryQueue::collection, delivery.id, delivery.toStoredJson(), nowMs));
        for (const QFuture<Status> &write : writes) {
            const Status status = co_await write;
            if (!self)
                co_return false;
            sound = sound && status.ok();
        }
        if (sound && m_episodes.contains(announcement.episodeId)) {
            const QJsonObject record = formToCommit(announcement.episodeId);
            const auto commit = m_records.put(collection, announcement.episodeId, record, nowMs);
            const Status status = co_await commit;
            if (!self)
                co_return false;
            sound = status.ok();
        }
        if (sound)
            co_return true;
        const auto pausing = m_records.pause(retryDelayMs(failures, 0.5));
        const bool goOn = co_await pausing;
        if (!self || !goOn)
            co_return false;
    }
}

void EpisodeBook::savePoints(const std::string &id)
{
    const QJsonObject body{{"id", QString::fromStdString(id)}, {"points", m_points[id].toJson()}};
    m_records.put(pointsCollection, id, body, m_clock.nowMs());
}

void EpisodeBook::forgetOldest()
{
    for (auto it = m_episodes.begin();
         m_episodes.size() > maxKept + m_open.size() && it != m_episodes.end();) {
        if (it->second.firing()) {
            ++it;
            continue;
        }
        m_queue.removeOf(it->first);
        m_records.remove(pointsCollection, it->first);
        m_records.remove(collection, it->first);
        it = m_episodes.erase(it);
    }
}

const Episode *EpisodeBook::find(const std::string &id) const
{
    const auto it = m_episodes.find(id);
    return it == m_episodes.end() ? nullptr : &it->second;
}

std::vector<const Episode *> EpisodeBook::openOf(const std::string &ruleId) const
{
    std::vector<const Episode *> found;
    if (const auto open = m_openByRule.find(ruleId); open != m_openByRule.end()) {
        for (const std::string &id : open->second)
            found.push_back(&m_episodes.at(id));
    }
    return found;
}

std::optional<Severity> EpisodeBook::worstOpen() const
{
    std::optional<Severity> worst;
    for (const std::string &id : m_open)
        worst = std::max(worst, std::optional(m_episodes.at(id).level.severity));
    return worst;
}

QJsonObject EpisodeBook::toJson(const Episode &episode) const
{
    QJsonArray deliveries;
    for (const Delivery *delivery : m_queue.of(episode.id))
        deliveries.append(delivery->toJson());
    QJsonObject object = episode.toJson();
    object.insert("deliveries", deliveries);
    return object;
}

QJsonObject EpisodeBook::toJsonWithPoints(const Episode &episode) const
{
    QJsonObject object = toJson(episode);
    const auto open = m_points.find(episode.id);
    if (open != m_points.end())
        object.insert("points", open->second.toJson());
    else
        object.insert("points",
                      m_records.get(pointsCollection, episode.id).value_or(QJsonObject()).value("points"));
    return object;
}

} // namespace plimsoll::alerts

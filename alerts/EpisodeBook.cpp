#include "alerts/EpisodeBook.h"

#include <QCoroFuture>
#include <QJsonArray>
#include <QPointer>
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

EpisodeBook::EpisodeBook(Records &records, DeliveryQueue &queue, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_records(records)
    , m_queue(queue)
    , m_clock(clock)
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
        const bool known = std::any_of(delivery->entries.begin(), delivery->entries.end(),
                                       [this](const auto &entry) { return find(entry.episodeId); });
        if (!known) {
            if (repairs)
                m_records.remove(DeliveryQueue::collection, delivery->id);
            continue;
        }
        adoptChannels(*delivery);
        m_queue.add(std::move(*delivery));
    }
    return {};
}

/// Open episodes of versions that did not note their channels have those that were told.
void EpisodeBook::adoptChannels(const Delivery &delivery)
{
    for (const Delivery::Entry &entry : delivery.entries) {
        const auto it = m_episodes.find(entry.episodeId);
        if (it == m_episodes.end() || !it->second.firing())
            continue;
        std::vector<std::string> &channels = it->second.routing.channels;
        if (std::find(channels.begin(), channels.end(), delivery.channelId) == channels.end())
            channels.push_back(delivery.channelId);
    }
}

void EpisodeBook::markOpen(const Episode &episode)
{
    m_open.insert(episode.id);
    m_openByRule[episode.ruleId].insert(episode.id);
}

void EpisodeBook::open(Episode episode, const std::vector<std::string> &channels)
{
    episode.routing.channels = channels;
    open(std::move(episode));
}

void EpisodeBook::open(Episode episode)
{
    const std::string id = episode.id;
    markOpen(episode);
    m_points[id].add({episode.startedMs, episode.value});
    m_episodes.insert_or_assign(id, std::move(episode));
    forgetOldest();
    announce(id);
}

void EpisodeBook::close(const std::string &id, int64_t endedMs, Episode::End end, double value)
{
    const auto it = m_episodes.find(id);
    if (it == m_episodes.end() || m_open.erase(it->first) == 0)
        return;
    Episode &episode = it->second;
    if (const auto open = m_openByRule.find(episode.ruleId); open->second.size() == 1)
        m_openByRule.erase(open);
    else
        open->second.erase(it->first);
    episode.endedMs = std::max(endedMs, episode.startedMs);
    episode.end = end;
    episode.value = value;
    m_points[it->first].add({endedMs, value});
    savePoints(it->first);
    m_points.erase(it->first);
    m_savedMs.erase(it->first);
    std::vector<std::string> &ended = m_endedByRule[episode.ruleId];
    if (ended.size() >= maxEndedKnown)
        ended.erase(ended.begin());
    ended.push_back(it->first);
    announce(it->first);
}

void EpisodeBook::report(const CheckFinding &finding)
{
    const std::vector<const Episode *> open = openOf(finding.checkId);
    if (open.empty()) {
        if (finding.severity)
            this->open(beginOf(finding, m_clock.nowMs()));
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
    announce(id);
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
    if (point.timestampMs - savedMs < saveEveryMs)
        return;
    savedMs = point.timestampMs;
    savePoints(id);
    save(id);
}

void EpisodeBook::describe(const std::string &id, Fields::Texts annotations)
{
    if (const auto it = m_episodes.find(id); it != m_episodes.end() && it->second.firing())
        it->second.annotations = std::move(annotations);
}

QFuture<Status> EpisodeBook::acknowledge(const std::string &id, const std::string &by)
{
    Episode &episode = m_episodes.at(id);
    episode.acknowledgedMs = m_clock.nowMs();
    episode.acknowledgedBy = by;
    return save(id);
}

void EpisodeBook::setMutes(const std::string &id, const std::vector<Mute> &inForce, int64_t nowMs)
{
    const auto it = m_episodes.find(id);
    if (it == m_episodes.end())
        return;
    std::vector<Mute> &kept = it->second.mutes;
    bool changed = false;
    const auto holds = [&](const Mute &mute) {
        return std::any_of(inForce.begin(), inForce.end(), [&](const Mute &m) { return m.sameCause(mute); });
    };
    for (Mute &mute : kept) {
        if (mute.untilMs || holds(mute))
            continue;
        mute.untilMs = nowMs;
        changed = true;
    }
    for (const Mute &mute : inForce) {
        const bool known = std::any_of(kept.begin(), kept.end(), [&](const Mute &other) {
            return !other.untilMs && other.sameCause(mute);
        });
        if (known)
            continue;
        if (kept.size() >= Episode::maxMutes)
            kept.erase(kept.begin() + Episode::maxMutes / 2);
        kept.push_back(mute);
        kept.back().fromMs = nowMs;
        changed = true;
    }
    if (changed)
        save(id);
}

bool EpisodeBook::isBeingAnnounced(const std::string &id) const
{
    return m_announcements.contains(id) || m_writing.contains(id);
}

QFuture<Status> EpisodeBook::save(const std::string &id)
{
    return m_records.put(collection, id, m_episodes.at(id).toJson(), m_clock.nowMs());
}

/// What changes in one turn of the event loop, such as all series of a rule, is written and announced
/// together.
void EpisodeBook::announce(const std::string &id)
{
    m_announcements.insert(id);
    if (std::exchange(m_announcing, true))
        return;
    QMetaObject::invokeMethod(
        this, [this] { announceAll(); }, Qt::QueuedConnection);
}

QCoro::Task<void> EpisodeBook::announceAll()
{
    const QPointer<EpisodeBook> self(this);
    while (!m_announcements.empty()) {
        m_writing = std::exchange(m_announcements, {});
        auto writing = writeDurably();
        const bool written = co_await writing;
        if (!self || !written)
            co_return;
        const std::set<std::string> ids = std::exchange(m_writing, {});
        for (const std::string &id : ids) {
            Q_EMIT announced(QString::fromStdString(id));
            if (!self)
                co_return;
        }
        Q_EMIT allAnnounced();
        if (!self)
            co_return;
    }
    m_announcing = false;
}

QCoro::Task<bool> EpisodeBook::writeDurably()
{
    const QPointer<EpisodeBook> self(this);
    for (uint32_t failures = 1;; failures = std::min(failures + 1, maxStoreDelayDoublings)) {
        bool sound = true;
        std::vector<QFuture<Status>> writes;
        for (const std::string &id : m_writing) {
            if (m_episodes.contains(id))
                writes.push_back(save(id));
        }
        for (const QFuture<Status> &write : writes) {
            const Status status = co_await write;
            if (!self)
                co_return false;
            sound = sound && status.ok();
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
    size_t resolved = m_episodes.size() - m_open.size();
    for (auto it = m_episodes.begin(); resolved > maxKept && it != m_episodes.end();) {
        const bool stays = it->second.firing() || isBeingAnnounced(it->first) ||
                           (resolved <= maxOwedKept && m_owed(it->second));
        if (stays) {
            ++it;
            continue;
        }
        m_queue.removeOf(it->first);
        m_records.remove(pointsCollection, it->first);
        m_records.remove("episode_leads", it->first);
        m_records.remove(collection, it->first);
        it = m_episodes.erase(it);
        resolved--;
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

std::vector<const Episode *> EpisodeBook::endedOf(const std::string &sourceId) const
{
    std::vector<const Episode *> found;
    if (const auto ended = m_endedByRule.find(sourceId); ended != m_endedByRule.end()) {
        for (const std::string &id : ended->second) {
            if (const Episode *episode = find(id))
                found.push_back(episode);
        }
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

QJsonArray EpisodeBook::points(const std::string &id) const
{
    if (const auto open = m_points.find(id); open != m_points.end())
        return open->second.toJson();
    return m_records.get(pointsCollection, id).value_or(QJsonObject()).value("points").toArray();
}

QJsonObject EpisodeBook::toJsonWithPoints(const Episode &episode) const
{
    QJsonObject object = toJson(episode);
    object.insert("points", points(episode.id));
    return object;
}

} // namespace plimsoll::alerts

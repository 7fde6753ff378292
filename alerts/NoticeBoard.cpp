#include "alerts/NoticeBoard.h"

#include <QCoroFuture>
#include <QCryptographicHash>
#include <QPointer>

namespace plimsoll::alerts {

namespace {

constexpr size_t maxCharts = 5;         ///< episodes of a notice that come with their points
constexpr int64_t lookAgainMs = 500;    ///< at what is still being found out
constexpr int64_t pauseMs = 5 * 60'000; ///< a distance of two reviews beyond this is a pause

bool coversChannel(const Mute &mute, const std::string &channelId)
{
    return !mute.untilMs && (mute.channelId.empty() || mute.channelId == channelId);
}

} // namespace

Labels groupLabels(const Episode &episode)
{
    const std::vector<std::string> &names = episode.routing.rhythm.groupBy;
    if (names.size() == 1 && names.front() == "...")
        return episode.labels;
    Labels labels;
    for (const std::string &name : names)
        labels.set(name, episode.labels.value(name));
    return labels;
}

std::string dedupKeyOf(const std::string &sourceId, const Labels &groupLabels)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArray::fromStdString(sourceId));
    hash.addData(QByteArray(1, '\0'));
    hash.addData(QByteArray::fromStdString(groupLabels.key()));
    return hash.result().left(16).toHex().toStdString();
}

NoticeBoard::NoticeBoard(Records &records, DeliveryQueue &queue, EpisodeBook &episodes, const Clock &clock,
                         Options options, QObject *parent)
    : QObject(parent)
    , m_records(records)
    , m_queue(queue)
    , m_episodes(episodes)
    , m_clock(clock)
    , m_options(std::move(options))
    , m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &NoticeBoard::review);
    connect(&m_episodes, &EpisodeBook::announced, this,
            [this](const QString &id) { take(id.toStdString()); });
    connect(&m_episodes, &EpisodeBook::allAnnounced, this, &NoticeBoard::planSoon);
    connect(&m_queue, &DeliveryQueue::changed, this, &NoticeBoard::planSoon);
    m_episodes.setOwed([this](const Episode &episode) { return owes(episode); });
}

void NoticeBoard::load()
{
    std::map<std::pair<std::string, std::string>, Told> told;
    std::set<std::pair<std::string, std::string>> ended;
    std::map<std::pair<std::string, std::string>, int64_t> toldMs;
    for (const auto &[id, delivery] : m_queue.all()) {
        for (const Delivery::Entry &entry : delivery.entries) {
            const std::pair pair(entry.episodeId, delivery.channelId);
            told[pair].firing = std::max(told[pair].firing, std::optional(entry.severity));
            const Episode *episode = m_episodes.find(entry.episodeId);
            if (entry.event == Delivery::Event::Resolved && episode && !episode->firing())
                ended.insert(pair);
        }
        int64_t &latest = toldMs[{delivery.channelId, delivery.dedupKey}];
        latest = std::max(latest, delivery.createdMs);
    }
    const int64_t nowMs = m_clock.nowMs();
    for (const auto &[id, episode] : m_episodes.all()) {
        for (const std::string &channelId : episode.routing.channels) {
            const std::pair pair(id, channelId);
            const Told known = told.contains(pair) ? told.at(pair) : Told();
            if (!ended.contains(pair) && !isOver(episode, channelId, known, nowMs))
                enter(episode, channelId, known);
        }
    }
    for (auto &[key, group] : m_groups)
        group.toldMs = toldMs[{key.channelId, group.dedupKey}];
}

void NoticeBoard::start()
{
    m_live = true;
    m_repeatFromMs = m_clock.nowMs() + resumeGraceMs;
    review();
}

void NoticeBoard::stop()
{
    m_stopped = true;
    m_timer.stop();
}

void NoticeBoard::enter(const Episode &episode, const std::string &channelId, Told told)
{
    const GroupKey key{channelId, episode.ruleId, groupLabels(episode)};
    Group &group = m_groups[key];
    if (group.dedupKey.empty())
        group.dedupKey = dedupKeyOf(key.sourceId, key.labels);
    group.members.try_emplace(episode.id, told);
}

/// An episode has begun, ended or changed, and that is durable. One that changed again is taken then: so an
/// end is taken once.
void NoticeBoard::take(const std::string &episodeId)
{
    const Episode *episode = m_episodes.find(episodeId);
    if (!episode || m_episodes.isBeingAnnounced(episodeId))
        return;
    for (const std::string &channelId : episode->routing.channels)
        enter(*episode, channelId, {});
    for (auto &[key, group] : m_groups) {
        const auto member =
            key.sourceId == episode->ruleId ? group.members.find(episodeId) : group.members.end();
        if (member != group.members.end() && member->second.firing > episode->level.severity)
            member->second.firing = episode->level.severity;
    }
    if (episode->firing())
        refreshMutes(*episode, m_clock.nowMs());
}

void NoticeBoard::refreshMutes(const Episode &episode, int64_t nowMs)
{
    m_episodes.setMutes(episode.id, m_options.mutes(episode, nowMs), nowMs);
}

void NoticeBoard::review()
{
    if (m_stopped)
        return;
    const int64_t nowMs = m_clock.nowMs();
    if (std::abs(nowMs - m_reviewedMs) > pauseMs && m_reviewedMs > 0)
        m_repeatFromMs = nowMs + resumeGraceMs;
    m_reviewedMs = nowMs;
    for (const std::string &id : m_episodes.openIds())
        refreshMutes(*m_episodes.find(id), nowMs);
    plan();
}

void NoticeBoard::planSoon()
{
    if (m_stopped || std::exchange(m_planning, true))
        return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_planning = false;
            plan();
        },
        Qt::QueuedConnection);
}

void NoticeBoard::plan()
{
    if (m_stopped)
        return;
    const int64_t nowMs = m_clock.nowMs();
    std::optional<int64_t> next;
    std::vector<std::pair<GroupKey, Delivery>> made;
    for (auto it = m_groups.begin(); it != m_groups.end();) {
        Group &group = it->second;
        const Plan found = planOf(it->first, group, nowMs);
        for (const std::string &id : found.over)
            group.members.erase(id);
        if (group.members.empty() && !group.writing) {
            it = m_groups.erase(it);
            continue;
        }
        const bool blocked = isBlocked(it->first, group);
        if (!blocked && found.dueMs && *found.dueMs <= nowMs)
            made.push_back(begin(it->first, group, found, nowMs));
        else if (!blocked && found.dueMs)
            next = std::min(next.value_or(*found.dueMs), *found.dueMs);
        ++it;
    }
    for (auto &[key, delivery] : made)
        publish(key, std::move(delivery));
    arm(next, nowMs);
}

std::pair<NoticeBoard::GroupKey, Delivery> NoticeBoard::begin(const GroupKey &key, Group &group,
                                                              const Plan &plan, int64_t nowMs)
{
    group.writing = true;
    m_writing++;
    m_writingOf[key.channelId]++;
    return {key, makeDelivery(key, group, plan, nowMs)};
}

/// True where no notice can be made of a group now: another is under way, or the queue has no room.
bool NoticeBoard::isBlocked(const GroupKey &key, const Group &group) const
{
    const auto writing = m_writingOf.find(key.channelId);
    return group.writing || m_queue.busy(key.channelId, group.dedupKey) ||
           m_queue.room(key.channelId) <= (writing == m_writingOf.end() ? 0 : writing->second);
}

/// True where nothing will be told of an episode any more.
bool NoticeBoard::isOver(const Episode &episode, const std::string &channelId, const Told &told,
                         int64_t nowMs) const
{
    if (episode.firing())
        return false;
    if (nowMs - *episode.endedMs > staleMs)
        return true;
    if (told.firing)
        return false;
    const bool muted = std::any_of(episode.mutes.begin(), episode.mutes.end(),
                                   [&](const Mute &mute) { return coversChannel(mute, channelId); });
    const int64_t waitMs = episode.routing.rhythm.waitMs;
    return muted || (waitMs > 0 && *episode.endedMs - episode.startedMs < waitMs);
}

/// When a group that nobody knows of yet may tell of an episode.
int64_t NoticeBoard::freshDueOf(const Episode &episode, int64_t nowMs) const
{
    if (!episode.firing())
        return nowMs;
    const bool pending = m_surroundings.pending && m_surroundings.pending(episode.id);
    const int64_t knownMs = pending ? nowMs + lookAgainMs : nowMs;
    if (nowMs < episode.startedMs)
        return knownMs;
    const int64_t ownMs = episode.routing.rhythm.waitMs;
    return std::max(knownMs,
                    episode.startedMs +
                        (episode.routing.dependsOn.empty() ? ownMs : std::max(ownMs, dependencyWaitMs)));
}

/// True where an episode is not told for now. An end that somebody waits for is held back by quiet hours
/// only: an incident that stays open elsewhere is worse than a line of good news.
bool NoticeBoard::isHeld(const Episode &episode, const std::string &channelId)
{
    return std::any_of(episode.mutes.begin(), episode.mutes.end(), [&](const Mute &mute) {
        return coversChannel(mute, channelId) && (episode.firing() || mute.by == Mute::By::QuietHours);
    });
}

/// What is to be told of a group, and when. While one of it changes nothing is decided: that is soon.
NoticeBoard::Plan NoticeBoard::planOf(const GroupKey &key, const Group &group, int64_t nowMs) const
{
    using Event = Delivery::Event;
    Plan plan;
    std::vector<Notice::Item> standing; ///< known to fire already
    std::vector<Notice::Item> silent;   ///< known to fire, muted now
    const NoticeRhythm *rhythm = nullptr;
    int64_t freshDueMs = INT64_MAX;
    bool firesNew = false;
    bool worse = false;
    bool outstanding = false;
    for (const auto &[id, told] : group.members) {
        const Episode *episode = m_episodes.find(id);
        if (episode && m_episodes.isBeingAnnounced(id))
            return {};
        if (!episode || isOver(*episode, key.channelId, told, nowMs)) {
            plan.over.push_back(id);
            continue;
        }
        rhythm = &episode->routing.rhythm;
        outstanding = outstanding || told.firing;
        const bool known = episode->firing() && told.firing && *told.firing >= episode->level.severity;
        if (isHeld(*episode, key.channelId)) {
            if (known)
                silent.push_back({episode, Event::Firing});
        } else if (known) {
            standing.push_back({episode, Event::Firing});
        } else {
            plan.items.push_back({episode, episode->firing() ? Event::Firing : Event::Resolved});
            firesNew = firesNew || episode->firing();
            worse = worse || (episode->firing() && told.firing);
            freshDueMs = std::min(freshDueMs, freshDueOf(*episode, nowMs));
        }
    }
    if (!rhythm)
        return plan;
    if (plan.items.empty()) {
        planRepeat(group, plan, standing, nowMs);
        return plan;
    }
    const bool clear = !firesNew && standing.empty();
    if (worse || clear || nowMs < group.toldMs)
        plan.dueMs = nowMs;
    else
        plan.dueMs = outstanding ? std::max(group.toldMs + rhythm->intervalMs, freshDueMs) : freshDueMs;
    plan.items.insert(plan.items.end(), standing.begin(), standing.end());
    plan.items.insert(plan.items.end(), silent.begin(), silent.end());
    return plan;
}

void NoticeBoard::planRepeat(const Group &group, Plan &plan, const std::vector<Notice::Item> &standing,
                             int64_t nowMs) const
{
    int64_t everyMs = 0;
    for (const Notice::Item &item : standing) {
        const int64_t ofThis = item.episode->acknowledgedMs ? 0 : item.episode->routing.rhythm.repeatMs;
        everyMs = everyMs == 0 || ofThis == 0 ? std::max(everyMs, ofThis) : std::min(everyMs, ofThis);
    }
    if (everyMs == 0)
        return;
    const int64_t sinceMs = std::min(group.toldMs, nowMs);
    plan.dueMs = std::max(sinceMs + everyMs, m_repeatFromMs);
    plan.items = standing;
    plan.repeat = true;
}

Delivery NoticeBoard::makeDelivery(const GroupKey &key, const Group &group, Plan plan, int64_t nowMs) const
{
    Delivery delivery;
    delivery.createdMs = delivery.queuedMs = delivery.scheduledMs = delivery.nextAttemptMs = nowMs;
    delivery.id = makeTimedId(nowMs);
    delivery.channelId = key.channelId;
    delivery.dedupKey = group.dedupKey;
    delivery.repeat = plan.repeat;
    delivery.event = Delivery::Event::Resolved;
    Notice notice;
    notice.id = delivery.id;
    notice.dedupKey = delivery.dedupKey;
    notice.repeat = plan.repeat;
    notice.groupLabels = key.labels;
    for (Notice::Item &item : plan.items) {
        const auto told = group.members.find(item.episode->id);
        const bool known = item.event == Delivery::Event::Firing && told != group.members.end() &&
                           told->second.firing && *told->second.firing >= item.episode->level.severity;
        if (item.event == Delivery::Event::Firing)
            delivery.event = Delivery::Event::Firing;
        if (known && notice.items.size() >= maxListed) {
            notice.leftOut++;
            continue;
        }
        if (!known || plan.repeat)
            delivery.entries.push_back({item.episode->id, item.event, item.episode->level.severity});
        if (notice.items.size() < maxCharts)
            item.points = m_episodes.points(item.episode->id);
        if (notice.items.size() < maxCharts && m_surroundings.known)
            item.around = m_surroundings.known(item.episode->id);
        notice.items.push_back(std::move(item));
    }
    notice.event = eventName(delivery.event);
    delivery.payload = notificationBody(std::move(notice), m_options.baseUrl);
    delivery.payloadBytes = payloadBytesOf(delivery.payload);
    return delivery;
}

QCoro::Task<void> NoticeBoard::publish(GroupKey key, Delivery delivery)
{
    const QPointer<NoticeBoard> self(this);
    for (uint32_t failures = 1;; failures = std::min(failures + 1, 7U)) {
        const auto writing =
            m_records.put(DeliveryQueue::collection, delivery.id, delivery.toStoredJson(), m_clock.nowMs());
        const Status written = co_await writing;
        if (!self || m_stopped)
            co_return;
        if (written)
            break;
        const auto pausing = m_records.pause(retryDelayMs(failures, 0.5));
        const bool goOn = co_await pausing;
        if (!self || !goOn)
            co_return;
    }
    Group &group = m_groups.at(key);
    group.writing = false;
    group.toldMs = delivery.createdMs;
    for (const Delivery::Entry &entry : delivery.entries) {
        const auto member = group.members.find(entry.episodeId);
        if (member == group.members.end())
            continue;
        if (entry.event == Delivery::Event::Resolved)
            group.members.erase(member);
        else
            member->second.firing = entry.severity;
    }
    m_writing--;
    if (--m_writingOf[key.channelId] == 0)
        m_writingOf.erase(key.channelId);
    const std::string id = delivery.id;
    m_queue.add(std::move(delivery));
    planSoon();
    Q_EMIT made(id);
}

bool NoticeBoard::owes(const Episode &episode) const
{
    const GroupKey from{{}, episode.ruleId, groupLabels(episode)};
    return std::any_of(episode.routing.channels.begin(), episode.routing.channels.end(),
                       [&](const std::string &channelId) {
                           const auto group = m_groups.find({channelId, from.sourceId, from.labels});
                           return group != m_groups.end() && group->second.members.contains(episode.id);
                       });
}

void NoticeBoard::arm(std::optional<int64_t> dueMs, int64_t nowMs)
{
    if (!m_live || m_stopped)
        return;
    if (dueMs)
        m_timer.start(int(std::clamp<int64_t>(*dueMs - nowMs, 50, 60'000)));
    else
        m_timer.stop();
}

} // namespace plimsoll::alerts

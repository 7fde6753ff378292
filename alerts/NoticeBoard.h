#pragma once

#include "alerts/EpisodeBook.h"
#include "alerts/Notification.h"

namespace plimsoll::alerts {

/// Decides which episodes a channel is told of, and when: it puts the episodes of a rule together into
/// notices, waits while they are muted, repeats what still fires. Nothing of this is stored by itself: who is
/// still to be told follows from the episodes, their mutes and the deliveries, so that a crash at any moment
/// changes nothing. Of a group (one rule or check, one channel, equal `group_by` labels) one notice is under
/// way at a time; what changes meanwhile makes one further notice. So the queue is bounded by the number of
/// groups, however long a receiver is away, and nothing is lost when it is full: what is not told stays owed.
///
/// Belongs to one thread with an event loop.
class NoticeBoard : public QObject
{
    Q_OBJECT

public:
    /// What keeps an open episode from being told at this moment.
    using MuteLookup = std::function<std::vector<Mute>(const Episode &episode, int64_t nowMs)>;

    /// What is told of an episode beside its value, and is found out meanwhile.
    struct Surroundings
    {
        std::function<bool(const std::string &episodeId)> pending = {};      ///< its first notice waits
        std::function<QJsonObject(const std::string &episodeId)> known = {}; ///< "normal", "deploy"
    };

    struct Options
    {
        std::string baseUrl; ///< of the page, for links
        MuteLookup mutes = [](const Episode &, int64_t) { return std::vector<Mute>(); };
    };

    /// Further episodes of a group are named in a notice until it has so many; new ones always are.
    static constexpr size_t maxListed = 100;
    /// An episode that depends on others waits so long for them to fire too.
    static constexpr int64_t dependencyWaitMs = 15'000;
    /// After a start or a pause nothing is repeated for so long: much of it may be over.
    static constexpr int64_t resumeGraceMs = 90'000;
    /// What ended so long ago is not told of any more.
    static constexpr int64_t staleMs = 24LL * 3'600'000;

    NoticeBoard(Records &records, DeliveryQueue &queue, EpisodeBook &episodes, const Clock &clock,
                Options options, QObject *parent = nullptr);

    /// Finds out who is still to be told, from the episodes and deliveries that were loaded.
    void load();
    /// Whoever gives them calls review() when something that was pending is known, and takes them back with
    /// empty ones before it goes.
    void setSurroundings(Surroundings surroundings) { m_surroundings = std::move(surroundings); }

    /// From here on notices are made by themselves when they are due.
    void start();
    void stop();
    /// Looks again at what is muted and makes the notices that are due.
    void review();

    /// True while somebody is still to be told of an episode, or of its end.
    bool owes(const Episode &episode) const;
    /// Nothing is being decided or written.
    bool settled() const { return !m_planning && m_writing == 0; }

Q_SIGNALS:
    /// A notice is durable and in the queue.
    void made(const std::string &deliveryId);

private:
    /// What one channel was told of one episode.
    struct Told
    {
        std::optional<Severity> firing;
    };
    struct GroupKey
    {
        std::string channelId;
        std::string sourceId;
        Labels labels; ///< those of `group_by`

        auto operator<=>(const GroupKey &) const = default;
    };
    struct Group
    {
        std::string dedupKey;
        std::map<std::string, Told> members; ///< by episode: those that fire, and those whose end is owed
        int64_t toldMs = 0;                  ///< of the last notice
        bool writing = false;
    };
    struct Plan
    {
        std::vector<Notice::Item> items;
        std::vector<std::string> over; ///< members of which nothing will be told any more
        std::optional<int64_t> dueMs;
        bool repeat = false;
    };
    using Groups = std::map<GroupKey, Group>;

    void take(const std::string &episodeId);
    void enter(const Episode &episode, const std::string &channelId, Told told);
    void refreshMutes(const Episode &episode, int64_t nowMs);
    void planSoon();
    void plan();
    Plan planOf(const GroupKey &key, const Group &group, int64_t nowMs) const;
    void planRepeat(const Group &group, Plan &plan, const std::vector<Notice::Item> &standing,
                    int64_t nowMs) const;
    bool isBlocked(const GroupKey &key, const Group &group) const;
    bool isOver(const Episode &episode, const std::string &channelId, const Told &told, int64_t nowMs) const;
    int64_t freshDueOf(const Episode &episode, int64_t nowMs) const;
    static bool isHeld(const Episode &episode, const std::string &channelId);
    Delivery makeDelivery(const GroupKey &key, const Group &group, Plan plan, int64_t nowMs) const;
    std::pair<GroupKey, Delivery> begin(const GroupKey &key, Group &group, const Plan &plan, int64_t nowMs);
    QCoro::Task<void> publish(GroupKey key, Delivery delivery);
    void arm(std::optional<int64_t> dueMs, int64_t nowMs);

    Records &m_records;
    DeliveryQueue &m_queue;
    EpisodeBook &m_episodes;
    const Clock &m_clock;
    Options m_options;
    Surroundings m_surroundings;
    Groups m_groups;
    QTimer m_timer;
    int64_t m_repeatFromMs = 0;
    int64_t m_reviewedMs = 0;
    size_t m_writing = 0;
    std::map<std::string, size_t> m_writingOf; ///< by channel
    bool m_planning = false;
    bool m_live = false;
    bool m_stopped = false;
};

/// The labels of an episode that its notices are grouped by.
Labels groupLabels(const Episode &episode);
/// The key by which receivers fold the notices of a group.
std::string dedupKeyOf(const std::string &sourceId, const Labels &groupLabels);

} // namespace plimsoll::alerts

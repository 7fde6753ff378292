#pragma once

#include "alerts/CheckFinding.h"
#include "alerts/DeliveryQueue.h"
#include "alerts/Episode.h"
#include "alerts/Records.h"

#include <functional>
#include <map>
#include <set>

namespace plimsoll::alerts {

/// The episodes, open and past. An episode's record is what commits its beginning, its end and every change
/// of what is told of it; only when it is durable is the change announced. Who is told is not decided here
/// (NoticeBoard): after a crash it follows from the episodes and the deliveries.
class EpisodeBook : public QObject
{
    Q_OBJECT

public:
    static constexpr const char *collection = "episodes";
    static constexpr const char *pointsCollection = "episode_points";
    static constexpr size_t maxKept = 5000; ///< resolved episodes; older ones are forgotten
    /// Those that somebody is still to be told of stay longer, but no more than so many.
    static constexpr size_t maxOwedKept = 4 * maxKept;

    /// `queue` outlives the book; it gives the deliveries that are shown and counted.
    EpisodeBook(Records &records, DeliveryQueue &queue, const Clock &clock, QObject *parent = nullptr);

    /// Says whether somebody is still to be told of an episode, so that it is not forgotten.
    void setOwed(std::function<bool(const Episode &)> owed) { m_owed = std::move(owed); }

    /// Reads back episodes and deliveries; the queue gets those that are sound. `repairs`: others are
    /// removed.
    Status load(bool repairs);

    /// Begins an episode, of which `routing` says who is told.
    void open(Episode episode);
    void open(Episode episode, const std::vector<std::string> &channels);
    /// Ends one.
    void close(const std::string &id, int64_t endedMs, Episode::End end, double value);
    /// A further evaluation of one that fires.
    void observe(const std::string &id, EvaluatedPoint point, double peak);
    /// The annotations of one that fires as they read now; later notices carry them.
    void describe(const std::string &id, Fields::Texts annotations);
    /// One that fires is worse or better than before; announced like a beginning. Worse is told at once.
    void changeLevel(const std::string &id, const Level &level, double value);
    /// Takes what a check says: begins, changes or ends the one open episode of it.
    void report(const CheckFinding &finding);
    /// Ends what is open of a rule or check.
    void closeAllOf(const std::string &sourceId, int64_t endedMs, Episode::End end);
    /// Marks one as seen by somebody, which ends its repeated notices; the future says when it is durable.
    QFuture<Status> acknowledge(const std::string &id, const std::string &by);
    /// What keeps an open episode from being told: begins where it is new, ends those that are not named.
    void setMutes(const std::string &id, const std::vector<Mute> &inForce, int64_t nowMs);

    const Episode *find(const std::string &id) const;
    const std::map<std::string, Episode> &all() const { return m_episodes; }
    const std::set<std::string> &openIds() const { return m_open; }
    /// Of a rule or check.
    std::vector<const Episode *> openOf(const std::string &sourceId) const;
    /// The latest that ended of a rule or check, at most `maxEndedKnown`.
    std::vector<const Episode *> endedOf(const std::string &sourceId) const;
    static constexpr size_t maxEndedKnown = 16;
    size_t openCount() const { return m_open.size(); }
    std::optional<Severity> worstOpen() const;
    /// Everything is durable and announced.
    bool settled() const { return m_announcements.empty() && m_writing.empty(); }
    /// True from when an episode changes until that is durable and announced.
    bool isBeingAnnounced(const std::string &id) const;

    /// The resource of the API.
    QJsonObject toJson(const Episode &episode) const;
    QJsonObject toJsonWithPoints(const Episode &episode) const;
    /// What was evaluated, of an open one or of one that has ended: [[ms, value]].
    QJsonArray points(const std::string &id) const;

Q_SIGNALS:
    void announced(const QString &episodeId);
    void acknowledged(const QString &episodeId); ///< durably
    /// After announced() of all that changed together.
    void allAnnounced();

private:
    void markOpen(const Episode &episode);
    void announce(const std::string &id);
    QFuture<Status> save(const std::string &id);
    QCoro::Task<void> announceAll();
    QCoro::Task<bool> writeDurably();
    void savePoints(const std::string &id);
    void forgetOldest();
    Status loadEpisodes();
    Status loadDeliveries(bool repairs);
    void adoptChannels(const Delivery &delivery);

    Records &m_records;
    DeliveryQueue &m_queue;
    const Clock &m_clock;
    std::function<bool(const Episode &)> m_owed = [](const Episode &) { return false; };
    std::map<std::string, Episode> m_episodes; ///< by id, hence by time
    std::set<std::string> m_open;
    std::map<std::string, std::set<std::string>> m_openByRule;
    std::map<std::string, std::vector<std::string>> m_endedByRule; ///< the latest, since the start
    std::map<std::string, EpisodePoints> m_points;                 ///< of open episodes
    std::map<std::string, int64_t> m_savedMs; ///< when the points of open episodes were stored
    std::set<std::string> m_announcements;    ///< changed, not yet being written
    std::set<std::string> m_writing;          ///< being written together
    bool m_announcing = false;
};

/// A new id that begins with the time, so that ids sort by it; 24 hexadecimal digits.
std::string makeTimedId(int64_t nowMs);

} // namespace plimsoll::alerts

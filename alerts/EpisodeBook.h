#pragma once

#include "alerts/CheckFinding.h"
#include "alerts/DeliveryQueue.h"
#include "alerts/Episode.h"
#include "alerts/Records.h"

#include <deque>

namespace plimsoll::alerts {

/// The episodes, open and past. Opening and closing one writes its notifications first and the episode last;
/// its record is what commits the change. Only when all is durable is it announced and are the notifications
/// handed to the queue: after a crash in between, notifications without a matching episode are dropped at the
/// next start, and the state machine, which is rebuilt from the open episodes, makes the change again.
class EpisodeBook : public QObject
{
    Q_OBJECT

public:
    static constexpr const char *collection = "episodes";
    static constexpr const char *pointsCollection = "episode_points";
    static constexpr size_t maxKept = 5000; ///< resolved episodes; older ones are forgotten

    EpisodeBook(Records &records, DeliveryQueue &queue, const Clock &clock, std::string baseUrl,
                QObject *parent = nullptr);

    /// Reads back episodes and deliveries; the queue gets those that are sound. `repairs`: others are
    /// removed.
    Status load(bool repairs);

    /// Begins an episode and notifies `channels`.
    void open(Episode episode, const std::vector<std::string> &channels);
    /// Ends one and notifies those who were told that it began.
    void close(const std::string &id, int64_t endedMs, Episode::End end, double value);
    /// Takes what a check says: begins, changes or ends the one open episode of it.
    void report(const CheckFinding &finding);
    /// One that fires is worse or better than before.
    void changeLevel(const std::string &id, const Level &level, double value);
    /// Ends what is open of a rule or check.
    void closeAllOf(const std::string &sourceId, int64_t endedMs, Episode::End end);
    /// A further evaluation of one that fires.
    void observe(const std::string &id, EvaluatedPoint point, double peak);
    /// Marks one as seen by somebody; the future says when it is durable. While the episode is being
    /// announced the mark becomes durable with that.
    QFuture<Status> acknowledge(const std::string &id, const std::string &by);

    const Episode *find(const std::string &id) const;
    const std::map<std::string, Episode> &all() const { return m_episodes; }
    /// Of a rule or check.
    std::vector<const Episode *> openOf(const std::string &sourceId) const;
    size_t openCount() const { return m_open.size(); }
    std::optional<Severity> worstOpen() const;
    bool settled() const { return m_announcements.empty(); } ///< everything is durable and announced

    /// The resource of the API.
    QJsonObject toJson(const Episode &episode) const;
    QJsonObject toJsonWithPoints(const Episode &episode) const;

Q_SIGNALS:
    void announced(const QString &episodeId);

private:
    struct Announcement
    {
        std::string episodeId;
        std::vector<Delivery> deliveries;
    };

    void markOpen(const Episode &episode);
    Delivery makeDelivery(const Episode &episode, const std::string &channelId, Delivery::Event event) const;
    void announce(Announcement announcement);
    QCoro::Task<void> announceAll();
    QCoro::Task<bool> writeDurably(const Announcement &announcement);
    bool isBeingAnnounced(const std::string &id) const;
    QJsonObject formToCommit(const std::string &id) const;
    void savePoints(const std::string &id);
    void forgetOldest();
    Status loadEpisodes();
    Status loadDeliveries(bool repairs);

    Records &m_records;
    DeliveryQueue &m_queue;
    const Clock &m_clock;
    std::string m_baseUrl;
    std::map<std::string, Episode> m_episodes; ///< by id, hence by time
    std::set<std::string> m_open;
    std::map<std::string, std::set<std::string>> m_openByRule;
    std::map<std::string, EpisodePoints> m_points;              ///< of open episodes
    std::map<std::string, std::vector<std::string>> m_channels; ///< told of open episodes
    std::map<std::string, int64_t> m_savedMs; ///< when the points of open episodes were stored
    std::deque<Announcement> m_announcements;
    bool m_announcing = false;
};

/// A new id that begins with the time, so that ids sort by it; 24 hexadecimal digits.
std::string makeTimedId(int64_t nowMs);

} // namespace plimsoll::alerts

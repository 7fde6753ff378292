#pragma once

#include "alerts/checks/CheckBook.h"
#include "alerts/checks/HeartbeatCheck.h"
#include "alerts/checks/HeartbeatState.h"
#include "alerts/status/RunKeeper.h"

namespace plimsoll::alerts {

/// The heartbeats of a project: takes what jobs say, and reports to the checks how each is doing.
///
/// Lives on the alert thread. open() after the checks are open, then start(); stop() before it is destroyed.
class Heartbeats : public QObject
{
    Q_OBJECT

public:
    static constexpr const char *collection = "heartbeats";
    static constexpr int tickMs = 5'000;
    static constexpr int64_t reportMs = 60'000; ///< a state that stays is reported again so often

    Heartbeats(Records &records, const Clock &clock, CheckBook &checks, const WatchedTime &watched);

    Status open();
    void start();
    void stop();

    bool has(const std::string &pingId) const { return m_byPingId.contains(pingId); }
    /// Done once what was said is durable. NotFound where no job has that id; a paused one is heard, too.
    QCoro::Task<Status> take(std::string pingId, Ping ping);

    /// Adds what only a heartbeat has to the resource of its check: ping_url, and its latest run as that of
    /// the check.
    void describe(const Check &check, QJsonObject &resource) const;
    /// `{"pings":[…],"output","running_since_ms","due_ms","late"}`, pings newest first.
    Result<QJsonObject> log(const std::string &checkId) const;

    /// Looks at all of them now.
    void tick();

private:
    struct Kept
    {
        std::optional<Heartbeat> heartbeat;
        HeartbeatState state;
        int64_t reportedMs = 0;
        bool failed = false;
    };

    void readDefinitions();
    void look(const std::string &checkId, Kept &kept, const Spans &watched, bool always);
    HeartbeatVerdict verdictOf(const Kept &kept, const Spans &watched) const;

    Records &m_records;
    const Clock &m_clock;
    CheckBook &m_checks;
    const WatchedTime &m_watched;
    std::map<std::string, Kept> m_kept;            ///< by check
    std::map<std::string, std::string> m_byPingId; ///< check
    QTimer m_timer;
};

} // namespace plimsoll::alerts

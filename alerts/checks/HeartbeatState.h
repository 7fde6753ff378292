#pragma once

#include "alerts/checks/HeartbeatPlan.h"

#include <QJsonObject>

#include <deque>

namespace plimsoll::alerts {

/// What a job said by calling its address.
struct Ping
{
    enum class Kind { Start, Success, Failure };

    Kind kind = Kind::Success;
    int64_t atMs = 0;
    std::optional<int> exitCode;
    std::string output; ///< of the job, any bytes
    std::string run;    ///< `rid`: tells runs apart that overlap; may be empty
};

std::string_view pingKindName(Ping::Kind kind); ///< "start", "success", "failure"

/// What is known of a job: its latest pings and whether one is under way. A value; kept as JSON.
class HeartbeatState
{
public:
    static constexpr size_t maxOutputBytes = 10 * 1024; ///< of the end: that is where errors stand
    static constexpr size_t maxPings = 100;
    static constexpr size_t maxStarted = 32; ///< runs under way at a time

    struct Entry
    {
        Ping::Kind kind = Ping::Kind::Success;
        int64_t atMs = 0;
        std::optional<int> exitCode;
        std::optional<int64_t> durationMs;
    };

    void take(const Ping &ping);

    const std::deque<Entry> &pings() const { return m_pings; } ///< oldest first
    /// The latest ping of any kind; nothing before the first.
    std::optional<int64_t> lastSignMs() const;
    /// The latest end of a run.
    const std::optional<Entry> &lastEnd() const { return m_lastEnd; }
    std::optional<int64_t> runningSinceMs() const; ///< the earliest start whose end has not come
    /// Set by a run that failed or never ended, until one succeeds.
    const std::string &trouble() const { return m_trouble; }
    const std::string &output() const { return m_output; }

    QJsonObject toJson() const;
    static HeartbeatState fromJson(const QJsonObject &object);

private:
    void takeStart(const Ping &ping);
    void takeEnd(const Ping &ping);

    std::deque<Entry> m_pings;
    std::optional<Entry> m_lastEnd;
    std::vector<std::pair<std::string, int64_t>> m_started; ///< run, when
    std::string m_trouble;
    std::string m_output; ///< of the latest ping that had some
};

/// How a job is doing.
struct HeartbeatVerdict
{
    bool known = false; ///< false until the first ping
    bool failed = false;
    bool late = false; ///< due, and within its grace
    std::string message;
    std::optional<int64_t> dueMs; ///< when the next report should come
};

/// `watched`: when this appliance listened, up to `nowMs`. `maxRunMs`: a run may last so long; 0 for until
/// the next report is due.
HeartbeatVerdict judge(const HeartbeatState &state, const HeartbeatPlan &plan, int64_t maxRunMs,
                       const Spans &watched, int64_t nowMs);

} // namespace plimsoll::alerts

#pragma once

#include "alerts/CronSchedule.h"
#include "alerts/status/Spans.h"

#include <optional>
#include <string>

namespace plimsoll::alerts {

/// When a job should report: by a cron schedule in its time zone, or at the latest so long after the time
/// before; and how late it may be. Pure.
class HeartbeatPlan
{
public:
    /// A job that reports up to so much before it is due has reported for that time: clocks differ.
    static constexpr int64_t toleranceMs = 60'000;

    /// `schedule` is a cron expression or a duration ("15m"); empty means every `periodMs`.
    static Result<HeartbeatPlan> make(const std::string &schedule, const std::string &zone, int64_t periodMs,
                                      int64_t graceMs);

    /// When the next report is due, where the latest came at `lastMs`.
    int64_t dueAfter(int64_t lastMs) const;
    /// The same where nobody listened all the time (`watched`): a report that may have come while this
    /// appliance was off is not asked for, but the first one that is due once it listens again. `nowMs` is
    /// how far `watched` goes.
    int64_t dueAfter(int64_t lastMs, const Spans &watched, int64_t nowMs) const;

    int64_t graceMs() const { return m_graceMs; }
    const QTimeZone &zone() const { return m_zone; }

private:
    std::optional<CronSchedule> m_cron;
    QTimeZone m_zone = QTimeZone::utc();
    int64_t m_periodMs = 0;
    int64_t m_graceMs = 0;
};

} // namespace plimsoll::alerts

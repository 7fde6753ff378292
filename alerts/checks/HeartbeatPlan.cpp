#include "alerts/checks/HeartbeatPlan.h"

#include "alerts/Duration.h"

#include <algorithm>

namespace plimsoll::alerts {

namespace {
constexpr int64_t leastPeriodMs = 10'000;
constexpr int64_t longestPeriodMs = 400LL * 86'400'000;
} // namespace

Result<HeartbeatPlan> HeartbeatPlan::make(const std::string &schedule, const std::string &zone,
                                          int64_t periodMs, int64_t graceMs)
{
    HeartbeatPlan plan;
    plan.m_graceMs = graceMs;
    plan.m_zone = QTimeZone(QByteArray::fromStdString(zone));
    if (!plan.m_zone.isValid())
        return Error{ErrorCode::Invalid, "There is no time zone \"" + zone + "\".",
                     "Write its IANA name, such as \"Europe/Berlin\"."};
    const auto duration = parseDurationMs(schedule);
    if (!schedule.empty() && !duration) {
        Result<CronSchedule> cron = CronSchedule::parse(schedule, zone);
        if (!cron)
            return cron.error();
        plan.m_cron = std::move(cron).value();
        return plan;
    }
    plan.m_periodMs = duration.value_or(periodMs);
    if (plan.m_periodMs < leastPeriodMs || plan.m_periodMs > longestPeriodMs)
        return Error{ErrorCode::Invalid, "A heartbeat comes every 10s to 400d.", {}};
    return plan;
}

int64_t HeartbeatPlan::dueAfter(int64_t lastMs) const
{
    if (!m_cron)
        return lastMs + m_periodMs;
    const int64_t first = m_cron->next(lastMs).value_or(INT64_MAX / 2);
    const int64_t second = m_cron->next(first).value_or(INT64_MAX / 2);
    // Of a schedule of every minute, a quarter of that.
    return first - lastMs <= std::min(toleranceMs, (second - first) / 4) ? second : first;
}

int64_t HeartbeatPlan::dueAfter(int64_t lastMs, const Spans &watched, int64_t nowMs) const
{
    int64_t dueMs = dueAfter(lastMs);
    while (dueMs < nowMs) {
        Spans missed{{dueMs, std::min(dueMs + m_graceMs, nowMs)}};
        missed.remove(watched);
        if (missed.empty())
            return dueMs;
        const int64_t againMs = watched.nextInside(missed.list().back().toMs).value_or(nowMs);
        dueMs = m_cron ? m_cron->next(againMs - 1).value_or(INT64_MAX / 2) : againMs + m_periodMs;
    }
    return dueMs;
}

} // namespace plimsoll::alerts

#pragma once

#include "alerts/checks/CheckRuntime.h"

namespace plimsoll::alerts {

/// When checks run. Pure; times are of any clock that does not jump.
///
/// The first run after a start comes within `startSpreadMs` (at most an interval), so that many checks do not
/// begin together; from there on every interval, and runs that were missed are not made up for. While a
/// worse state waits to be confirmed the next run comes sooner, so that red shows within two intervals.
class CheckPlan
{
public:
    static constexpr int64_t startSpreadMs = 15'000;
    static constexpr int64_t soonestRetryMs = 500;
    static constexpr int64_t latestRetryMs = 30'000;

    /// `random` in [0, 1).
    static int64_t firstRun(int64_t nowMs, int64_t intervalMs, double random)
    {
        return nowMs + int64_t(double(std::min(intervalMs, startSpreadMs)) * random);
    }

    /// The next multiple of the interval after `plannedMs` that is not past.
    static int64_t nextRun(int64_t plannedMs, int64_t nowMs, int64_t intervalMs)
    {
        const int64_t missed = std::max<int64_t>(0, (nowMs - plannedMs) / intervalMs);
        return plannedMs + (missed + 1) * intervalMs;
    }

    /// How long to wait before a bad outcome is looked at again: all retries fit into half an interval.
    static int64_t retryPause(int64_t intervalMs, int retries)
    {
        const int64_t share = intervalMs / 2 / std::max(retries, 1);
        return std::min(std::clamp(share, soonestRetryMs, latestRetryMs), intervalMs);
    }
};

} // namespace plimsoll::alerts

#pragma once

#include "alerts/status/CheckDirectory.h"
#include "storage/model/SeriesReader.h"

#include <array>

namespace plimsoll::alerts {

/// The spans over which uptime is told, each up to now.
struct UptimeWindow
{
    const char *name;
    int64_t lengthMs;
};
inline constexpr std::array uptimeWindows{
    UptimeWindow{"24h", 86'400'000LL}, UptimeWindow{"7d", 7 * 86'400'000LL},
    UptimeWindow{"30d", 30 * 86'400'000LL}, UptimeWindow{"90d", 90 * 86'400'000LL},
    UptimeWindow{"365d", 365 * 86'400'000LL}};

/// How much of the time one check was up.
struct UptimeReport
{
    std::array<UptimeFigure, uptimeWindows.size()> windows;
    std::vector<StatusView::Day> days; ///< the last StatusView::shownDays of them, oldest first
};

/// What is asked: a value that crosses threads.
struct UptimeQuestion
{
    ProjectId project = defaultProject;
    std::string check; ///< its name
    int64_t createdMs = 0;
    int64_t intervalMs = 60'000;
    int64_t nowMs = 0;
    Spans watched;
    Spans maintenance; ///< of this check
    QTimeZone zone = QTimeZone::utc();
};

/// Reckons it from the hours of `check_up`, and from the days where hours are gone. An hour of which some was
/// maintenance is read sample by sample; where those are gone it does not count. Blocks: for a thread of its
/// own.
Result<UptimeReport> reportUptime(const SeriesReader &reader, const UptimeQuestion &question);

} // namespace plimsoll::alerts

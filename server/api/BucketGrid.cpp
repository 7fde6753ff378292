#include "server/api/BucketGrid.h"

#include <QDateTime>

#include <array>
#include <string>

namespace plimsoll::api {

namespace {

constexpr int64_t hourMs = 3600 * 1000;
constexpr std::array<std::string_view, 3> names = {"minute", "hour", "day"};
constexpr std::array<int64_t, 3> widthsMs = {60'000, hourMs, 24 * hourMs};

int64_t floorTo(int64_t value, int64_t width) { return value - (((value % width) + width) % width); }

/// The begin of the hour on the clocks of a zone; those of India strike at half past.
int64_t beginOfHour(int64_t timestampMs, const QTimeZone &zone)
{
    const int64_t offsetMs =
        zone.offsetFromUtc(QDateTime::fromMSecsSinceEpoch(timestampMs, Qt::UTC)) * int64_t(1000);
    return floorTo(timestampMs + offsetMs, hourMs) - offsetMs;
}

int64_t beginOf(int64_t timestampMs, Resolution resolution, const QTimeZone &zone)
{
    if (resolution == Resolution::Hour)
        return beginOfHour(timestampMs, zone);
    return QDateTime::fromMSecsSinceEpoch(timestampMs, zone).date().startOfDay(zone).toMSecsSinceEpoch();
}

/// Where the bucket that begins at `startMs` ends.
int64_t endOf(int64_t startMs, Resolution resolution, const QTimeZone &zone)
{
    if (resolution == Resolution::Hour) {
        const int64_t endMs = beginOfHour(startMs + hourMs, zone);
        return endMs > startMs ? endMs : startMs + hourMs;
    }
    const QDate date = QDateTime::fromMSecsSinceEpoch(startMs, zone).date();
    return date.addDays(1).startOfDay(zone).toMSecsSinceEpoch();
}

} // namespace

std::string_view resolutionName(Resolution resolution) { return names[static_cast<size_t>(resolution)]; }

std::optional<Resolution> resolutionFromName(std::string_view name)
{
    for (size_t i = 0; i < names.size(); i++)
        if (names[i] == name)
            return static_cast<Resolution>(i);
    return std::nullopt;
}

Resolution resolutionFor(TimeRange range)
{
    // A range that ends "just after now" is one millisecond longer than it was meant.
    if (range.spanMs() <= 6 * hourMs + 1)
        return Resolution::Minute;
    return range.spanMs() <= 14 * 24 * hourMs + 1 ? Resolution::Hour : Resolution::Day;
}

Result<BucketGrid> BucketGrid::over(TimeRange range, Resolution resolution, const QTimeZone &zone)
{
    BucketGrid grid;
    grid.m_resolution = resolution;
    grid.m_range = range;
    grid.m_widthMs = widthsMs[static_cast<size_t>(resolution)];
    grid.m_firstMs = floorTo(range.fromMs, grid.m_widthMs);
    grid.m_size = grid.bucketOf(range.toMs - 1) + 1;
    if (grid.m_size > maxBuckets)
        return Error{ErrorCode::Unprocessable,
                     "That range has " + std::to_string(grid.m_size) + " buckets of one " +
                         std::string(resolutionName(resolution)) + "; the limit is " +
                         std::to_string(maxBuckets) + ".",
                     "Ask for a shorter range, or a wider bucket with group_by=hour or group_by=day."};
    if (resolution == Resolution::Minute || zone == QTimeZone::utc())
        return grid;
    grid.m_startsMs = {beginOf(range.fromMs, resolution, zone)};
    while (grid.m_startsMs.back() < range.toMs)
        grid.m_startsMs.push_back(endOf(grid.m_startsMs.back(), resolution, zone));
    grid.m_size = grid.m_startsMs.size() - 1;
    return grid;
}

} // namespace plimsoll::api

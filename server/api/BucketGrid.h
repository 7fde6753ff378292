#pragma once

#include "server/api/TimeArgument.h"

#include <QTimeZone>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// The widths of a bucket that the plain JSON API knows.
enum class Resolution { Minute, Hour, Day };

std::string_view resolutionName(Resolution resolution);
std::optional<Resolution> resolutionFromName(std::string_view name);
/// Minute up to 6 h, hour up to 14 days, else day.
Resolution resolutionFor(TimeRange range);

/// Half-open buckets that cover a range. Minutes begin at multiples of their width; hours and days begin when
/// those of a time zone do, so that a day may have 23 or 25 h.
class BucketGrid
{
public:
    static constexpr size_t maxBuckets = 11'000;

    /// Fails with Unprocessable beyond maxBuckets. The zone must be valid.
    static Result<BucketGrid> over(TimeRange range, Resolution resolution,
                                   const QTimeZone &zone = QTimeZone::utc());

    Resolution resolution() const { return m_resolution; }
    TimeRange range() const { return m_range; }
    size_t size() const { return m_size; }
    /// Of a bucket in UTC; days of a zone may be longer or shorter.
    int64_t widthMs() const { return m_widthMs; }
    /// Begin of a bucket; size() is the end of the last one.
    int64_t startMs(size_t bucket) const
    {
        return m_startsMs.empty() ? m_firstMs + static_cast<int64_t>(bucket) * m_widthMs : m_startsMs[bucket];
    }
    /// The part of a bucket that lies in the range.
    TimeRange rangeOf(size_t bucket) const
    {
        return {std::max(startMs(bucket), m_range.fromMs), std::min(startMs(bucket + 1), m_range.toMs)};
    }
    /// The bucket of an instant inside the range.
    size_t bucketOf(int64_t timestampMs) const
    {
        if (m_startsMs.empty())
            return static_cast<size_t>((timestampMs - m_firstMs) / m_widthMs);
        const auto after = std::upper_bound(m_startsMs.begin(), m_startsMs.end(), timestampMs);
        return static_cast<size_t>(after - m_startsMs.begin()) - 1;
    }

private:
    BucketGrid() = default;

    Resolution m_resolution = Resolution::Minute;
    TimeRange m_range;
    int64_t m_widthMs = 60'000;
    int64_t m_firstMs = 0;
    size_t m_size = 0;
    std::vector<int64_t> m_startsMs; ///< with the end of the last; empty where all are of one width
};

} // namespace plimsoll::api

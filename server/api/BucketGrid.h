#pragma once

#include "server/api/TimeArgument.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace plimsoll::api {

/// The widths of a bucket that the plain JSON API knows.
enum class Resolution { Minute, Hour, Day };

std::string_view resolutionName(Resolution resolution);
std::optional<Resolution> resolutionFromName(std::string_view name);
/// Minute up to 6 h, hour up to 14 days, else day.
Resolution resolutionFor(TimeRange range);

/// Half-open buckets that begin at multiples of their width (UTC) and cover a range.
class BucketGrid
{
public:
    static constexpr size_t maxBuckets = 11'000;

    /// Fails with Unprocessable beyond maxBuckets.
    static Result<BucketGrid> over(TimeRange range, Resolution resolution);

    Resolution resolution() const { return m_resolution; }
    TimeRange range() const { return m_range; }
    size_t size() const { return m_size; }
    int64_t widthMs() const { return m_widthMs; }
    int64_t startMs(size_t bucket) const { return m_firstMs + static_cast<int64_t>(bucket) * m_widthMs; }
    /// The part of a bucket that lies in the range.
    TimeRange rangeOf(size_t bucket) const
    {
        return {std::max(startMs(bucket), m_range.fromMs), std::min(startMs(bucket + 1), m_range.toMs)};
    }
    /// The bucket of an instant inside the range.
    size_t bucketOf(int64_t timestampMs) const
    {
        return static_cast<size_t>((timestampMs - m_firstMs) / m_widthMs);
    }

private:
    BucketGrid() = default;

    Resolution m_resolution = Resolution::Minute;
    TimeRange m_range;
    int64_t m_widthMs = 60'000;
    int64_t m_firstMs = 0;
    size_t m_size = 0;
};

} // namespace plimsoll::api

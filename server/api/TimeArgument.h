#pragma once

#include "storage/model/Result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace plimsoll::api {

/// Reads a point in time as people and scripts write it: milliseconds (from 1e11), seconds (below, with
/// fractions), RFC 3339, a date alone (midnight UTC), "now", "now-24h", or an age such as "24h" (that long
/// before now). A space is taken for the '+' that form decoding made of it. The grammar is in README.md
/// ("Time arguments").
Result<int64_t> parseTime(std::string_view text, int64_t nowMs);

/// Reads a length of time such as "90s", "1h30m" or "7d"; units ms, s, m, h, d, w and y (365 d). Nothing for
/// anything else, for zero length and for more than 1,000 years.
std::optional<int64_t> parseDuration(std::string_view text);

/// A half-open range of time.
struct TimeRange
{
    int64_t fromMs = 0;
    int64_t toMs = 0; ///< exclusive

    int64_t spanMs() const { return toMs - fromMs; }
    double spanSeconds() const { return static_cast<double>(spanMs()) / 1000.0; }
};

/// The arguments `from` and `to`. Absent, `to` is just after now, so that what was acknowledged this
/// millisecond is in, and `from` is 24 h before `to`.
Result<TimeRange> parseTimeRange(const std::optional<std::string> &from, const std::optional<std::string> &to,
                                 int64_t nowMs);

} // namespace plimsoll::api

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::alerts {

/// Reads a duration as PromQL writes it: "90s", "5m", "1h30m", "0s"; units ms, s, m, h, d, w, y, largest
/// first, each at most once. Nothing for anything else, also for what does not fit in 64 bits.
std::optional<int64_t> parseDurationMs(std::string_view text);

/// The canonical form of a duration of at least 0 ms, as parseDurationMs() reads it; whole weeks and years
/// stay days.
std::string formatDurationMs(int64_t durationMs);

} // namespace plimsoll::alerts

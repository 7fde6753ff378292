#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::promql {

/// Reads a PromQL duration such as "5m", "1h30m" or "250ms", units from large to small, each at most once: y
/// (365 d), w, d, h, m, s, ms. Nothing where it is not one or exceeds 2^63 ms.
std::optional<int64_t> parseDuration(std::string_view text);

/// Writes a duration with the largest units that divide it: "1h30m", "0s".
std::string formatDuration(int64_t durationMs);

/// Writes a number as PromQL does: the shortest decimal that reads back, "+Inf", "-Inf", "NaN".
std::string formatNumber(double value);

/// The same with an exponent below 1e-4 and from 1e+06 on, as messages and the text of histograms have it:
/// "1e-05", "250000", "1.5e+06".
std::string formatGeneral(double value);

/// The same without an exponent, as label values have it.
std::string formatNumberFixed(double value);

} // namespace plimsoll::promql

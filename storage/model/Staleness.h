#pragma once

#include <bit>
#include <cstdint>

namespace plimsoll {

/// The NaN that Prometheus writes when a series ends; it is no sample.
inline constexpr uint64_t staleBits = 0x7ff0000000000002;
inline bool isStale(double value) { return std::bit_cast<uint64_t>(value) == staleBits; }

} // namespace plimsoll

#pragma once

#include <bit>
#include <cstdint>

namespace plimsoll {

/// Doubles are compared by their bits: NaN differs from itself, and -0.0 equals 0.0.
inline uint64_t bitsOf(double value) { return std::bit_cast<uint64_t>(value); }
inline double doubleOf(uint64_t bits) { return std::bit_cast<double>(bits); }

} // namespace plimsoll

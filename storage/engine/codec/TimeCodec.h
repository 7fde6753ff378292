#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

/// Appends a column of integers (times, stamps) as runs of equal steps: pairs of (signed varint change of the
/// step, varint repetitions). Steps count from `start`, and the step before the first is 0. Wraps around like
/// uint64_t.
void encodeTimes(std::span<const int64_t> times, int64_t start, std::string &out);

/// Fills `out` from untrusted bytes; false where they are not exactly so many.
bool decodeTimes(std::string_view bytes, int64_t start, std::span<int64_t> out);

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

/// Appends a column of integers: differences of order 0, 1 or 2, low bits packed, the rest through an entropy
/// coder ("Integers" in storage/engine/PACK.md). Any values; all arithmetic wraps around. Nothing is appended
/// for no integers, two bytes or so for few small ones. The reader must know how many there are.
void encodeIntegers(std::span<const int64_t> values, std::string &out);

/// Fills `out` from untrusted bytes; false where they are not exactly such a column, and then `out` holds
/// anything.
bool decodeIntegers(std::string_view bytes, std::span<int64_t> out);

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

/// How many bits the largest of these numbers needs: 0 … 64.
int bitWidthOf(std::span<const uint64_t> numbers);

/// Bytes that `count` numbers of `width` bits take.
constexpr size_t packedBytes(size_t count, int width) { return (count * static_cast<size_t>(width) + 7) / 8; }

/// Appends numbers of `width` bits each, from the lowest bit on.
void packBits(std::span<const uint64_t> numbers, int width, std::string &out);

/// Reads numbers of `width` (0 … 64) bits; `bytes` must hold packedBytes() of them.
void unpackBits(std::string_view bytes, int width, std::span<uint64_t> numbers);

} // namespace plimsoll

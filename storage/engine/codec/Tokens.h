#pragma once

#include <bit>
#include <cstdint>

namespace plimsoll {

/// Numbers as tokens and raw bits (the hybrid integers of JPEG XL): a number below 16 is its own token; of a
/// greater one the token holds the exponent and the highest bit of the mantissa, the other bits stay raw.
constexpr int directTokens = 16;
constexpr int tokenCount = 136;

constexpr int tokenOf(uint64_t number)
{
    if (number < directTokens)
        return static_cast<int>(number);
    const int exponent = std::bit_width(number) - 1;
    return directTokens + (exponent - 4) * 2 + static_cast<int>(number >> (exponent - 1) & 1);
}

/// How many raw bits follow a token: 0 … 62.
constexpr int rawBitsOf(int token) { return token < directTokens ? 0 : (token - directTokens) / 2 + 3; }

/// The number of a token when its raw bits are 0.
constexpr uint64_t numberOf(int token)
{
    if (token < directTokens)
        return static_cast<uint64_t>(token);
    return (2 + static_cast<uint64_t>(token % 2)) << rawBitsOf(token);
}

} // namespace plimsoll

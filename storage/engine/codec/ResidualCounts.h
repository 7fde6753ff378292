#pragma once

#include "storage/engine/codec/Tokens.h"

#include <array>
#include <span>

namespace plimsoll {

using TokenHistogram = std::array<uint32_t, tokenCount>;

/// Raw bits behind so many tokens.
double rawBits(const TokenHistogram &tokens);

/// How often residuals of each magnitude occur, fine enough to tell the tokens for any number of low bits
/// that are packed apart.
class ResidualCounts
{
public:
    explicit ResidualCounts(std::span<const uint64_t> residuals);

    TokenHistogram tokens(int lowBits) const;
    /// How many low bits to pack apart, by the cost of a few around the median's width. Numbers with raw bits
    /// behind their token are slow to decode and cost a little more than their bits.
    int bestLowBits() const;

private:
    int medianWidth() const;
    double cost(int lowBits) const;

    /// Numbers below 8 each, then eight for each power of two.
    static constexpr size_t bins = 8 + 61 * 8;
    static size_t binOf(uint64_t number);

    std::array<uint32_t, bins> m_counts{};
    size_t m_total;
};

} // namespace plimsoll

#include "storage/engine/codec/ResidualCounts.h"

#include "storage/engine/codec/IntegerStream.h"

#include <cmath>

namespace plimsoll {

namespace {

constexpr double slowness = 0.7; ///< bits that a number's raw bits cost beyond themselves

} // namespace

double rawBits(const TokenHistogram &tokens)
{
    double bits = 0;
    for (size_t token = directTokens; token < tokenCount; token++)
        bits += static_cast<double>(tokens[token]) * rawBitsOf(static_cast<int>(token));
    return bits;
}

inline size_t ResidualCounts::binOf(uint64_t number)
{
    if (number < 8)
        return number;
    const auto exponent = static_cast<size_t>(std::bit_width(number) - 1);
    return 8 + (exponent - 3) * 8 + (number >> (exponent - 3) & 7);
}

ResidualCounts::ResidualCounts(std::span<const uint64_t> residuals)
    : m_total(residuals.size())
{
    for (const uint64_t residual : residuals)
        m_counts[binOf(residual)]++;
}

/// A number of the bin stands for all: they share their four highest bits, which is what a token tells at
/// most.
TokenHistogram ResidualCounts::tokens(int lowBits) const
{
    TokenHistogram tokens{};
    for (size_t bin = 0; bin < bins; bin++) {
        if (m_counts[bin] == 0)
            continue;
        const uint64_t number = bin < 8 ? bin : (8 + bin % 8) << (bin / 8 - 1);
        tokens[static_cast<size_t>(tokenOf(number >> lowBits))] += m_counts[bin];
    }
    return tokens;
}

int ResidualCounts::medianWidth() const
{
    size_t seen = 0;
    for (size_t bin = 0; bin < bins; bin++) {
        seen += m_counts[bin];
        if (seen * 2 >= m_total)
            return bin < 8 ? std::bit_width(bin) : static_cast<int>(bin / 8 + 3);
    }
    return 64;
}

double ResidualCounts::cost(int lowBits) const
{
    const TokenHistogram histogram = tokens(lowBits);
    const auto total = static_cast<double>(m_total);
    double bits = rawBits(histogram) + total * lowBits;
    for (size_t token = 0; token < tokenCount; token++) {
        const double count = histogram[token];
        if (count > 0)
            bits += count * (std::log2(total / count) + (token >= directTokens ? slowness : 0));
    }
    return bits;
}

int ResidualCounts::bestLowBits() const
{
    const int median = medianWidth();
    if (median <= 3)
        return 0;
    int best = 0;
    double bestCost = cost(0);
    for (int lowBits = median - 4; lowBits <= median - 2; lowBits++) {
        if (lowBits <= 0 || lowBits > MaxLowBits)
            continue;
        const double bits = cost(lowBits);
        if (bits < bestCost) {
            best = lowBits;
            bestCost = bits;
        }
    }
    return best;
}

} // namespace plimsoll

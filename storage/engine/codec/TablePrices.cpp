#include "storage/engine/codec/TablePrices.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {

namespace {

constexpr size_t lanes = 56; ///< staticTables and some, so that whole vectors are added
constexpr float escapeBits = 8;

using Prices = std::array<std::array<float, lanes>, codeSymbols>;

Prices makePrices()
{
    Prices prices{};
    for (int table = 0; table < staticTables; table++) {
        const SymbolCounts counts = staticCounts(table);
        const auto bits = [&](size_t symbol) {
            return static_cast<float>(codeStatesLog) - std::log2(static_cast<float>(counts[symbol]));
        };
        for (size_t symbol = 0; symbol < codeSymbols; symbol++)
            prices[symbol][static_cast<size_t>(table)] =
                counts[symbol] > 0 && symbol != escapeSymbol ? bits(symbol) : bits(escapeSymbol) + escapeBits;
    }
    return prices;
}

} // namespace

std::pair<int, double> cheapestStaticTable(const SymbolHistogram &symbols)
{
    static const Prices prices = makePrices();
    std::array<float, lanes> sums{};
    for (size_t symbol = 0; symbol < codeSymbols; symbol++) {
        const auto count = static_cast<float>(symbols[symbol]);
        if (count == 0)
            continue;
        for (size_t table = 0; table < lanes; table++)
            sums[table] += count * prices[symbol][table];
    }
    const auto best = std::min_element(sums.begin(), sums.begin() + staticTables);
    return {static_cast<int>(best - sums.begin()), *best};
}

double ownTablePrice(const SymbolHistogram &symbols)
{
    constexpr double bitsPerSymbol = 9;
    constexpr double bitsOfHead = 16;
    constexpr double rounding = 1.003; // counts of 1,024 do not tell every share
    double total = 0;
    double bits = 0;
    int used = 0;
    for (const uint32_t count : symbols)
        total += count;
    for (const double count : symbols) {
        if (count == 0)
            continue;
        bits += count * std::log2(total / count);
        used++;
    }
    return bits * rounding + symbols[escapeSymbol] * escapeBits + used * bitsPerSymbol + bitsOfHead;
}

} // namespace plimsoll

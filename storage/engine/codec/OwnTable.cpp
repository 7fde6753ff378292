#include "storage/engine/codec/OwnTable.h"

#include "storage/engine/codec/BitStream.h"

#include <bit>
#include <cmath>
#include <numeric>

namespace plimsoll {

namespace {

constexpr int widthBits = 4;
constexpr int runBits = 4;
constexpr int maxRun = 15;
constexpr int lastBits = 6;

/// Changes one count by `step` where that costs the fewest bits.
void nudge(SymbolCounts &counts, const SymbolHistogram &histogram, int step)
{
    size_t best = codeSymbols;
    double bestCost = 0;
    for (size_t i = 0; i < codeSymbols; i++) {
        if (counts[i] == 0 || counts[i] + step == 0)
            continue;
        const double count = counts[i];
        const double cost = histogram[i] * (std::log2(count) - std::log2(count + step));
        if (best == codeSymbols || cost < bestCost) {
            best = i;
            bestCost = cost;
        }
    }
    counts[best] = static_cast<uint16_t>(counts[best] + step);
}

} // namespace

SymbolCounts countsFor(const SymbolHistogram &histogram)
{
    const uint64_t total = std::accumulate(histogram.begin(), histogram.end(), uint64_t(0));
    SymbolCounts counts{};
    int sum = 0;
    for (size_t i = 0; i < codeSymbols; i++) {
        if (histogram[i] == 0)
            continue;
        const uint64_t share = (histogram[i] * uint64_t(codeStates) + total / 2) / total;
        counts[i] = static_cast<uint16_t>(std::max<uint64_t>(1, share));
        sum += counts[i];
    }
    while (sum != codeStates) {
        const int step = sum < codeStates ? 1 : -1;
        nudge(counts, histogram, step);
        sum += step;
    }
    return counts;
}

void appendOwnTable(std::string &out, const SymbolCounts &counts)
{
    int last = codeSymbols - 1;
    while (counts[static_cast<size_t>(last)] == 0)
        last--;
    BitWriter bits(out);
    bits.add(static_cast<uint64_t>(last), lastBits);
    for (int i = 0; i <= last; i++) {
        const uint64_t count = counts[static_cast<size_t>(i)];
        const int width = static_cast<int>(std::bit_width(count));
        bits.add(static_cast<uint64_t>(width), widthBits);
        if (width > 1)
            bits.add(count - (1ULL << (width - 1)), width - 1);
        if (width > 0)
            continue;
        int run = 0;
        while (run < maxRun && counts[static_cast<size_t>(i + 1 + run)] == 0)
            run++;
        bits.add(static_cast<uint64_t>(run), runBits);
        i += run;
    }
    bits.finish();
}

std::optional<SymbolCounts> takeOwnTable(std::string_view &bytes)
{
    BitReader bits(bytes.data(), bytes.size());
    SymbolCounts counts{};
    const int last = static_cast<int>(bits.take(lastBits));
    uint64_t sum = 0;
    for (int i = 0; i <= last; i++) {
        const int width = static_cast<int>(bits.take(widthBits));
        if (width == 0) {
            i += static_cast<int>(bits.take(runBits));
            continue;
        }
        const uint64_t count = width == 1 ? 1 : 1ULL << (width - 1) | bits.take(width - 1);
        if (count > codeStates)
            return std::nullopt;
        counts[static_cast<size_t>(i)] = static_cast<uint16_t>(count);
        sum += count;
    }
    if (bits.over() || sum != codeStates)
        return std::nullopt;
    bytes.remove_prefix(bits.bytesRead());
    return counts;
}

} // namespace plimsoll

#include "storage/engine/codec/IntegerCodec.h"

#include "storage/engine/codec/BitPacking.h"
#include "storage/engine/codec/IntegerStream.h"
#include "storage/engine/codec/OwnTable.h"
#include "storage/engine/codec/ResidualCounts.h"
#include "storage/engine/codec/TablePrices.h"
#include "storage/engine/codec/Tans.h"

#include <array>
#include <cmath>
#include <vector>

namespace plimsoll {

namespace {

constexpr int orders = 3;
constexpr size_t keptEntries = 64 * 1024;

struct Scratch
{
    std::vector<uint64_t> residuals;
    std::vector<uint8_t> tokens;
};

Scratch &scratch(size_t count)
{
    thread_local Scratch scratch;
    if (scratch.residuals.size() < count || (scratch.residuals.size() > keptEntries && count < keptEntries)) {
        scratch.residuals.resize(count);
        scratch.tokens.resize(count);
        scratch.residuals.shrink_to_fit();
        scratch.tokens.shrink_to_fit();
    }
    return scratch;
}

uint64_t unsignedOf(int64_t value) { return static_cast<uint64_t>(value); }
uint64_t zigzagOf(uint64_t difference) { return zigzag(static_cast<int64_t>(difference)); }

/// Bits that numbers take whose widths are counted so: their entropy, and the bits below the highest.
double costOf(const std::array<uint32_t, 65> &widths, double total)
{
    double bits = 0;
    for (size_t width = 0; width < widths.size(); width++) {
        const double count = widths[width];
        if (count > 0)
            bits += count * ((width > 1 ? static_cast<double>(width - 1) : 0) + std::log2(total / count));
    }
    return bits;
}

/// Which differences are cheapest, by the widths of a sample of them.
int chooseOrder(std::span<const int64_t> values, int64_t least)
{
    const size_t step = values.size() > 512 ? 2 : 1;
    std::array<std::array<uint32_t, 65>, orders> widths{};
    uint32_t total = 0;
    for (size_t i = 2; i < values.size(); i += step) {
        const uint64_t value = unsignedOf(values[i]);
        const uint64_t difference = value - unsignedOf(values[i - 1]);
        const uint64_t before = unsignedOf(values[i - 1]) - unsignedOf(values[i - 2]);
        widths[0][static_cast<size_t>(std::bit_width(value - unsignedOf(least)))]++;
        widths[1][static_cast<size_t>(std::bit_width(zigzagOf(difference)))]++;
        widths[2][static_cast<size_t>(std::bit_width(zigzagOf(difference - before)))]++;
        total++;
    }
    if (total == 0)
        return static_cast<int>(values.size());
    constexpr double bitsOfHead = 8; // what each order takes more at the front
    int best = 0;
    double bestCost = 0;
    for (int order = 0; order < orders; order++) {
        const double cost = order * bitsOfHead +
                            costOf(widths[static_cast<size_t>(order)], total) * static_cast<double>(step);
        if (order == 0 || cost < bestCost) {
            best = order;
            bestCost = cost;
        }
    }
    return best;
}

void takeResiduals(std::span<const int64_t> values, int order, int64_t least, uint64_t *out)
{
    if (order == 0) {
        for (size_t i = 0; i < values.size(); i++)
            out[i] = unsignedOf(values[i]) - unsignedOf(least);
    } else if (order == 1) {
        for (size_t i = 1; i < values.size(); i++)
            out[i - 1] = zigzagOf(unsignedOf(values[i]) - unsignedOf(values[i - 1]));
    } else {
        for (size_t i = 2; i < values.size(); i++)
            out[i - 2] =
                zigzagOf(unsignedOf(values[i]) - 2 * unsignedOf(values[i - 1]) + unsignedOf(values[i - 2]));
    }
}

void appendHead(std::string &out, std::span<const int64_t> values, int order, int mode, int64_t least)
{
    out += static_cast<char>(order | mode << 2);
    appendVarint(out, zigzag(order == 0 ? least : values[0]));
    if (order == 2)
        appendVarint(out, zigzagOf(unsignedOf(values[1]) - unsignedOf(values[0])));
}

/// How a column is to be entropy coded.
struct Plan
{
    int lowBits = 0;
    int table = 0; ///< ownTable where it gets its own
    SymbolHistogram symbols{};
    bool raw = false; ///< some token has raw bits behind it
    double bits = 0;
};

/// Symbols as `table` codes them: what it lacks becomes the escape.
Plan planFor(const ResidualCounts &counts, size_t residuals)
{
    Plan plan;
    plan.lowBits = counts.bestLowBits();
    const TokenHistogram tokens = counts.tokens(plan.lowBits);
    for (int token = 0; token < tokenCount; token++) {
        const uint32_t count = tokens[static_cast<size_t>(token)];
        plan.symbols[static_cast<size_t>(std::min(token, escapeSymbol))] += count;
        plan.raw |= token >= directTokens && count > 0;
    }
    const auto [table, price] = cheapestStaticTable(plan.symbols);
    const double own = ownTablePrice(plan.symbols);
    constexpr double leastGain = 32; // an own table takes time to build
    const double share = static_cast<double>(residuals) / 100;
    plan.table = own + std::max(leastGain, share) < price ? ownTable : table;
    plan.bits = std::min(own, price) + rawBits(tokens) + static_cast<double>(residuals) * plan.lowBits;
    return plan;
}

void appendPacked(std::string &out, std::span<const uint64_t> residuals, int width)
{
    out += static_cast<char>(width);
    packBits(residuals, width, out);
}

/// Writes the raw bits behind tokens; symbols that the table lacks are replaced by the escape.
void appendRaw(std::string &out, std::span<const uint64_t> residuals, int lowBits,
               std::span<const uint8_t> symbols)
{
    BitWriter bits(out);
    for (size_t i = 0; i < residuals.size(); i++) {
        const bool escaped = symbols[i] == escapeSymbol;
        if (symbols[i] < directTokens)
            continue;
        const uint64_t number = residuals[i] >> lowBits;
        const int token = tokenOf(number);
        if (escaped)
            bits.add(static_cast<uint64_t>(token), 8);
        bits.add(number - numberOf(token), rawBitsOf(token));
    }
    bits.finish();
}

void appendLow(std::string &out, std::span<uint64_t> residuals, int lowBits)
{
    const uint64_t mask = (1ULL << lowBits) - 1;
    for (uint64_t &residual : residuals)
        residual &= mask;
    packBits(residuals, lowBits, out);
}

/// The symbol of each residual. True where any has bits behind it.
bool takeSymbols(std::span<const uint64_t> residuals, const Plan &plan, const SymbolCounts &counts,
                 uint8_t *out)
{
    std::array<uint8_t, 256> symbolOf;
    bool raw = false;
    for (int token = 0; token < 256; token++) {
        const bool coded = token < escapeSymbol && counts[static_cast<size_t>(token)] > 0;
        symbolOf[static_cast<size_t>(token)] = coded ? static_cast<uint8_t>(token) : escapeSymbol;
        if (token < escapeSymbol && !coded)
            raw |= plan.symbols[static_cast<size_t>(token)] > 0;
    }
    for (size_t i = 0; i < residuals.size(); i++)
        out[i] = symbolOf[static_cast<size_t>(tokenOf(residuals[i] >> plan.lowBits))];
    return raw || plan.raw;
}

void appendCoded(std::string &out, std::span<uint64_t> residuals, const Plan &plan,
                 std::vector<uint8_t> &tokens)
{
    const bool own = plan.table == ownTable;
    const SymbolCounts counts = own ? countsFor(plan.symbols) : staticCounts(plan.table);
    const std::span<uint8_t> symbols(tokens.data(), residuals.size());
    const bool raw = takeSymbols(residuals, plan, counts, symbols.data());
    out += static_cast<char>(plan.table | (raw ? hasRawBits : 0));
    if (own)
        appendOwnTable(out, counts);
    const auto encode = [&](std::string &to) {
        if (own)
            TansEncoder(counts).encode(symbols, to);
        else
            staticEncoder(plan.table).encode(symbols, to);
    };
    if (!raw) {
        encode(out);
    } else {
        thread_local std::string coded;
        coded.clear();
        encode(coded);
        appendVarint(out, coded.size());
        out += coded;
        appendRaw(out, residuals, plan.lowBits, symbols);
    }
    if (plan.lowBits > 0)
        appendLow(out, residuals, plan.lowBits);
}

} // namespace

void encodeIntegers(std::span<const int64_t> values, std::string &out)
{
    if (values.empty())
        return;
    const int64_t least = *std::min_element(values.begin(), values.end());
    const int order = chooseOrder(values, least);
    Scratch &own = scratch(values.size());
    takeResiduals(values, order, least, own.residuals.data());
    const std::span<uint64_t> residuals(own.residuals.data(), values.size() - static_cast<size_t>(order));
    const int width = bitWidthOf(residuals);
    if (width == 0)
        return appendHead(out, values, order, StraightMode, least);
    const Plan plan = planFor(ResidualCounts(residuals), residuals.size());
    const double overhead = 8 + 10 * statesFor(residuals.size()) + 1;
    if (plan.bits + overhead >= static_cast<double>(residuals.size()) * width) {
        appendHead(out, values, order, PackedMode, least);
        return appendPacked(out, residuals, width);
    }
    appendHead(out, values, order, plan.lowBits, least);
    appendCoded(out, residuals, plan, own.tokens);
}

} // namespace plimsoll

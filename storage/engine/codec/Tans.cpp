#include "storage/engine/codec/Tans.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace plimsoll {

namespace {

/// Which symbol each state stands for: the states of one symbol lie far apart.
std::array<uint8_t, codeStates> spread(const SymbolCounts &counts)
{
    constexpr size_t step = (codeStates >> 1) + (codeStates >> 3) + 3;
    std::array<uint8_t, codeStates> symbols{};
    size_t place = 0;
    for (size_t symbol = 0; symbol < codeSymbols; symbol++) {
        for (int i = 0; i < counts[symbol]; i++) {
            symbols[place] = static_cast<uint8_t>(symbol);
            place = (place + step) % codeStates;
        }
    }
    return symbols;
}

template<typename Table>
std::array<Table, staticTables> makeAll()
{
    std::array<Table, staticTables> tables;
    for (int i = 0; i < staticTables; i++)
        tables[static_cast<size_t>(i)] = Table(staticCounts(i));
    return tables;
}

} // namespace

/// Bits from the lowest on, into room that the caller made.
struct TansEncoder::Bits
{
    char *at;
    uint64_t word = 0;
    int filled = 0;

    void add(uint64_t bits, uint32_t width)
    {
        word |= (bits & ((1ULL << width) - 1)) << filled;
        filled += static_cast<int>(width);
    }
    /// Moves whole bytes out; at most 7 bits stay.
    void flush()
    {
        std::memcpy(at, &word, sizeof word);
        at += filled / 8;
        word >>= filled / 8 * 8;
        filled %= 8;
    }
};

TansEncoder::TansEncoder(const SymbolCounts &counts)
{
    int start = 0;
    for (size_t symbol = 0; symbol < codeSymbols; symbol++) {
        const uint32_t count = counts[symbol];
        m_first[symbol] = static_cast<uint16_t>(start);
        m_offset[symbol] = start - static_cast<int32_t>(count);
        start += static_cast<int>(count);
        const uint32_t most =
            codeStatesLog + 1 - static_cast<uint32_t>(count > 1 ? std::bit_width(count - 1) : 1);
        m_bits[symbol] = (most << 16) - (count << most);
    }
    const auto symbols = spread(counts);
    std::array<uint16_t, codeSymbols> places = m_first;
    for (size_t state = 0; state < codeStates; state++)
        m_next[places[symbols[state]]++] = static_cast<uint16_t>(codeStates + state);
}

inline uint32_t TansEncoder::next(uint32_t state, uint8_t symbol, Bits &bits) const
{
    const uint32_t width = (state + m_bits[symbol]) >> 16;
    bits.add(state, width);
    return m_next[static_cast<size_t>(m_offset[symbol] + static_cast<int32_t>(state >> width))];
}

/// The last symbol of each state chooses where it starts, and costs nothing.
template<int States>
void TansEncoder::encodeBy(std::span<const uint8_t> symbols, Bits &bits) const
{
    std::array<uint32_t, States> states{};
    const uint8_t *at = symbols.data();
    size_t i = symbols.size();
    const size_t free = std::min<size_t>(i, States);
    for (size_t k = 0; k < free; k++) {
        i--;
        states[i % States] = m_next[m_first[at[i]]];
    }
    for (; i % States != 0; bits.flush()) {
        i--;
        states[i % States] = next(states[i % States], at[i], bits);
    }
    for (; i > 0; bits.flush()) {
        i -= States;
        for (size_t k = States; k-- > 0;)
            states[k] = next(states[k], at[i + k], bits);
    }
    for (size_t k = free; k-- > 0; bits.flush())
        bits.add(states[k], codeStatesLog);
}

void TansEncoder::encode(std::span<const uint8_t> symbols, std::string &out) const
{
    const size_t before = out.size();
    out.resize(before + symbols.size() * 2 + 32);
    Bits bits{out.data() + before};
    switch (statesFor(symbols.size())) {
    case 4:
        encodeBy<4>(symbols, bits);
        break;
    case 2:
        encodeBy<2>(symbols, bits);
        break;
    default:
        encodeBy<1>(symbols, bits);
    }
    bits.add(1, 1);
    bits.filled += 7;
    bits.flush();
    out.resize(static_cast<size_t>(bits.at - out.data()));
}

TansDecoder::TansDecoder(const SymbolCounts &counts)
{
    const auto symbols = spread(counts);
    std::array<uint32_t, codeSymbols> numbers;
    std::copy(counts.begin(), counts.end(), numbers.begin());
    m_first.fill(0);
    for (size_t state = 0; state < codeStates; state++) {
        const uint32_t symbol = symbols[state];
        if (numbers[symbol] == counts[symbol])
            m_first[symbol] = static_cast<uint16_t>(state);
        const uint32_t number = numbers[symbol]++;
        const uint32_t width = codeStatesLog + 1 - static_cast<uint32_t>(std::bit_width(number));
        m_entries[state] = ((number << width) - codeStates) << 16 | symbol << 8 | width;
    }
}

/// A step takes at most 10 bits, so one load of at least 56 serves four. The position may fall below 0 by one
/// group at most before it is seen to, which `margin` covers.
template<int States>
bool TansDecoder::decodeBy(std::string_view bytes, uint8_t *symbols, size_t count) const
{
    const char *start = bytes.data();
    int64_t position =
        static_cast<int64_t>(bytes.size()) * 8 - 9 + std::bit_width(static_cast<uint8_t>(bytes.back()));
    const auto load = [&] {
        uint64_t word = 0;
        const int64_t low = position - 56;
        std::memcpy(&word, start + (low >> 3), sizeof word);
        return word >> (low & 7) << 8;
    };
    std::array<uint32_t, States> states;
    uint64_t first = load();
    for (uint32_t &state : states) {
        state = static_cast<uint32_t>(first >> (64 - codeStatesLog));
        first <<= codeStatesLog;
        position -= codeStatesLog;
    }
    size_t i = 0;
    for (; i + 2 * States <= count; i += States) {
        if (position < 0)
            return false;
        uint64_t word = load();
        for (size_t k = 0; k < States; k++) {
            const uint32_t entry = m_entries[states[k]];
            symbols[i + k] = static_cast<uint8_t>(entry >> 8);
            const uint32_t width = entry & 0xff;
            states[k] = (entry >> 16) + static_cast<uint32_t>(word >> 1 >> (63 - width));
            word <<= width;
            position -= width;
        }
    }
    for (; i < count; i++) {
        const uint32_t entry = m_entries[states[i % States]];
        symbols[i] = static_cast<uint8_t>(entry >> 8);
        if (i + States >= count) {
            if (m_first[symbols[i]] != states[i % States])
                return false;
            continue;
        }
        if (position < 0)
            return false;
        const uint32_t width = entry & 0xff;
        states[i % States] = (entry >> 16) + static_cast<uint32_t>(load() >> 1 >> (63 - width));
        position -= width;
    }
    return position == 0;
}

bool TansDecoder::decode(std::string_view bytes, uint8_t *symbols, size_t count) const
{
    if (bytes.empty() || bytes.back() == 0)
        return false;
    switch (statesFor(count)) {
    case 4:
        return decodeBy<4>(bytes, symbols, count);
    case 2:
        return decodeBy<2>(bytes, symbols, count);
    default:
        return decodeBy<1>(bytes, symbols, count);
    }
}

const TansEncoder &staticEncoder(int table)
{
    static const auto tables = makeAll<TansEncoder>();
    return tables[static_cast<size_t>(table)];
}

const TansDecoder &staticDecoder(int table)
{
    static const auto tables = makeAll<TansDecoder>();
    return tables[static_cast<size_t>(table)];
}

} // namespace plimsoll

#pragma once

#include "storage/engine/codec/TansTables.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace plimsoll {

/// Tabled asymmetric numeral systems over codeSymbols symbols, after Duda (arXiv 1311.2540) and Collet's FSE,
/// with interleaved states as in Giesen (arXiv 1402.3392). The last symbols are written first, so that the
/// decoder, which reads from the end of the bytes, gives them in order.

/// How many states take turns for a stream of so many symbols: each costs 10 bits and lets the processor do
/// more at once.
constexpr int statesFor(size_t symbols) { return symbols >= 256 ? 4 : symbols >= 32 ? 2 : 1; }

/// Writes symbols by one table.
class TansEncoder
{
public:
    TansEncoder() = default;
    explicit TansEncoder(const SymbolCounts &counts);

    /// Appends the stream; every symbol must have a count.
    void encode(std::span<const uint8_t> symbols, std::string &out) const;

private:
    struct Bits;
    template<int States>
    void encodeBy(std::span<const uint8_t> symbols, Bits &bits) const;
    uint32_t next(uint32_t state, uint8_t symbol, Bits &bits) const;

    std::array<uint16_t, codeStates> m_next;   ///< by symbol, and within it by number
    std::array<uint16_t, codeSymbols> m_first; ///< of a symbol in m_next
    std::array<uint32_t, codeSymbols> m_bits;  ///< added to a state gives the bits to write in the upper half
    std::array<int32_t, codeSymbols> m_offset; ///< of a symbol's first state in m_next, less its count
};

/// Reads symbols by one table.
class TansDecoder
{
public:
    TansDecoder() = default;
    explicit TansDecoder(const SymbolCounts &counts);

    /// Reads exactly `count` symbols into `symbols`, from untrusted bytes that have `margin` readable bytes
    /// before and behind them. False where the stream does not end in the states in which the encoder starts.
    bool decode(std::string_view bytes, uint8_t *symbols, size_t count) const;
    static constexpr size_t margin = 8;

private:
    template<int States>
    bool decodeBy(std::string_view bytes, uint8_t *symbols, size_t count) const;

    std::array<uint32_t, codeStates> m_entries; ///< next state's base << 16 | symbol << 8 | bits to add
    std::array<uint16_t, codeSymbols> m_first;  ///< state of each symbol, where the encoder starts
};

const TansEncoder &staticEncoder(int table);
const TansDecoder &staticDecoder(int table);

} // namespace plimsoll

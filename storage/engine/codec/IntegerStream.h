#pragma once

#include "storage/engine/codec/BitStream.h"
#include "storage/engine/codec/TansTables.h"
#include "storage/engine/codec/Tokens.h"
#include "storage/model/Varint.h"

#include <cstdint>
#include <string_view>

namespace plimsoll {

/// How the residuals of a column of integers are written; the numbers are part of the format (PACK.md).
/// Modes 0 … 56 are entropy coded, with so many low bits of each packed apart.
enum IntegerMode : uint8_t { MaxLowBits = 56, PackedMode = 57, StraightMode = 58 };
/// In the byte that names the table of an entropy coded column: its own table, and that raw bits follow.
constexpr uint8_t ownTable = 63;
constexpr uint8_t hasRawBits = 128;

/// A column of integers that is being read. What it points to belongs to the thread and stands until it reads
/// the next one.
class IntegerStream
{
public:
    /// Takes the bytes apart; false where they are not a column of `count` (at least 1) integers.
    bool open(std::string_view bytes, size_t count);

    /// Calls `take(position, value)` for each; false where the column turns out to be damaged, after values
    /// that may be anything.
    template<typename Take>
    bool read(Take take)
    {
        uint64_t value = m_first;
        uint64_t step = m_step;
        switch (m_order) {
        case 0:
            return eachResidual(
                [&](size_t i, uint64_t residual) { take(i, static_cast<int64_t>(value + residual)); });
        case 1:
            take(0, static_cast<int64_t>(value));
            return eachResidual([&](size_t i, uint64_t residual) {
                value += signedOf(residual);
                take(i + 1, static_cast<int64_t>(value));
            });
        default:
            take(0, static_cast<int64_t>(value));
            value += step;
            take(1, static_cast<int64_t>(value));
            return eachResidual([&](size_t i, uint64_t residual) {
                step += signedOf(residual);
                value += step;
                take(i + 2, static_cast<int64_t>(value));
            });
        }
    }

private:
    static uint64_t signedOf(uint64_t zigzagged) { return static_cast<uint64_t>(unzigzag(zigzagged)); }

    bool openCoded(std::string_view bytes);
    bool openPacked(std::string_view bytes);

    template<typename Take>
    bool eachResidual(Take take)
    {
        if (m_mode == StraightMode)
            return eachOf(take, [](size_t) { return uint64_t(0); });
        if (m_mode == PackedMode)
            return eachOf(take, [packed = m_packed](size_t i) { return packed[i]; });
        if (!m_hasRaw && m_mode == 0)
            return eachOf(take, [tokens = m_tokens](size_t i) { return uint64_t(tokens[i]); });
        BitReader raw(m_raw, m_rawSize);
        bool good = true;
        const uint64_t mask = (1ULL << m_mode) - 1;
        const auto width = static_cast<size_t>(m_mode);
        eachOf(take, [&, tokens = m_tokens, low = m_low, bit = size_t(0)](size_t i) mutable {
            uint64_t number = tokens[i];
            if (number >= directTokens) [[unlikely]]
                number = numberBehind(static_cast<int>(number), raw, good);
            uint64_t word = 0;
            std::memcpy(&word, low + bit / 8, sizeof word);
            word = word >> (bit % 8) & mask;
            bit += width;
            return number << width | word;
        });
        return good && raw.complete();
    }

    template<typename Take, typename Residual>
    bool eachOf(Take &take, Residual residual)
    {
        for (size_t i = 0; i < m_residuals; i++)
            take(i, residual(i));
        return true;
    }

    static uint64_t numberBehind(int token, BitReader &raw, bool &good)
    {
        if (token == escapeSymbol)
            token = static_cast<int>(raw.take(8));
        if (token >= tokenCount) {
            good = false;
            return 0;
        }
        return numberOf(token) | raw.take(rawBitsOf(token));
    }

    int m_order = 0;
    int m_mode = 0;
    uint64_t m_first = 0;
    uint64_t m_step = 0;
    size_t m_residuals = 0;
    bool m_hasRaw = false;
    const uint8_t *m_tokens = nullptr;
    const char *m_raw = nullptr;
    size_t m_rawSize = 0;
    const char *m_low = nullptr;
    const uint64_t *m_packed = nullptr;
};

} // namespace plimsoll

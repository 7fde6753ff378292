#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

namespace plimsoll {

/// Appends bits to a string, from the lowest bit on.
class BitWriter
{
public:
    explicit BitWriter(std::string &out)
        : m_out(out)
    {
    }

    /// `bits` must be below 2^width; a width of 0 … 64.
    void add(uint64_t bits, int width)
    {
        m_word |= bits << m_filled;
        if (m_filled + width < 64) {
            m_filled += width;
            return;
        }
        m_out.append(reinterpret_cast<const char *>(&m_word), sizeof m_word);
        const int taken = 64 - m_filled;
        m_word = taken == 64 ? 0 : bits >> taken;
        m_filled = width - taken;
    }
    /// Writes what is left, up to a whole byte.
    void finish()
    {
        m_out.append(reinterpret_cast<const char *>(&m_word), static_cast<size_t>(m_filled + 7) / 8);
        m_word = 0;
        m_filled = 0;
    }

private:
    std::string &m_out;
    uint64_t m_word = 0;
    int m_filled = 0;
};

/// Reads such bits from `size` untrusted bytes with 8 readable ones behind them. Beyond the end it gives
/// anything, and complete() tells.
class BitReader
{
public:
    BitReader(const char *bytes, size_t size)
        : m_bytes(bytes)
        , m_end(size * 8)
    {
    }

    uint64_t take(int width)
    {
        if (width > 56) {
            const uint64_t low = take(32);
            return low | take(width - 32) << 32;
        }
        uint64_t word = 0;
        std::memcpy(&word, m_bytes + m_bit / 8, sizeof word);
        word = word >> (m_bit % 8) & ((1ULL << width) - 1);
        m_bit += static_cast<size_t>(width);
        m_over |= m_bit > m_end;
        m_bit = std::min(m_bit, m_end);
        return word;
    }
    /// Whether exactly the bytes were read.
    bool complete() const { return !m_over && (m_bit + 7) / 8 == m_end / 8; }
    size_t bytesRead() const { return (m_bit + 7) / 8; }
    bool over() const { return m_over; }

private:
    const char *m_bytes;
    size_t m_end;
    size_t m_bit = 0;
    bool m_over = false;
};

} // namespace plimsoll

#pragma once

#include "storage/engine/codec/BitStream.h"
#include "storage/model/Varint.h"

#include <zstd.h>

#include <bit>
#include <span>
#include <string>
#include <vector>

namespace plimsoll::bench {

/// XOR compression as in Gorilla (Pelkonen et al., VLDB 2015), for comparison.
inline void encodeGorilla(std::span<const double> values, std::string &out)
{
    BitWriter bits(out);
    uint64_t previous = 0;
    int leading = 65;
    int trailing = 0;
    for (size_t i = 0; i < values.size(); i++) {
        const auto word = std::bit_cast<uint64_t>(values[i]);
        const uint64_t change = word ^ previous;
        previous = word;
        if (i == 0) {
            bits.add(word, 64);
            continue;
        }
        if (change == 0) {
            bits.add(0, 1);
            continue;
        }
        const int zerosInFront = std::min(31, std::countl_zero(change));
        const int zerosBehind = std::countr_zero(change);
        if (zerosInFront >= leading && zerosBehind >= trailing) {
            bits.add(1, 2);
            bits.add(change >> trailing, 64 - leading - trailing);
            continue;
        }
        leading = zerosInFront;
        trailing = zerosBehind;
        const int width = 64 - leading - trailing;
        bits.add(3, 2);
        bits.add(static_cast<uint64_t>(leading), 5);
        bits.add(static_cast<uint64_t>(width) & 63, 6);
        bits.add(change >> trailing, width);
    }
    bits.finish();
}

inline bool decodeGorilla(std::string_view bytes, std::span<double> out)
{
    BitReader bits(bytes.data(), bytes.size());
    uint64_t word = 0;
    int trailing = 0;
    int width = 0;
    for (size_t i = 0; i < out.size(); i++) {
        if (i == 0) {
            word = bits.take(64);
        } else if (bits.take(1) != 0) {
            if (bits.take(1) != 0) {
                const int leading = static_cast<int>(bits.take(5));
                width = static_cast<int>(bits.take(6));
                width = width == 0 ? 64 : width;
                trailing = 64 - leading - width;
            }
            word ^= bits.take(width) << trailing;
        }
        out[i] = std::bit_cast<double>(word);
    }
    return bits.complete();
}

/// zstd over the differences of whole numbers as varints; over the planes of bytes where some value is not
/// whole.
inline void encodeZstd(std::span<const double> values, std::string &out)
{
    static ZSTD_CCtx *const context = ZSTD_createCCtx();
    std::string plain(1, 'i');
    int64_t previous = 0;
    for (const double value : values) {
        const bool whole = std::fabs(value) < 9e15 &&
                           std::bit_cast<uint64_t>(static_cast<double>(static_cast<int64_t>(value))) ==
                               std::bit_cast<uint64_t>(value);
        if (!whole) {
            plain = "b";
            break;
        }
        appendVarint(plain, zigzag(static_cast<int64_t>(value) - previous));
        previous = static_cast<int64_t>(value);
    }
    if (plain == "b") {
        for (int byte = 7; byte >= 0; byte--) {
            for (const double value : values)
                plain += static_cast<char>(std::bit_cast<uint64_t>(value) >> (8 * byte));
        }
    }
    const size_t before = out.size();
    appendVarint(out, plain.size());
    const size_t head = out.size();
    out.resize(head + ZSTD_compressBound(plain.size()));
    out.resize(head + ZSTD_compressCCtx(context, out.data() + head, out.size() - head, plain.data(),
                                        plain.size(), 3));
    (void)before;
}

inline bool decodeZstd(std::string_view bytes, std::span<double> out)
{
    static ZSTD_DCtx *const context = ZSTD_createDCtx();
    static std::string plain;
    const auto size = takeVarint(bytes);
    plain.resize(size.value_or(0));
    if (ZSTD_decompressDCtx(context, plain.data(), plain.size(), bytes.data(), bytes.size()) != plain.size())
        return false;
    std::string_view rest(plain);
    const bool whole = rest.front() == 'i';
    rest.remove_prefix(1);
    int64_t previous = 0;
    for (size_t i = 0; i < out.size(); i++) {
        if (whole) {
            previous += unzigzag(*takeVarint(rest));
            out[i] = static_cast<double>(previous);
            continue;
        }
        uint64_t word = 0;
        for (size_t byte = 0; byte < 8; byte++)
            word = word << 8 | static_cast<uint8_t>(rest[byte * out.size() + i]);
        out[i] = std::bit_cast<double>(word);
    }
    return true;
}

} // namespace plimsoll::bench

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

/// One way to write a column of doubles. Lossless to the bit: NaN payloads, -0.0, infinities and denormals
/// included. The forms are in storage/engine/PACK.md; the numbers are stored on disk and never change.
struct ValueCodec
{
    uint8_t id;
    std::string_view name;
    /// Appends the values, or leaves `out` alone and returns false where this codec cannot carry them.
    bool (*encode)(std::span<const double> values, std::string &out);
    /// Fills `out` from untrusted bytes; false where they are not exactly such a column.
    bool (*decode)(std::string_view bytes, std::span<double> out);
};

extern const ValueCodec constantCodec;
extern const ValueCodec decimalCodec;
extern const ValueCodec rawCodec;

/// All codecs, the one to try first first; the last takes anything.
std::span<const ValueCodec *const> valueCodecs();

/// Appends the codec's number and the column, by the first codec that takes it.
void encodeValues(std::span<const double> values, std::string &out);
/// Fills `out`; false where the bytes are not exactly such a column.
bool decodeValues(std::string_view bytes, std::span<double> out);

} // namespace plimsoll

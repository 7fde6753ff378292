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
    /// Appends the values, or leaves `out` alone and returns false where this codec cannot carry them, or not
    /// in fewer bytes than raw ones.
    bool (*encode)(std::span<const double> values, std::string &out);
    /// Fills `out` from untrusted bytes; false where they are not exactly such a column.
    bool (*decode)(std::string_view bytes, std::span<double> out);
};

extern const ValueCodec constantCodec;
extern const ValueCodec packedCodec;
extern const ValueCodec rawCodec;
extern const ValueCodec runsCodec;
extern const ValueCodec decimalCodec;
extern const ValueCodec dictionaryCodec;
extern const ValueCodec realCodec;

/// All codecs.
std::span<const ValueCodec *const> valueCodecs();

/// Appends the codec's number and the column, by the codec that takes the fewest bytes or nearly so: for what
/// is kept.
void encodeValues(std::span<const double> values, std::string &out);

/// The same by the first of constant, packed and raw that carries the values: for short columns that are
/// written often and soon thrown away.
void encodeValuesQuickly(std::span<const double> values, std::string &out);

/// Fills `out` from what either wrote; false where the bytes are not exactly such a column.
bool decodeValues(std::string_view bytes, std::span<double> out);

/// The parts of other codecs: a column without codecs that hold columns themselves.
void encodePlainValues(std::span<const double> values, std::string &out);
bool decodePlainValues(std::string_view bytes, std::span<double> out);

} // namespace plimsoll

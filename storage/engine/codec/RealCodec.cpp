#include "storage/engine/codec/BitPacking.h"
#include "storage/engine/codec/DoubleBits.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/IntegerStream.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/ValueCodec.h"

#include <vector>

namespace plimsoll {

namespace {

/// Below these bits of a measured double there is nothing but noise: sign and exponent, and those with four
/// bits of the mantissa.
constexpr int fewLowBits = 48;
constexpr int manyLowBits = 52;

void topOf(std::span<const double> values, int lowBits, std::string &column)
{
    thread_local std::vector<int64_t> top;
    top.resize(values.size());
    for (size_t i = 0; i < values.size(); i++)
        top[i] = static_cast<int64_t>(bitsOf(values[i]) >> lowBits);
    column.clear();
    encodeIntegers(top, column);
}

bool encode(std::span<const double> values, std::string &out)
{
    std::string column;
    std::string other;
    topOf(values, fewLowBits, column);
    topOf(values, manyLowBits, other);
    int lowBits = fewLowBits;
    const size_t more = packedBytes(values.size(), manyLowBits) - packedBytes(values.size(), fewLowBits);
    if (other.size() + more < column.size()) {
        column.swap(other);
        lowBits = manyLowBits;
    }
    if (values.empty() || column.size() + packedBytes(values.size(), lowBits) + 4 > values.size_bytes())
        return false;
    out += static_cast<char>(lowBits);
    appendSized(out, column);
    std::vector<uint64_t> low(values.size());
    for (size_t i = 0; i < values.size(); i++)
        low[i] = bitsOf(values[i]) & ((1ULL << lowBits) - 1);
    packBits(low, lowBits, out);
    return true;
}

bool decode(std::string_view bytes, std::span<double> out)
{
    if (bytes.empty() || out.empty())
        return false;
    const int lowBits = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    const auto column = takeSized(bytes);
    if (!column || lowBits < 1 || lowBits > 63 || packedBytes(out.size(), lowBits) != bytes.size())
        return false;
    thread_local std::vector<uint64_t> low;
    low.resize(out.size());
    unpackBits(bytes, lowBits, low);
    IntegerStream stream;
    if (!stream.open(*column, out.size()))
        return false;
    return stream.read([&, low = low.data()](size_t i, int64_t top) {
        out[i] = doubleOf(static_cast<uint64_t>(top) << lowBits | low[i]);
    });
}

} // namespace

const ValueCodec realCodec{7, "real", encode, decode};

} // namespace plimsoll

#include "storage/engine/codec/BitPacking.h"
#include "storage/engine/codec/ValueCodec.h"
#include "storage/model/Varint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace plimsoll {

namespace {

constexpr size_t blockSize = 128;
constexpr int maxPlaces = 9;
constexpr double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double limit =
    4503599627370496.0; // 2^52: whole doubles below are exact, and so are their differences

bool sameBits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// The integer that gives back `value` when divided by 10^places.
bool toInteger(double value, int places, int64_t &integer)
{
    const double scaled = value * powers[places];
    if (!(std::fabs(scaled) < limit))
        return false;
    integer = static_cast<int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
    return sameBits(static_cast<double>(integer) / powers[places], value);
}

/// Whether all are whole and far below the limit; -0.0 is not. Without branches, so that it looks at several
/// values at a time.
bool areWhole(std::span<const double> values)
{
    constexpr double rounder = 6755399441055744.0; // adding it leaves no fraction
    uint64_t wrong = 0;
    for (const double value : values) {
        wrong |= std::bit_cast<uint64_t>(value + rounder - rounder) ^ std::bit_cast<uint64_t>(value);
        wrong |= static_cast<uint64_t>(!(std::fabs(value) < limit / 2));
    }
    return wrong == 0;
}

bool allFit(std::span<const double> values, int places)
{
    int64_t integer = 0;
    return std::all_of(values.begin(), values.end(),
                       [&](double value) { return toInteger(value, places, integer); });
}

/// The fewest places that fit all values; -1 where none do. A value may fit at few places and not at more, so
/// the first value that fails sets the next try and all are tested again.
int placesFor(std::span<const double> values)
{
    int64_t integer = 0;
    int places = 0;
    for (const double value : values) {
        while (!toInteger(value, places, integer)) {
            if (++places > maxPlaces)
                return -1;
        }
    }
    return allFit(values, places) ? places : -1;
}

bool encode(std::span<const double> values, std::string &out)
{
    if (values.empty())
        return false;
    const bool whole = areWhole(values);
    const int places = whole ? 0 : placesFor(values);
    if (places < 0)
        return false;
    int64_t previous = 0;
    (void)toInteger(values.front(), places, previous);
    out += static_cast<char>(places);
    appendVarint(out, zigzag(previous));
    std::array<uint64_t, blockSize> differences;
    for (size_t start = 1; start < values.size(); start += blockSize) {
        const size_t count = std::min(blockSize, values.size() - start);
        for (size_t i = 0; i < count; i++) {
            auto integer = static_cast<int64_t>(whole ? values[start + i] : 0);
            if (!whole)
                (void)toInteger(values[start + i], places, integer);
            differences[i] = zigzag(integer - previous);
            previous = integer;
        }
        const std::span block(differences.data(), count);
        const int width = bitWidthOf(block);
        out += static_cast<char>(width);
        packBits(block, width, out);
    }
    return true;
}

bool decodeBlock(std::string_view &bytes, uint64_t &integer, double power, std::span<double> out)
{
    if (bytes.empty())
        return false;
    const int width = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    const size_t size = packedBytes(out.size(), width);
    if (width > 64 || bytes.size() < size)
        return false;
    std::array<uint64_t, blockSize> differences;
    unpackBits(bytes, width, std::span(differences.data(), out.size()));
    bytes.remove_prefix(size);
    for (size_t i = 0; i < out.size(); i++) {
        integer += static_cast<uint64_t>(unzigzag(differences[i]));
        out[i] = static_cast<double>(static_cast<int64_t>(integer));
    }
    if (power != 1) {
        for (double &value : out)
            value /= power;
    }
    return true;
}

bool decode(std::string_view bytes, std::span<double> out)
{
    if (bytes.empty() || out.empty() || static_cast<uint8_t>(bytes.front()) > maxPlaces)
        return false;
    const double power = powers[static_cast<uint8_t>(bytes.front())];
    bytes.remove_prefix(1);
    const auto first = takeVarint(bytes);
    if (!first)
        return false;
    auto integer = static_cast<uint64_t>(unzigzag(*first));
    out[0] = static_cast<double>(static_cast<int64_t>(integer)) / power;
    for (size_t start = 1; start < out.size(); start += blockSize) {
        if (!decodeBlock(bytes, integer, power, out.subspan(start, std::min(blockSize, out.size() - start))))
            return false;
    }
    return bytes.empty();
}

} // namespace

const ValueCodec packedCodec{2, "packed", encode, decode};

} // namespace plimsoll

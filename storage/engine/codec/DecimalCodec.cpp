#include "storage/engine/codec/DecimalExceptions.h"
#include "storage/engine/codec/DoubleBits.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/IntegerStream.h"
#include "storage/engine/codec/ValueCodec.h"
#include "storage/model/Varint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace plimsoll {

namespace {

constexpr int maxPlaces = 15;
constexpr double powers[maxPlaces + 1] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr double limit = 9.0e15;              // below 2^53, so that integers are exact; false for NaN
constexpr double halves = 4503599627370496.0; // from 2^52 on there is nothing to round
constexpr uint8_t exceptionsFlag = 16;

/// The integer that gives `value` when divided by the power: false where none does to the bit.
inline bool toInteger(double value, double power, int64_t &integer)
{
    const double scaled = value * power;
    if (!(std::fabs(scaled) < limit))
        return false;
    integer = static_cast<int64_t>(std::fabs(scaled) < halves ? scaled + (scaled < 0 ? -0.5 : 0.5) : scaled);
    return bitsOf(static_cast<double>(integer) / power) == bitsOf(value);
}

inline bool toWhole(double value, int64_t &integer)
{
    if (!(std::fabs(value) < limit))
        return false;
    integer = static_cast<int64_t>(value);
    return bitsOf(static_cast<double>(integer)) == bitsOf(value);
}

constexpr size_t windowSize = 16;
constexpr double bitsOfException = 76;

/// Bits of the differences in one window, with so many places.
double windowCost(std::span<const double> window, double power)
{
    double bits = 0;
    int64_t previous = 0;
    bool hasPrevious = false;
    for (const double value : window) {
        int64_t integer = 0;
        if (std::isnan(value)) {
            bits += 1;
        } else if (!toInteger(value, power, integer)) {
            bits += bitsOfException;
        } else {
            const uint64_t difference = static_cast<uint64_t>(integer) - static_cast<uint64_t>(previous);
            bits += hasPrevious
                        ? 1.2 + static_cast<double>(std::bit_width(zigzag(static_cast<int64_t>(difference))))
                        : 8;
            previous = integer;
            hasPrevious = true;
        }
    }
    return bits;
}

struct Places
{
    int places = 0;
    double bits = 0; ///< for a value
};

/// The cheapest number of places on four windows of consecutive values. Values of several precisions are
/// common, so it is the cost that counts, not whether most fit.
Places choosePlaces(std::span<const double> values)
{
    constexpr size_t windows = 4;
    const bool few = values.size() <= windows * windowSize;
    Places best{0, INFINITY};
    for (int places = 0; places <= maxPlaces; places++) {
        double bits = 0;
        size_t count = 0;
        for (size_t i = 0; i < windows; i++) {
            const size_t start = few ? i * windowSize : (values.size() - windowSize) * i / (windows - 1);
            if (start >= values.size())
                break;
            const auto window = values.subspan(start, std::min(windowSize, values.size() - start));
            bits += windowCost(window, powers[places]);
            count += window.size();
        }
        bits /= static_cast<double>(count);
        if (bits < best.bits - 1e-9)
            best = {places, bits};
        constexpr double goodEnough = 6;
        if (best.bits < goodEnough && places >= best.places + 3)
            break;
    }
    return best;
}

/// The integers of all values; where there is none, the one before again.
template<typename Convert>
void toIntegers(std::span<const double> values, Convert convert, int64_t *out, DecimalExceptions &exceptions)
{
    size_t i = 0;
    for (; i < values.size() && !convert(values[i], out[i]); i++)
        exceptions.add(i, values[i]);
    const int64_t first = i < values.size() ? out[i] : 0;
    std::fill_n(out, i, first);
    int64_t previous = first;
    for (; i < values.size(); i++) {
        int64_t integer = 0;
        if (convert(values[i], integer)) [[likely]]
            previous = integer;
        else
            exceptions.add(i, values[i]);
        out[i] = previous;
    }
}

bool encode(std::span<const double> values, std::string &out)
{
    if (values.empty())
        return false;
    const Places chosen = choosePlaces(values);
    constexpr double hopeless = 60;
    if (chosen.bits > hopeless)
        return false;
    thread_local std::vector<int64_t> integers;
    if (integers.size() < values.size())
        integers.resize(values.size());
    DecimalExceptions exceptions;
    const double power = powers[chosen.places];
    if (chosen.places == 0)
        toIntegers(values, toWhole, integers.data(), exceptions);
    else
        toIntegers(
            values, [power](double value, int64_t &integer) { return toInteger(value, power, integer); },
            integers.data(), exceptions);
    if (exceptions.count() * 2 > values.size())
        return false;
    out += static_cast<char>(chosen.places | (exceptions.count() > 0 ? exceptionsFlag : 0));
    if (exceptions.count() > 0)
        exceptions.appendTo(out);
    encodeIntegers({integers.data(), values.size()}, out);
    return true;
}

bool decode(std::string_view bytes, std::span<double> out)
{
    if (bytes.empty() || out.empty())
        return false;
    const auto head = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (head >= exceptionsFlag * 2)
        return false;
    DecimalExceptions exceptions;
    if ((head & exceptionsFlag) != 0 && !exceptions.take(bytes, out.size()))
        return false;
    IntegerStream stream;
    if (!stream.open(bytes, out.size()))
        return false;
    const double power = powers[head & 15];
    double *to = out.data();
    const bool good =
        power == 1
            ? stream.read([to](size_t i, int64_t integer) { to[i] = static_cast<double>(integer); })
            : stream.read([=](size_t i, int64_t integer) { to[i] = static_cast<double>(integer) / power; });
    exceptions.apply(out);
    return good;
}

} // namespace

const ValueCodec decimalCodec{5, "decimal", encode, decode};

} // namespace plimsoll

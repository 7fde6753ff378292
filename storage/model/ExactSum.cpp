#include "storage/model/ExactSum.h"

#include <cmath>
#include <cstring>

namespace plimsoll {

namespace {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

constexpr double wholeLimit = 9007199254740992.0; // 2^53: every whole double up to here is exact
constexpr double nanoLimit = 1e29;                // 10^9 times this fits into 127 bits
constexpr int64_t nanoPerUnit = 1'000'000'000;
constexpr int64_t powersOfTen[] = {1,       10,        100,        1000,        10'000,
                                   100'000, 1'000'000, 10'000'000, 100'000'000, nanoPerUnit};

/// The units of 10^-places that make this double, if its nearest decimal of so many places is one.
std::optional<Int128> unitsAt(double value, int places)
{
    const double power = static_cast<double>(powersOfTen[places]);
    const double nearest = std::nearbyint(value * power);
    if (std::fabs(nearest) > wholeLimit)
        return std::nullopt;
    for (const double units : {nearest, nearest - 1, nearest + 1}) {
        if (units / power == value) // both are exact, so the quotient is rounded once
            return static_cast<Int128>(units);
    }
    return std::nullopt;
}

/// The 10^-9 units of a double that is the nearest to a decimal of at most 9 places.
std::optional<Int128> nanoOf(double value)
{
    const double nano = std::nearbyint(value * 1e9);
    if (std::fabs(nano) < wholeLimit / 2 && nano / 1e9 == value)
        return static_cast<Int128>(nano);
    if (std::fabs(nano) < wholeLimit / 8 ||
        !(std::fabs(value) < nanoLimit)) // so small, the product cannot be off by one
        return std::nullopt;
    if (std::fabs(value) >= wholeLimit)
        return static_cast<Int128>(value) * nanoPerUnit;
    for (int places = 0; places <= 9; places++) {
        if (const auto units = unitsAt(value, places))
            return *units * powersOfTen[9 - places];
    }
    return std::nullopt;
}

int bitWidth(UInt128 value)
{
    const auto high = static_cast<uint64_t>(value >> 64);
    return high    ? 128 - __builtin_clzll(high)
           : value ? 64 - __builtin_clzll(static_cast<uint64_t>(value))
                   : 0;
}

/// nano / 10^9, correctly rounded.
double fromNano(Int128 nano)
{
    const UInt128 magnitude = nano < 0 ? -static_cast<UInt128>(nano) : static_cast<UInt128>(nano);
    if (magnitude <= static_cast<UInt128>(wholeLimit))
        return static_cast<double>(static_cast<int64_t>(nano)) / 1e9;
    const int shift = 128 - bitWidth(magnitude);
    const UInt128 scaled = magnitude << shift;
    const UInt128 quotient = scaled / nanoPerUnit;
    const UInt128 sticky = scaled % nanoPerUnit != 0 ? 1 : 0;
    const double result = std::ldexp(static_cast<double>(quotient | sticky), -shift);
    return nano < 0 ? -result : result;
}

void appendDouble(std::string &out, double value)
{
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof bytes);
}

template<typename T>
bool takeFixed(std::string_view &bytes, T &value)
{
    if (bytes.size() < sizeof value)
        return false;
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
    return true;
}

} // namespace

void ExactSum::add(double value)
{
    if (const auto nano = nanoOf(value))
        addNano(*nano);
    else
        addRest(value);
}

void ExactSum::merge(const ExactSum &other)
{
    addNano(other.m_nano);
    if (other.m_hasRest) {
        addRest(other.m_high);
        addRest(other.m_low);
    }
}

ExactSum ExactSum::negated() const
{
    ExactSum result = *this;
    result.m_nano = -result.m_nano;
    result.m_high = -result.m_high;
    result.m_low = -result.m_low;
    return result;
}

void ExactSum::addNano(Int128 nano)
{
    Int128 sum = 0;
    if (__builtin_add_overflow(m_nano, nano, &sum))
        addRest(nano);
    else
        m_nano = sum;
}

void ExactSum::addRest(double value)
{
    m_hasRest = true;
    if (std::isnan(value) && !std::isnan(m_high)) {
        m_high = value; // arithmetic would change the bits that say which NaN it is
        m_low = 0;
        return;
    }
    const double sum = m_high + value;
    if (!std::isfinite(sum)) {
        m_high = sum;
        m_low = 0;
        return;
    }
    const double part = sum - m_high;
    const double error = (m_high - (sum - part)) + (value - part);
    const double low = m_low + error;
    m_high = sum + low;
    m_low = low - (m_high - sum);
}

void ExactSum::addRest(Int128 nano)
{
    const Int128 whole = nano / nanoPerUnit;
    const double high = static_cast<double>(whole);
    const double fractionNano = static_cast<double>(static_cast<int64_t>(nano % nanoPerUnit));
    const double fraction = fractionNano / 1e9;
    addRest(high);
    addRest(static_cast<double>(whole - static_cast<Int128>(high)));
    addRest(fraction);
    addRest(std::fma(-fraction, 1e9, fractionNano) / 1e9);
}

double ExactSum::value() const
{
    if (!m_hasRest)
        return fromNano(m_nano);
    if (m_nano == 0)
        return m_high;
    ExactSum total = *this;
    total.m_nano = 0;
    total.addRest(m_nano);
    return total.m_high;
}

void ExactSum::appendTo(std::string &out) const
{
    if (ExactSum(value()) == *this) {
        out += '\0';
        appendDouble(out, value());
        return;
    }
    out += static_cast<char>((m_nano != 0 ? 1 : 0) | (m_hasRest ? 2 : 0));
    if (m_nano != 0) {
        const uint64_t words[] = {static_cast<uint64_t>(m_nano), static_cast<uint64_t>(m_nano >> 64)};
        out.append(reinterpret_cast<const char *>(words), sizeof words);
    }
    if (m_hasRest) {
        appendDouble(out, m_high);
        appendDouble(out, m_low);
    }
}

std::optional<ExactSum> ExactSum::take(std::string_view &bytes)
{
    uint8_t flags = 0;
    if (!takeFixed(bytes, flags) || flags > 3)
        return std::nullopt;
    ExactSum sum;
    if (flags == 0) {
        double value = 0;
        if (!takeFixed(bytes, value))
            return std::nullopt;
        sum.add(value);
        return sum;
    }
    uint64_t low = 0;
    uint64_t high = 0;
    if ((flags & 1) && (!takeFixed(bytes, low) || !takeFixed(bytes, high)))
        return std::nullopt;
    sum.m_nano = static_cast<Int128>(static_cast<UInt128>(high) << 64 | low);
    sum.m_hasRest = (flags & 2) != 0;
    if (sum.m_hasRest && (!takeFixed(bytes, sum.m_high) || !takeFixed(bytes, sum.m_low)))
        return std::nullopt;
    return sum;
}

} // namespace plimsoll

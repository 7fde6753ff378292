#include "storage/model/Histogram.h"
#include "storage/model/Varint.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

// The format is described in storage/model/HISTOGRAM.md.

namespace plimsoll {

namespace {

constexpr char formatVersion = 1;
constexpr double wholeLimit = 9007199254740992.0; // 2^53
constexpr int32_t maxIndex = 1025 << Histogram::maxSchema;
constexpr size_t maxCustomBounds = 65'536;

enum Flag : uint8_t {
    Reduced = 1,
    Extremes = 2,
    ZeroThreshold = 4,
    ZeroCount = 8,
    Negative = 16,
    CustomBounds = 32
};
constexpr int hintShift = 6;

void appendDouble(std::string &out, double value)
{
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof bytes);
}

void appendCount(std::string &out, double value)
{
    const bool whole = value >= 0 && value < wholeLimit && value == std::floor(value) && !std::signbit(value);
    if (whole) {
        appendVarint(out, static_cast<uint64_t>(value) << 1);
    } else {
        appendVarint(out, 1);
        appendDouble(out, value);
    }
}

void appendBuckets(std::string &out, const Histogram::Buckets &buckets)
{
    appendVarint(out, buckets.size());
    int64_t previous = 0;
    for (const auto &[index, count] : buckets) {
        appendVarint(out, zigzag(index - previous));
        appendCount(out, count);
        previous = index;
    }
}

/// Takes the parts off untrusted bytes; after the first failure every further take fails too.
class Source
{
public:
    explicit Source(std::string_view bytes)
        : m_bytes(bytes)
    {
    }

    bool good() const { return m_good; }
    bool atEnd() const { return m_good && m_bytes.empty(); }
    size_t remaining() const { return m_bytes.size(); }
    void fail() { m_good = false; }

    uint8_t byte()
    {
        if (!m_good || m_bytes.empty())
            return m_good = false, 0;
        const auto value = static_cast<uint8_t>(m_bytes.front());
        m_bytes.remove_prefix(1);
        return value;
    }
    uint64_t varint()
    {
        const auto value = m_good ? takeVarint(m_bytes) : std::nullopt;
        m_good = value.has_value();
        return value.value_or(0);
    }
    double number()
    {
        double value = 0;
        if (!m_good || m_bytes.size() < sizeof value)
            return m_good = false, 0;
        std::memcpy(&value, m_bytes.data(), sizeof value);
        m_bytes.remove_prefix(sizeof value);
        return value;
    }
    double finite()
    {
        const double value = number();
        m_good = m_good && std::isfinite(value);
        return value;
    }
    double count()
    {
        const uint64_t value = varint();
        return value == 1 ? finite() : value & 1 ? (m_good = false, 0) : static_cast<double>(value >> 1);
    }
    ExactSum sum()
    {
        const auto value = m_good ? ExactSum::take(m_bytes) : std::nullopt;
        m_good = value.has_value();
        return value.value_or(ExactSum());
    }

private:
    std::string_view m_bytes;
    bool m_good = true;
};

void takeBuckets(Source &source, Histogram::Buckets &buckets, int64_t lastIndex)
{
    const uint64_t size = source.varint();
    if (size > source.remaining() / 2)
        return source.fail();
    int64_t index = 0;
    for (uint64_t i = 0; i < size && source.good(); i++) {
        const int64_t step = unzigzag(source.varint());
        if ((i > 0 && step <= 0) || step > 2LL * maxIndex || step < -2LL * maxIndex)
            return source.fail();
        index += step;
        const double count = source.count();
        if (index < -maxIndex || index > lastIndex || count == 0)
            return source.fail();
        buckets.emplace_hint(buckets.end(), static_cast<int32_t>(index), count);
    }
}

std::vector<double> takeBounds(Source &source)
{
    const uint64_t size = source.varint();
    if (size > maxCustomBounds || size > source.remaining() / sizeof(double))
        return source.fail(), std::vector<double>();
    std::vector<double> bounds;
    for (uint64_t i = 0; i < size; i++) {
        bounds.push_back(source.finite());
        if (i > 0 && bounds[i] <= bounds[i - 1])
            source.fail();
    }
    return bounds;
}

} // namespace

std::string Histogram::encode() const
{
    std::string out;
    out.reserve(48 + 4 * (m_positive.size() + m_negative.size()));
    out += formatVersion;
    const bool extremes = m_min <= m_max;
    out += static_cast<char>((m_reduced ? Reduced : 0) | (extremes ? Extremes : 0) |
                             (m_zeroThreshold != 0 ? ZeroThreshold : 0) | (m_zeroCount != 0 ? ZeroCount : 0) |
                             (m_negative.empty() ? 0 : Negative) | (hasCustomBounds() ? CustomBounds : 0) |
                             (static_cast<int>(m_resetHint) << hintShift));
    if (hasCustomBounds()) {
        appendVarint(out, m_customBounds.size());
        for (const double bound : m_customBounds)
            appendDouble(out, bound);
    } else {
        appendVarint(out, zigzag(m_schema));
    }
    appendCount(out, m_count);
    m_sum.appendTo(out);
    if (extremes) {
        appendDouble(out, m_min);
        appendDouble(out, m_max);
    }
    if (m_zeroThreshold != 0)
        appendDouble(out, m_zeroThreshold);
    if (m_zeroCount != 0)
        appendCount(out, m_zeroCount);
    appendBuckets(out, m_positive);
    if (!m_negative.empty())
        appendBuckets(out, m_negative);
    return out;
}

Result<Histogram> Histogram::decode(std::string_view bytes)
{
    const Error broken{ErrorCode::Corrupt, "The bytes of a histogram are damaged.", {}};
    Source source(bytes);
    Histogram result;
    if (source.byte() != formatVersion)
        return broken;
    const uint8_t flags = source.byte();
    if (flags & CustomBounds) {
        result = withBounds(takeBounds(source));
    } else {
        const int64_t schema = unzigzag(source.varint());
        if (schema < minSchema || schema > maxSchema)
            return broken;
        result.m_schema = static_cast<int>(schema);
    }
    result.m_reduced = flags & Reduced;
    result.m_resetHint = static_cast<ResetHint>(flags >> hintShift);
    result.m_count = source.count();
    result.m_sum = source.sum();
    if (flags & Extremes) {
        result.m_min = source.number();
        result.m_max = source.number();
        if (!(result.m_min <= result.m_max))
            return broken;
    }
    if (flags & ZeroThreshold)
        result.m_zeroThreshold = source.finite();
    if (flags & ZeroCount)
        result.m_zeroCount = source.count();
    const int64_t lastIndex =
        result.hasCustomBounds() ? static_cast<int64_t>(result.m_customBounds.size()) : maxIndex;
    takeBuckets(source, result.m_positive, lastIndex);
    if (flags & Negative)
        takeBuckets(source, result.m_negative, lastIndex);
    const bool misplaced =
        result.hasCustomBounds() &&
        (!result.m_negative.empty() || (!result.m_positive.empty() && result.m_positive.begin()->first < 0));
    if (!source.atEnd() || result.m_zeroThreshold < 0 || misplaced)
        return broken;
    return result;
}

} // namespace plimsoll

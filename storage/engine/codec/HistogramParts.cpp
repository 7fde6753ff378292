#include "storage/engine/codec/HistogramParts.h"

#include "storage/engine/ByteOrder.h"
#include "storage/model/ExactSum.h"
#include "storage/model/Varint.h"

namespace plimsoll {

namespace {

constexpr char formatVersion = 1;
enum Flag : uint8_t { Extremes = 2, ZeroThreshold = 4, ZeroCount = 8, Negative = 16, CustomBounds = 32 };

using Buckets = std::vector<std::pair<int64_t, int64_t>>;

bool takeWhole(std::string_view &bytes, int64_t &count)
{
    const auto value = takeVarint(bytes);
    if (!value || *value % 2 != 0)
        return false;
    count = static_cast<int64_t>(*value / 2);
    return true;
}

bool takeBuckets(std::string_view &bytes, Buckets &buckets)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size())
        return false;
    int64_t index = 0;
    for (uint64_t i = 0; i < *size; i++) {
        const auto step = takeVarint(bytes);
        int64_t count = 0;
        if (!step || !takeWhole(bytes, count))
            return false;
        index += unzigzag(*step);
        buckets.emplace_back(index, count);
    }
    return true;
}

/// Schema or bounds.
bool passFront(std::string_view &bytes, uint8_t flags)
{
    const auto number = takeVarint(bytes);
    if (!number || (flags & CustomBounds) == 0)
        return number.has_value();
    if (*number > bytes.size() / sizeof(double))
        return false;
    bytes.remove_prefix(*number * sizeof(double));
    return true;
}

} // namespace

std::optional<HistogramParts> HistogramParts::of(std::string_view stored)
{
    if (stored.size() < 2 || stored.front() != formatVersion)
        return std::nullopt;
    HistogramParts parts;
    std::string_view rest = stored.substr(2);
    const auto flags = static_cast<uint8_t>(stored[1]);
    if (!passFront(rest, flags))
        return std::nullopt;
    parts.layout = stored.substr(1, stored.size() - rest.size() - 1);
    if (!takeWhole(rest, parts.count))
        return std::nullopt;
    const std::string_view sum = rest;
    if (!ExactSum::take(rest))
        return std::nullopt;
    parts.sum = sum.substr(0, sum.size() - rest.size());
    for (auto &extreme : parts.extremes) {
        if ((flags & Extremes) != 0 && !takeFixed(rest, extreme.emplace()))
            return std::nullopt;
    }
    if ((flags & ZeroThreshold) != 0) {
        if (rest.size() < sizeof(double))
            return std::nullopt;
        parts.layout += rest.substr(0, sizeof(double));
        rest.remove_prefix(sizeof(double));
    }
    if ((flags & ZeroCount) != 0 && !takeWhole(rest, parts.zeroCount))
        return std::nullopt;
    if (!takeBuckets(rest, parts.positive) || ((flags & Negative) != 0 && !takeBuckets(rest, parts.negative)))
        return std::nullopt;
    return rest.empty() ? std::optional(std::move(parts)) : std::nullopt;
}

bool HistogramLayout::hasExtremes() const { return (flags & Extremes) != 0; }
bool HistogramLayout::hasZeroCount() const { return (flags & ZeroCount) != 0; }
bool HistogramLayout::hasNegative() const { return (flags & Negative) != 0; }

std::optional<HistogramLayout> HistogramLayout::of(std::string_view layout)
{
    HistogramLayout result;
    if (!takeFixed(layout, result.flags))
        return std::nullopt;
    if ((result.flags & ZeroThreshold) != 0) {
        if (layout.size() < sizeof(double))
            return std::nullopt;
        result.threshold = layout.substr(layout.size() - sizeof(double));
        layout.remove_suffix(sizeof(double));
    }
    result.front = layout;
    return result;
}

} // namespace plimsoll

#include "storage/engine/codec/HistogramColumnsCodec.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/codec/HistogramGrid.h"
#include "storage/engine/codec/HistogramParts.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/ValueCodec.h"
#include "storage/model/ExactSum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

namespace plimsoll {

namespace {

/// Takes the parts off untrusted bytes; after the first failure every further take fails too.
class Source
{
public:
    explicit Source(std::string_view bytes)
        : m_bytes(bytes)
    {
    }

    std::string_view part()
    {
        const auto part = m_good ? takeSized(m_bytes) : std::nullopt;
        m_good = part.has_value();
        return part.value_or(std::string_view());
    }
    IntegerColumn integers(size_t count)
    {
        IntegerColumn column(count);
        m_good = decodeIntegers(part(), column) && m_good;
        return column;
    }
    std::vector<double> values(size_t count)
    {
        std::vector<double> column(count);
        const std::string_view bytes = part();
        m_good = (count == 0 ? bytes.empty() : decodeValues(bytes, column)) && m_good;
        return column;
    }
    void check(bool good) { m_good = m_good && good; }
    bool good() const { return m_good; }
    bool atEnd() const { return m_good && m_bytes.empty(); }

private:
    std::string_view m_bytes;
    bool m_good = true;
};

struct Decoded
{
    std::vector<HistogramLayout> layouts;
    IntegerColumn layoutOf;
    IntegerColumn rest;
    std::vector<double> sums;
    std::map<size_t, std::string_view> oddSums;
    std::vector<double> extremes[2];
    HistogramGrid grid;
};

void takeLayouts(Source &source, Decoded &out)
{
    std::string_view list = source.part();
    const auto count = takeVarint(list);
    source.check(count && *count <= list.size());
    for (uint64_t i = 0; source.good() && i < *count; i++) {
        const auto bytes = takeSized(list);
        const auto layout = bytes ? HistogramLayout::of(*bytes) : std::nullopt;
        source.check(layout.has_value());
        out.layouts.push_back(layout.value_or(HistogramLayout()));
    }
    out.layoutOf = source.integers(out.grid.samples);
    source.check(list.empty() && std::all_of(out.layoutOf.begin(), out.layoutOf.end(), [&](int64_t number) {
                     return static_cast<uint64_t>(number) < out.layouts.size();
                 }));
}

void takeSums(Source &source, Decoded &out)
{
    out.rest = source.integers(out.grid.samples);
    out.sums = source.values(out.grid.samples);
    std::string_view odd = source.part();
    for (size_t next = 0; source.good() && !odd.empty(); next++) {
        const auto gap = takeVarint(odd);
        source.check(gap && *gap < out.grid.samples - next);
        if (!source.good())
            return;
        next += *gap;
        const std::string_view start = odd;
        source.check(ExactSum::take(odd).has_value());
        out.oddSums[next] = start.substr(0, start.size() - odd.size());
    }
}

void takeExtremes(Source &source, Decoded &out)
{
    const auto known = std::count_if(out.layoutOf.begin(), out.layoutOf.end(), [&](int64_t number) {
        return out.layouts[static_cast<size_t>(number)].hasExtremes();
    });
    for (auto &column : out.extremes)
        column = source.values(static_cast<size_t>(known));
}

void takeBuckets(Source &source, HistogramGrid &grid)
{
    std::string_view bytes = source.part();
    const auto positive = takeVarint(bytes);
    const auto negative = positive ? takeVarint(bytes) : positive;
    source.check(negative && *positive < maxHistogramCells && *negative < maxHistogramCells &&
                 (1 + *positive + *negative) <= maxHistogramCells / grid.samples);
    if (!source.good())
        return;
    IntegerColumn indexes(*positive + *negative);
    source.check(decodeIntegers(bytes, indexes));
    for (size_t i = 1; i < indexes.size(); i++)
        indexes[i] =
            static_cast<int64_t>(static_cast<uint64_t>(indexes[i]) + static_cast<uint64_t>(indexes[i - 1]));
    const auto middle = indexes.begin() + static_cast<ptrdiff_t>(*positive);
    grid.positive.assign(indexes.begin(), middle);
    grid.negative.assign(middle, indexes.end());
}

void takeCounts(Source &source, HistogramGrid &grid)
{
    std::string_view positions = source.part();
    uint8_t cumulative = 0;
    source.check(takeFixed(positions, cumulative) && cumulative <= 1);
    const auto count = takeVarint(positions);
    source.check(count && *count <= grid.samples && (cumulative == 1 ? *count > 0 : *count == 0));
    if (!source.good())
        return;
    IntegerColumn gaps(*count);
    source.check(decodeIntegers(positions, gaps));
    std::vector<bool> isBase(grid.samples, false);
    uint64_t at = 0;
    for (size_t i = 0; i < gaps.size(); i++) {
        const auto gap = static_cast<uint64_t>(gaps[i]);
        source.check((i == 0 ? gap == 0 : gap > 0) && gap < grid.samples - at);
        if (!source.good())
            return;
        at += gap;
        isBase[at] = true;
    }
    const IntegerColumn classColumn = source.integers(grid.buckets());
    const IntegerColumn bases = source.integers(*count * grid.buckets());
    std::array<size_t, bucketClasses> sizes{};
    for (const int64_t number : classColumn) {
        source.check(static_cast<uint64_t>(number) < bucketClasses);
        if (!source.good())
            return;
        sizes[static_cast<size_t>(number)] += grid.samples - *count;
    }
    std::array<IntegerColumn, bucketClasses> streams;
    for (size_t i = 0; i < bucketClasses; i++)
        streams[i] = source.integers(sizes[i]);
    if (!source.good())
        return;
    grid.counts.resize(grid.buckets() * grid.samples);
    std::array<size_t, bucketClasses> next{};
    for (size_t bucket = 0; bucket < grid.buckets(); bucket++) {
        const auto number = static_cast<size_t>(classColumn[bucket]);
        uint64_t total = 0;
        for (size_t i = 0, base = 0; i < grid.samples; i++) {
            if (isBase[i])
                total = static_cast<uint64_t>(bases[base++ * grid.buckets() + bucket]);
            else
                total = static_cast<uint64_t>(streams[number][next[number]++]) + (cumulative ? total : 0);
            grid.at(bucket, i) = static_cast<int64_t>(total);
        }
    }
}

void appendSide(std::string &out, const HistogramGrid &grid, size_t sample, size_t firstBucket,
                const IntegerColumn &indexes)
{
    std::string buckets;
    uint64_t count = 0;
    int64_t before = 0;
    for (size_t i = 0; i < indexes.size(); i++) {
        const int64_t number = grid.at(firstBucket + i, sample);
        if (number == 0)
            continue;
        appendVarint(buckets, zigzag(static_cast<int64_t>(static_cast<uint64_t>(indexes[i]) -
                                                          static_cast<uint64_t>(before))));
        appendVarint(buckets, static_cast<uint64_t>(number) << 1);
        before = indexes[i];
        count++;
    }
    appendVarint(out, count);
    out += buckets;
}

/// The stored form of one sample, to be checked by Histogram::decode().
std::string storedForm(const Decoded &decoded, size_t sample, size_t &withExtremes)
{
    const HistogramGrid &grid = decoded.grid;
    const HistogramLayout &layout = decoded.layouts[static_cast<size_t>(decoded.layoutOf[sample])];
    auto count = static_cast<uint64_t>(decoded.rest[sample]);
    for (size_t bucket = 0; bucket < grid.buckets(); bucket++)
        count += static_cast<uint64_t>(grid.at(bucket, sample));
    std::string out(1, 1);
    out += static_cast<char>(layout.flags);
    out += layout.front;
    appendVarint(out, count << 1);
    if (const auto odd = decoded.oddSums.find(sample); odd != decoded.oddSums.end()) {
        out += odd->second;
    } else {
        out += '\0';
        appendFixed(out, decoded.sums[sample]);
    }
    if (layout.hasExtremes()) {
        appendFixed(out, decoded.extremes[0][withExtremes]);
        appendFixed(out, decoded.extremes[1][withExtremes++]);
    }
    out += layout.threshold;
    if (layout.hasZeroCount())
        appendVarint(out, static_cast<uint64_t>(grid.at(0, sample)) << 1);
    appendSide(out, grid, sample, 1, grid.positive);
    if (layout.hasNegative())
        appendSide(out, grid, sample, 1 + grid.positive.size(), grid.negative);
    return out;
}

} // namespace

bool decodeHistogramColumns(std::string_view bytes, size_t count, std::vector<Histogram> &out)
{
    if (count == 0 || count > maxHistogramCells)
        return false;
    Source source(bytes);
    Decoded decoded;
    decoded.grid.samples = count;
    takeLayouts(source, decoded);
    takeSums(source, decoded);
    if (!source.good())
        return false;
    takeExtremes(source, decoded);
    takeBuckets(source, decoded.grid);
    if (source.good())
        takeCounts(source, decoded.grid);
    if (!source.atEnd())
        return false;
    size_t withExtremes = 0;
    for (size_t i = 0; i < count; i++) {
        auto histogram = Histogram::decode(storedForm(decoded, i, withExtremes));
        if (!histogram)
            return false;
        out.push_back(std::move(*histogram));
    }
    return true;
}

} // namespace plimsoll

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

constexpr size_t plainSum = 1 + sizeof(double); ///< a sum that one double tells: byte 0, the double

void appendIntegers(std::string &out, const IntegerColumn &column)
{
    std::string bytes;
    encodeIntegers(column, bytes);
    appendSized(out, bytes);
}

void appendValues(std::string &out, const std::vector<double> &column)
{
    std::string bytes;
    if (!column.empty())
        encodeValues(column, bytes);
    appendSized(out, bytes);
}

IntegerColumn indexesOf(std::span<const HistogramParts> parts,
                        std::vector<std::pair<int64_t, int64_t>> HistogramParts::*side)
{
    IntegerColumn indexes;
    for (const HistogramParts &part : parts) {
        for (const auto &bucket : part.*side)
            indexes.push_back(bucket.first);
        if (indexes.size() > maxHistogramCells / 4) {
            std::sort(indexes.begin(), indexes.end());
            indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
        }
    }
    std::sort(indexes.begin(), indexes.end());
    indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
    return indexes;
}

void fillSide(HistogramGrid &grid, size_t sample, size_t firstBucket, const IntegerColumn &indexes,
              const std::vector<std::pair<int64_t, int64_t>> &buckets)
{
    for (const auto &[index, count] : buckets) {
        const auto place = std::lower_bound(indexes.begin(), indexes.end(), index) - indexes.begin();
        grid.at(firstBucket + static_cast<size_t>(place), sample) = count;
    }
}

bool makeGrid(std::span<const HistogramParts> parts, HistogramGrid &grid)
{
    grid.samples = parts.size();
    grid.positive = indexesOf(parts, &HistogramParts::positive);
    grid.negative = indexesOf(parts, &HistogramParts::negative);
    if (grid.samples > maxHistogramCells || grid.buckets() > maxHistogramCells / grid.samples)
        return false;
    grid.counts.assign(grid.buckets() * grid.samples, 0);
    for (size_t i = 0; i < parts.size(); i++) {
        grid.at(0, i) = parts[i].zeroCount;
        fillSide(grid, i, 1, grid.positive, parts[i].positive);
        fillSide(grid, i, 1 + grid.positive.size(), grid.negative, parts[i].negative);
    }
    return true;
}

void appendLayouts(std::string &out, std::span<const HistogramParts> parts)
{
    std::map<std::string_view, int64_t> numbers;
    std::string layouts;
    IntegerColumn column;
    for (const HistogramParts &part : parts) {
        const auto [it, isNew] = numbers.try_emplace(part.layout, static_cast<int64_t>(numbers.size()));
        if (isNew)
            appendSized(layouts, part.layout);
        column.push_back(it->second);
    }
    std::string list;
    appendVarint(list, numbers.size());
    appendSized(out, list + layouts);
    appendIntegers(out, column);
}

void appendRest(std::string &out, std::span<const HistogramParts> parts, const HistogramGrid &grid)
{
    IntegerColumn rest(parts.size());
    for (size_t i = 0; i < parts.size(); i++) {
        rest[i] = parts[i].count;
        for (size_t bucket = 0; bucket < grid.buckets(); bucket++)
            rest[i] = static_cast<int64_t>(static_cast<uint64_t>(rest[i]) -
                                           static_cast<uint64_t>(grid.at(bucket, i)));
    }
    appendIntegers(out, rest);
}

void appendSums(std::string &out, std::span<const HistogramParts> parts)
{
    std::vector<double> sums;
    std::string odd;
    size_t next = 0;
    for (size_t i = 0; i < parts.size(); i++) {
        double sum = sums.empty() ? 0 : sums.back();
        std::string_view bytes = parts[i].sum;
        if (bytes.size() == plainSum) {
            bytes.remove_prefix(1);
            (void)takeFixed(bytes, sum);
        } else {
            appendVarint(odd, i - next);
            odd += bytes;
            next = i + 1;
        }
        sums.push_back(sum);
    }
    appendValues(out, sums);
    appendSized(out, odd);
}

void appendExtremes(std::string &out, std::span<const HistogramParts> parts)
{
    for (const size_t which : {0, 1}) {
        std::vector<double> column;
        for (const HistogramParts &part : parts) {
            if (part.extremes[which])
                column.push_back(*part.extremes[which]);
        }
        appendValues(out, column);
    }
}

/// Indexes differ by 1 nearly always.
IntegerColumn gapsOf(const IntegerColumn &positive, const IntegerColumn &negative)
{
    IntegerColumn gaps;
    int64_t before = 0;
    for (const IntegerColumn *side : {&positive, &negative}) {
        for (const int64_t index : *side) {
            gaps.push_back(index - before);
            before = index;
        }
    }
    return gaps;
}

/// Samples that do not go on from the one before: the first, and where any count falls.
std::vector<size_t> basesOf(const HistogramGrid &grid)
{
    std::vector<size_t> bases;
    for (size_t i = 0; i < grid.samples; i++) {
        bool base = i == 0;
        for (size_t bucket = 0; bucket < grid.buckets() && !base; bucket++)
            base = grid.at(bucket, i) < grid.at(bucket, i - 1);
        if (base)
            bases.push_back(i);
    }
    return bases;
}

size_t classOf(uint64_t total, size_t samples)
{
    if (total == 0)
        return 0;
    // By powers of two of the mean count, from 1/64 on.
    const uint64_t scaled = total * 64 / std::max<size_t>(1, samples);
    return std::min<size_t>(bucketClasses - 1, static_cast<size_t>(std::bit_width(scaled)) + 1);
}

void appendCounts(std::string &out, const HistogramGrid &grid, bool cumulative)
{
    const std::vector<size_t> bases = cumulative ? basesOf(grid) : std::vector<size_t>();
    std::array<IntegerColumn, bucketClasses> streams;
    IntegerColumn classColumn;
    IntegerColumn column;
    for (size_t bucket = 0; bucket < grid.buckets(); bucket++) {
        column.clear();
        uint64_t total = 0;
        for (size_t i = 0, next = 0; i < grid.samples; i++) {
            if (next < bases.size() && bases[next] == i) {
                next++;
                continue;
            }
            column.push_back(grid.at(bucket, i) - (cumulative ? grid.at(bucket, i - 1) : 0));
            total += static_cast<uint64_t>(column.back());
        }
        const size_t number = classOf(total, column.size());
        classColumn.push_back(static_cast<int64_t>(number));
        streams[number].insert(streams[number].end(), column.begin(), column.end());
    }
    std::string positions(1, cumulative ? 1 : 0);
    IntegerColumn gaps;
    IntegerColumn counts;
    for (size_t i = 0; i < bases.size(); i++) {
        gaps.push_back(static_cast<int64_t>(i == 0 ? bases[0] : bases[i] - bases[i - 1]));
        for (size_t bucket = 0; bucket < grid.buckets(); bucket++)
            counts.push_back(grid.at(bucket, bases[i]));
    }
    appendVarint(positions, bases.size());
    encodeIntegers(gaps, positions);
    appendSized(out, positions);
    appendIntegers(out, classColumn);
    appendIntegers(out, counts);
    for (const IntegerColumn &stream : streams)
        appendIntegers(out, stream);
}

} // namespace

bool encodeHistogramColumns(std::span<const std::string> stored, bool cumulative, std::string &out)
{
    std::vector<HistogramParts> parts;
    for (const std::string &bytes : stored) {
        auto part = HistogramParts::of(bytes);
        if (!part)
            return false;
        parts.push_back(std::move(*part));
    }
    HistogramGrid grid;
    if (parts.empty() || !makeGrid(parts, grid))
        return false;
    appendLayouts(out, parts);
    appendRest(out, parts, grid);
    appendSums(out, parts);
    appendExtremes(out, parts);
    std::string buckets;
    appendVarint(buckets, grid.positive.size());
    appendVarint(buckets, grid.negative.size());
    encodeIntegers(gapsOf(grid.positive, grid.negative), buckets);
    appendSized(out, buckets);
    appendCounts(out, grid, cumulative);
    return true;
}

} // namespace plimsoll

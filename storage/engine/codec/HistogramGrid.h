#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plimsoll {

constexpr size_t bucketClasses = 16; ///< buckets of a like density are coded together
/// Counts of all buckets of all samples; 32 MB.
constexpr size_t maxHistogramCells = 4 << 20;
using IntegerColumn = std::vector<int64_t>;

/// The counts of all buckets: bucket 0 is the zero bucket, then come the positive and the negative ones.
struct HistogramGrid
{
    IntegerColumn positive; ///< indexes
    IntegerColumn negative;
    size_t samples = 0;
    IntegerColumn counts; ///< bucket by bucket

    size_t buckets() const { return 1 + positive.size() + negative.size(); }
    int64_t &at(size_t bucket, size_t sample) { return counts[bucket * samples + sample]; }
    int64_t at(size_t bucket, size_t sample) const { return counts[bucket * samples + sample]; }
};

} // namespace plimsoll

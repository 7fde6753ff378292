#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/Histogram.h"

#include <cstdint>
#include <map>
#include <vector>

namespace plimsoll {

/// Which columns of rollups are asked for, added up.
enum RollupParts : uint8_t {
    rollupSums = 1,       ///< counts, sums
    rollupExtremes = 2,   ///< mins, maxs
    rollupEnds = 4,       ///< firstTimesMs, lastTimesMs, firsts, lasts, increases
    rollupHistograms = 8, ///< histograms, firstHistograms, lastHistograms
    rollupAll = 15
};

/// Rollups of one series by time, as columns: those that were asked for have one entry per span, the others
/// none. storage/engine/rollup/ROLLUP.md says what they mean for each kind.
struct RollupColumns
{
    std::vector<int64_t> startsMs;
    std::vector<int64_t> endsMs; ///< exclusive

    std::vector<double> counts;
    std::vector<double> sums;             ///< rounded once
    std::map<size_t, ExactSum> exactSums; ///< of the entries whose sum is not told whole by a double

    std::vector<double> mins;
    std::vector<double> maxs;

    std::vector<int64_t> firstTimesMs;
    std::vector<int64_t> lastTimesMs;
    std::vector<double> firsts;
    std::vector<double> lasts;
    std::vector<double> increases; ///< from the first to the last sample of the span; NaN for gauges

    std::vector<Histogram> histograms;      ///< merged observations, or the increase of cumulative ones
    std::vector<Histogram> firstHistograms; ///< of cumulative ones
    std::vector<Histogram> lastHistograms;  ///< of cumulative ones

    size_t size() const { return startsMs.size(); }
    /// Keeps what the columns were given of memory, for the next series.
    void clear();
    /// Appends later spans with the same columns.
    void append(const RollupColumns &more);
    ExactSum exactSum(size_t i) const
    {
        const auto it = exactSums.find(i);
        return it == exactSums.end() ? ExactSum(sums[i]) : it->second;
    }
};

} // namespace plimsoll

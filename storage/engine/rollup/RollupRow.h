#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/Histogram.h"
#include "storage/model/Kind.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace plimsoll {

inline constexpr int64_t hourSpanMs = 3'600'000;

/// The start of the hour that holds a time.
constexpr int64_t hourOf(int64_t timestampMs)
{
    const int64_t rest = timestampMs % hourSpanMs;
    return timestampMs - (rest < 0 ? rest + hourSpanMs : rest);
}

/// What a rollup keeps of a histogram series.
struct RollupHistograms
{
    Histogram merged;               ///< observations, or the increase of a cumulative series
    std::optional<Histogram> first; ///< of cumulative series
    std::optional<Histogram> last;  ///< of cumulative series

    bool operator==(const RollupHistograms &) const = default;
};

/// The samples of one series in one span, added up; ROLLUP.md says how.
struct RollupRow
{
    int64_t startMs = 0;
    int64_t firstMs = 0; ///< time of the first sample
    int64_t lastMs = 0;
    uint64_t count = 0;
    ExactSum sum;
    double min = 0;
    double max = 0;
    double first = 0;
    double last = 0;
    double increase = std::numeric_limits<double>::quiet_NaN();
    std::optional<RollupHistograms> histograms;

    /// Adds the samples of another part of the same or of a later span. Where the times of both interleave
    /// the increase of a counter is that from the first to the last of all, or, after resets, the larger one.
    void merge(const RollupRow &other);
};

using RollupRows = std::vector<RollupRow>;

/// What a cumulative value gained from one sample to the next: after a reset, all of it.
constexpr double stepUp(double before, double after) { return after < before ? after : after - before; }
/// The same of cumulative histograms.
Histogram stepUp(const Histogram &before, const Histogram &after);

/// Merges rows of equal start, and brings them into the order of time.
void normalize(RollupRows &rows);

} // namespace plimsoll

#pragma once

#include "storage/model/Batch.h"
#include "storage/model/ExactSum.h"
#include "storage/model/Histogram.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace plimsoll {

/// What increments in seals add up to before some moment, for series that were asked about: so that a running
/// total costs the same however long its history is. Belongs to one set of seals. Safe from any thread.
class RunningTotals
{
public:
    struct Total
    {
        int64_t beforeMs = INT64_MIN; ///< all sealed increments before it are in
        ExactSum sum;
        std::optional<Histogram> histogram;
    };

    /// What is known of a series at a time or the latest before it.
    std::optional<Total> find(SeriesId series, int64_t beforeMs) const;
    void keep(SeriesId series, const Total &total);
    /// A copy of what lies before a time; beyond it samples were added.
    std::shared_ptr<RunningTotals> upTo(int64_t beforeMs) const;

private:
    static constexpr size_t maxTotals = 200'000;
    static constexpr size_t maxHistograms = 2'000;

    mutable std::mutex m_mutex;
    std::unordered_map<SeriesId, Total> m_totals;
    size_t m_histograms = 0;
};

} // namespace plimsoll

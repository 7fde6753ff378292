#pragma once

#include "server/api/BucketFigures.h"
#include "server/api/BucketGrid.h"
#include "server/api/MetricsQuery.h"
#include "server/api/StoredRange.h"

#include <map>

namespace plimsoll::api {

/// The figures of one line of an answer, bucket by bucket.
using Buckets = std::vector<BucketFigures>;

/// Fills the lines of an answer, series by series: from samples where they are kept, before those from hours
/// and days.
class MetricsGathering
{
public:
    /// All must outlive it.
    MetricsGathering(const ReadScope &scope, const MetricsQuery &query, const BucketGrid &grid,
                     const MetricsQueryLimits &limits);

    /// Fails with Unprocessable beyond the limits.
    Status add(const SelectedSeries &series);

    /// By the labels that were asked for.
    const std::map<Labels, Buckets> &lines() const { return m_lines; }
    const StoredForms &stored() const { return m_stored; }
    /// True where a stored day is not one of the zone that was asked for.
    bool hasForeignDays() const { return m_foreignDays; }

private:
    Labels lineOf(const Labels &labels) const;
    Status addRollups(const SelectedSeries &series, const StoredRange &stored, Buckets &buckets);
    void addRollup(Kind kind, size_t i, Buckets &buckets);
    Status addSamples(const SelectedSeries &series, TimeRange range, Buckets &buckets);
    Status addFloats(SeriesId series, TimeRange range, Buckets &buckets);
    Status addCounter(SeriesId series, TimeRange range, Buckets &buckets);
    Status addDistribution(SeriesId series, TimeRange range, Buckets &buckets);
    Status addCumulativeHistogram(SeriesId series, TimeRange range, Buckets &buckets);
    BucketFigures &bucketAt(Buckets &buckets, int64_t timestampMs);
    Error tooManyLines() const;
    Error tooManySamples() const;

    const ReadScope &m_scope;
    const MetricsQuery &m_query;
    const BucketGrid &m_grid;
    const MetricsQueryLimits &m_limits;
    std::map<Labels, Buckets> m_lines;
    StoredForms m_stored;
    RollupColumns m_rows; ///< of the series under way
    bool m_foreignDays = false;
    uint64_t m_samples = 0;
};

} // namespace plimsoll::api

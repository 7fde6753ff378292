#pragma once

#include "server/api/JsonWriter.h"
#include "storage/model/ExactSum.h"
#include "storage/model/Histogram.h"

#include <memory>
#include <optional>
#include <vector>

namespace plimsoll::api {

/// The figures of one bucket: what /metrics/query says of a minute, an hour or a day. Each figure is absent
/// where it cannot be known; README.md has the table of what each kind yields.
class BucketFigures
{
public:
    /// Up to this many values are kept, so that quantiles are exact; beyond it a histogram takes their place.
    static constexpr size_t maxExactValues = 512;

    /// A sample of a gauge, or an increment of a delta.
    void addValue(double value);
    /// A sample of a running total. Its increase comes by addIncrease().
    void addTotal(double value);
    /// From `earlier` to `later`, which may be after a reset; it counts for the bucket of the later one.
    void addIncrease(double earlier, double later);
    /// What many such samples add up to; their quantiles are not known.
    void addSpan(double count, const ExactSum &sum, double low, double high);
    /// Many samples of a running total, and by how much it rose from the first to the last of them.
    void addTotals(double count, double low, double high, double increase);
    /// Observations of a distribution.
    void addObservations(const Histogram &observations);

    bool empty() const { return m_count == 0; }
    double count() const { return m_count; }
    std::optional<double> sum() const;
    std::optional<double> average() const;
    std::optional<double> min() const;
    std::optional<double> max() const;
    /// The order statistic ceil(q n).
    std::optional<double> quantile(double q) const;

    /// Writes "count","sum","avg","min","max","p50","p95","p99" as members of the open object.
    void write(JsonWriter &json) const;

private:
    void extend(double low, double high);
    Histogram &histogram();

    double m_count = 0;
    ExactSum m_sum;
    double m_min = __builtin_inf();
    double m_max = -__builtin_inf();
    bool m_isTotal = false;
    mutable std::vector<double> m_values;   ///< sorted when quantiles are asked for
    std::unique_ptr<Histogram> m_histogram; ///< where it is there, its sum counts
};

} // namespace plimsoll::api

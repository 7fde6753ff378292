#pragma once

#include "storage/model/Result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace plimsoll {

/// A base-2 exponential histogram: what OpenTelemetry calls ExponentialHistogram and Prometheus a native
/// histogram.
///
/// At schema s the bucket of index i holds the absolute values in (base^(i-1), base^i] with base = 2^(2^-s):
/// upper bound inclusive, as in Prometheus. Positive and negative observations have buckets of their own;
/// absolute values at most `zeroThreshold` count as zero. NaN observations raise `count` and `sum` only.
/// Infinite observations fall into the bucket of the largest finite double.
///
/// Counts are doubles because PromQL scales them; those that were observed are whole numbers, exact up to
/// 2^53. Source: prometheus.io/docs/specs/native_histograms,
/// opentelemetry.io/docs/specs/otel/metrics/data-model.
class Histogram
{
public:
    /// The schema of our own distributions: a bucket is 1.09 % wide.
    static constexpr int ownSchema = 6;
    static constexpr int minSchema = -4;
    static constexpr int maxSchema = 8;
    /// Beyond this many populated buckets the histogram halves its resolution and is marked `reduced`.
    static constexpr size_t maxBuckets = 4096;

    using Buckets = std::map<int32_t, double>; ///< bucket index -> count, populated buckets only

    Histogram() = default;
    explicit Histogram(int schema)
        : m_schema(schema)
    {
    }

    /// Adds `times` observations of one value.
    void observe(double value, double times = 1);

    /// Adds another histogram; the coarser schema and the wider zero bucket of the two are kept.
    void merge(const Histogram &other);
    /// Subtracts an earlier state of the same cumulative histogram; counts may become negative where it was
    /// not one.
    void subtract(const Histogram &earlier);
    /// Multiplies count, sum and all buckets.
    void scale(double factor);

    /// The smallest value v such that at least q of the observations are at most v, taken as the midpoint
    /// (geometric mean of the bounds) of the bucket of the order statistic ceil(q n), clamped to [min, max]:
    /// within half a bucket of the true one. q outside [0, 1] gives -Inf or +Inf; an empty histogram gives
    /// NaN.
    double quantile(double q) const;

    int schema() const { return m_schema; }
    double count() const { return m_count; }
    double sum() const { return m_sum; }
    double min() const { return m_min; } ///< +Inf when nothing was observed or it is not known
    double max() const { return m_max; } ///< -Inf when nothing was observed or it is not known
    double zeroThreshold() const { return m_zeroThreshold; }
    double zeroCount() const { return m_zeroCount; }
    const Buckets &positive() const { return m_positive; }
    const Buckets &negative() const { return m_negative; }
    bool reduced() const { return m_reduced; }
    bool empty() const { return m_count == 0; }

    /// Bounds of bucket `index` at `schema`: the lower exclusive, the upper inclusive.
    static double lowerBound(int schema, int32_t index);
    static double upperBound(int schema, int32_t index);
    /// The bucket that holds an absolute value > 0.
    static int32_t bucketIndex(int schema, double absoluteValue);

    /// Lowers the resolution to a coarser schema; a finer one is ignored.
    void reduceTo(int schema);

    /// The stored form, described in storage/README.md ("Histogram value"), and back from untrusted bytes.
    std::string encode() const;
    static Result<Histogram> decode(std::string_view bytes);

    bool operator==(const Histogram &) const = default;

private:
    void limitBuckets();

    int m_schema = ownSchema;
    double m_count = 0;
    double m_sum = 0;
    double m_min = __builtin_inf();
    double m_max = -__builtin_inf();
    double m_zeroThreshold = 0;
    double m_zeroCount = 0;
    bool m_reduced = false;
    Buckets m_positive;
    Buckets m_negative;
};

} // namespace plimsoll

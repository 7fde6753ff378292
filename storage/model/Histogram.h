#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/Result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A base-2 exponential histogram: what OpenTelemetry calls ExponentialHistogram and Prometheus a native
/// histogram.
///
/// At schema s the bucket of index i holds the absolute values in (base^(i-1), base^i] with base = 2^(2^-s):
/// upper bound inclusive, as in Prometheus. Positive and negative observations have buckets of their own;
/// absolute values at most `zeroThreshold` count as zero. NaN observations raise `count` and `sum` only.
/// Infinite observations fall into the bucket of the largest finite double.
///
/// A foreign histogram may have custom bounds instead (Prometheus' schema -53): bucket i of `positive` then
/// holds the values in (bound[i-1], bound[i]], the one after the last bound all greater ones; there are no
/// negative buckets.
///
/// Counts are doubles because PromQL scales them; those that were observed are whole numbers, exact up to
/// 2^53. The sum is exact where the observations are decimals (ExactSum). Source:
/// prometheus.io/docs/specs/native_histograms, opentelemetry.io/docs/specs/otel/metrics/data-model.
class Histogram
{
public:
    /// The schema of our own distributions: a bucket is 1.09 % wide.
    static constexpr int ownSchema = 6;
    static constexpr int minSchema = -4;
    static constexpr int maxSchema = 8;
    static constexpr int customSchema = -53;
    /// Beyond this many populated buckets the histogram halves its resolution and is marked `reduced`.
    static constexpr size_t maxBuckets = 4096;

    using Buckets = std::map<int32_t, double>; ///< bucket index -> count, populated buckets only

    /// What the sender said about a cumulative histogram and the one before it.
    enum class ResetHint : uint8_t { Unknown, Reset, NotReset, Gauge };

    Histogram() = default;
    explicit Histogram(int schema)
        : m_schema(schema)
    {
    }
    /// One with custom bounds, which are finite and increasing.
    static Histogram withBounds(std::vector<double> bounds);

    /// Adds `times` observations of one value.
    void observe(double value, double times = 1);

    /// Adds another histogram; the coarser schema and the wider zero bucket of the two are kept, of custom
    /// bounds the common ones. One with and one without custom bounds cannot be merged: see mixesWith().
    void merge(const Histogram &other);
    /// Subtracts an earlier state of the same cumulative histogram; counts may become negative where it was
    /// not one.
    void subtract(const Histogram &earlier);
    /// True where exactly one of the two has custom bounds.
    bool mixesWith(const Histogram &other) const { return hasCustomBounds() != other.hasCustomBounds(); }
    /// Multiplies count, sum and all buckets.
    void scale(double factor);
    /// Divides them; by 0 all buckets go, as each observation would be infinite.
    void divide(double divisor);
    /// Equal but for the reset hint and what is known of the extremes.
    bool sameData(const Histogram &other) const;

    /// The smallest value v such that at least q of the observations are at most v, taken as the midpoint
    /// (geometric mean of the bounds) of the bucket of the order statistic ceil(q n), clamped to [min, max]:
    /// within half a bucket of the true one. q outside [0, 1] gives -Inf or +Inf; an empty histogram gives
    /// NaN.
    double quantile(double q) const;

    int schema() const { return m_schema; }
    bool hasCustomBounds() const { return m_schema == customSchema; }
    const std::vector<double> &customBounds() const { return m_customBounds; }
    double count() const { return m_count; }
    double sum() const { return m_sum.value(); }
    double min() const { return m_min; } ///< +Inf when nothing was observed or it is not known
    double max() const { return m_max; } ///< -Inf when nothing was observed or it is not known
    double zeroThreshold() const { return m_zeroThreshold; }
    double zeroCount() const { return m_zeroCount; }
    const Buckets &positive() const { return m_positive; }
    const Buckets &negative() const { return m_negative; }
    bool reduced() const { return m_reduced; }
    bool empty() const { return m_count == 0; }
    ResetHint resetHint() const { return m_resetHint; }

    /// For decoders, who know the parts: bucket counts are added to what is there.
    void setTotals(double count, double sum);
    void setExtremes(double min, double max);
    void setZeroBucket(double threshold, double count);
    void addPositive(int32_t index, double count);
    void addNegative(int32_t index, double count);
    void setResetHint(ResetHint hint) { m_resetHint = hint; }

    /// The bounds of a bucket of `positive()`: the lower exclusive, the upper inclusive.
    double lowerBound(int32_t index) const;
    double upperBound(int32_t index) const;
    static double lowerBound(int schema, int32_t index) { return upperBound(schema, index - 1); }
    static double upperBound(int schema, int32_t index);
    /// The bucket that holds an absolute value > 0.
    static int32_t bucketIndex(int schema, double absoluteValue);

    /// Lowers the resolution to a coarser schema; a finer one is ignored.
    void reduceTo(int schema);
    /// Raises the zero threshold, to at least `threshold` and beyond any populated bucket that it would cut.
    void widenZeroBucket(double threshold);
    /// Keeps only those custom bounds that `bounds` has as well.
    void keepBounds(const std::vector<double> &bounds);

    /// The stored form, described in storage/model/HISTOGRAM.md, and back from untrusted bytes.
    std::string encode() const;
    static Result<Histogram> decode(std::string_view bytes);

    bool operator==(const Histogram &) const = default;

private:
    void alignWith(Histogram &other);
    void combine(const Histogram &other, double sign);
    void limitBuckets();

    int m_schema = ownSchema;
    double m_count = 0;
    ExactSum m_sum;
    double m_min = __builtin_inf();
    double m_max = -__builtin_inf();
    double m_zeroThreshold = 0;
    double m_zeroCount = 0;
    bool m_reduced = false;
    ResetHint m_resetHint = ResetHint::Unknown;
    Buckets m_positive;
    Buckets m_negative;
    std::vector<double> m_customBounds;
};

} // namespace plimsoll

#include "storage/query/HistogramTrim.h"

#include "storage/query/HistogramMath.h"

#include <cmath>

namespace plimsoll::promql {

namespace {

/// What stays of a bucket, and where the observations that go are taken to lie.
struct Split
{
    double kept = 0;
    double middle = 0;
};

double middleOf(const HistogramBucket &bucket, bool linear)
{
    if (linear)
        return (bucket.lower + bucket.upper) / 2;
    const double middle = std::sqrt(bucket.lower * bucket.upper);
    return bucket.upper <= 0 ? -middle : middle;
}

/// The share of a finite bucket at or below a value inside it.
double shareBelow(const HistogramBucket &bucket, double value, bool linear)
{
    if (linear)
        return (value - bucket.lower) / (bucket.upper - bucket.lower);
    const double lower = std::log2(std::fabs(bucket.lower));
    const double upper = std::log2(std::fabs(bucket.upper));
    const double at = std::log2(std::fabs(value));
    return bucket.upper > 0 ? (at - lower) / (upper - lower) : 1 - (at - upper) / (lower - upper);
}

/// A bucket that reaches to infinity: from below it is taken to begin at 0, from above nothing of it is
/// known.
Split splitEndless(const HistogramBucket &bucket, double value, bool upper)
{
    if (std::isinf(bucket.upper))
        return {0, bucket.lower};
    if (value < 0 || bucket.upper <= value)
        return {0, bucket.upper};
    const double below = bucket.count * value / bucket.upper;
    return upper ? Split{below, (value + bucket.upper) / 2} : Split{bucket.count - below, value / 2};
}

/// A bucket that the value cuts.
Split splitBucket(const HistogramBucket &bucket, double value, bool upper, bool linear)
{
    if (std::isinf(bucket.lower) || std::isinf(bucket.upper))
        return splitEndless(bucket, value, upper);
    const double below = bucket.count * shareBelow(bucket, value, linear);
    double middle = middleOf(bucket, linear);
    if (!linear) {
        const double bound = upper ? bucket.lower : bucket.upper;
        middle = std::copysign(std::sqrt(std::fabs(bound * value)), middle);
    }
    return {upper ? below : bucket.count - below, middle};
}

Split splitAt(const HistogramBucket &bucket, double value, bool upper, bool linear)
{
    if (upper ? bucket.upper <= value : bucket.lower >= value)
        return {bucket.count, 0};
    if (upper ? bucket.lower < value : bucket.upper > value)
        return splitBucket(bucket, value, upper, linear);
    const bool endless = std::isinf(bucket.lower) || std::isinf(bucket.upper);
    return {0, endless ? splitEndless(bucket, value, upper).middle : middleOf(bucket, linear)};
}

/// Collects what stays of the buckets of a histogram.
class Trimming
{
public:
    Trimming(const Histogram &histogram, double value, bool upper)
        : m_from(histogram)
        , m_to(histogram.hasCustomBounds() ? Histogram::withBounds(histogram.customBounds())
                                           : Histogram(histogram.schema()))
        , m_value(value)
        , m_upper(upper)
    {
    }

    Histogram run()
    {
        const bool linear = m_from.hasCustomBounds();
        for (const auto &[index, count] : m_from.positive()) {
            const HistogramBucket bucket{m_from.lowerBound(index), m_from.upperBound(index), count, {}};
            m_anyNegative = m_anyNegative || (linear && bucket.lower < 0);
            m_anyPositive = m_anyPositive || bucket.upper > 0;
            m_to.addPositive(index, take(splitAt(bucket, m_value, m_upper, linear), count));
        }
        for (const auto &[index, count] : m_from.negative()) {
            const HistogramBucket bucket{-m_from.upperBound(index), -m_from.lowerBound(index), count, {}};
            m_anyNegative = true;
            m_to.addNegative(index, take(splitAt(bucket, m_value, m_upper, false), count));
        }
        if (!linear)
            takeZeroBucket();
        m_to.setTotals(m_count, sum());
        m_to.setResetHint(m_from.resetHint());
        m_to.scale(1); // drops empty buckets
        return std::move(m_to);
    }

private:
    double take(const Split &split, double count)
    {
        m_count += split.kept;
        if (split.kept != count)
            m_removedSum += (count - split.kept) * split.middle;
        return split.kept;
    }

    void takeZeroBucket()
    {
        const double width = m_from.zeroThreshold();
        const double count = m_from.zeroCount();
        double below = m_value >= width ? count : 0;
        if (m_value > -width && m_value < width)
            below = count * (m_value + width) / (2 * width);
        const double kept = m_upper ? below : count - below;
        m_to.setZeroBucket(width, kept);
        m_count += kept;
    }

    double sum() const
    {
        if (m_count == 0)
            return 0;
        const double rest = m_from.sum() - m_removedSum;
        return (!m_anyNegative && rest < 0) || (!m_anyPositive && rest > 0) ? 0 : rest;
    }

    const Histogram &m_from;
    Histogram m_to;
    double m_value;
    bool m_upper;
    double m_count = 0;
    double m_removedSum = 0;
    bool m_anyPositive = false;
    bool m_anyNegative = false;
};

} // namespace

Histogram trimmed(const Histogram &histogram, double value, bool upper)
{
    return Trimming(histogram, value, upper).run();
}

} // namespace plimsoll::promql

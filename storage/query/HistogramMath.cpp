#include "storage/query/HistogramMath.h"

#include "storage/query/Duration.h"
#include "storage/query/KahanSum.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plimsoll::promql {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double rankTolerance = 1e-12; // counts that rate() scaled are not whole any more
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool anySmaller(const Histogram::Buckets &later, const Histogram::Buckets &earlier)
{
    return std::ranges::any_of(earlier, [&](const auto &bucket) {
        const auto place = later.find(bucket.first);
        return (place == later.end() ? 0 : place->second) < bucket.second;
    });
}

/// The zero bucket and a custom first bucket with the bounds that interpolation takes.
HistogramBucket adjusted(HistogramBucket bucket, const Histogram &histogram)
{
    if (histogram.hasCustomBounds()) {
        if (bucket.lower == -infinity && bucket.upper > 0)
            bucket.lower = 0;
    } else if (bucket.lower < 0 && bucket.upper > 0) {
        if (histogram.negative().empty() && !histogram.positive().empty())
            bucket.lower = 0;
        else if (histogram.positive().empty() && !histogram.negative().empty())
            bucket.upper = 0;
    }
    return bucket;
}

bool isLinear(const HistogramBucket &bucket, const Histogram &histogram)
{
    return histogram.hasCustomBounds() || (bucket.lower <= 0 && bucket.upper >= 0);
}

double between(const HistogramBucket &bucket, double fraction, bool linear)
{
    if (linear)
        return bucket.lower + (bucket.upper - bucket.lower) * fraction;
    const double logLower = std::log2(std::fabs(bucket.lower));
    const double logUpper = std::log2(std::fabs(bucket.upper));
    if (bucket.lower > 0)
        return std::exp2(logLower + (logUpper - logLower) * fraction);
    return -std::exp2(logUpper + (logLower - logUpper) * (1 - fraction));
}

/// The share of a bucket below a value inside it.
double shareBelow(const HistogramBucket &bucket, double value, bool linear)
{
    if (bucket.lower == -infinity)
        return 1;
    if (bucket.upper == infinity)
        return 0;
    if (linear)
        return (value - bucket.lower) / (bucket.upper - bucket.lower);
    const double logLower = std::log2(std::fabs(bucket.lower));
    const double logUpper = std::log2(std::fabs(bucket.upper));
    const double logValue = std::log2(std::fabs(value));
    return value > 0 ? (logValue - logLower) / (logUpper - logLower)
                     : 1 - (logValue - logUpper) / (logLower - logUpper);
}

/// How many observations are estimated to be below a value.
double rankOf(double value, const std::vector<HistogramBucket> &buckets, const Histogram &histogram)
{
    double rank = 0;
    for (const HistogramBucket &raw : buckets) {
        const HistogramBucket bucket = adjusted(raw, histogram);
        if (bucket.lower >= value)
            return rank;
        if (bucket.upper > value)
            return rank + bucket.count * shareBelow(bucket, value, isLinear(bucket, histogram));
        rank += bucket.count;
    }
    return rank;
}

double middleOf(const HistogramBucket &bucket, const Histogram &histogram)
{
    if (histogram.hasCustomBounds()) {
        if (bucket.lower == -infinity)
            return bucket.upper > 0 ? bucket.upper / 2 : bucket.upper;
        return bucket.upper == infinity ? bucket.lower : (bucket.lower + bucket.upper) / 2;
    }
    if (bucket.lower <= 0 && bucket.upper >= 0)
        return 0;
    const double middle = std::sqrt(bucket.upper * bucket.lower);
    return bucket.upper < 0 ? -middle : middle;
}

} // namespace

std::vector<HistogramBucket> orderedBuckets(const Histogram &histogram)
{
    using Inclusive = HistogramBucket::Inclusive;
    std::vector<HistogramBucket> result;
    result.reserve(histogram.negative().size() + histogram.positive().size() + 1);
    for (auto bucket = histogram.negative().rbegin(); bucket != histogram.negative().rend(); ++bucket) {
        result.push_back({-histogram.upperBound(bucket->first), -histogram.lowerBound(bucket->first),
                          bucket->second, Inclusive::Lower});
    }
    if (histogram.zeroCount() != 0)
        result.push_back(
            {-histogram.zeroThreshold(), histogram.zeroThreshold(), histogram.zeroCount(), Inclusive::Both});
    for (const auto &[index, count] : histogram.positive()) {
        const double lower = histogram.lowerBound(index);
        result.push_back({lower, histogram.upperBound(index), count,
                          lower == -infinity ? Inclusive::Both : Inclusive::Upper});
    }
    return result;
}

bool wasReset(const Histogram &later, const Histogram &earlier)
{
    if (later.resetHint() == Histogram::ResetHint::Reset)
        return true;
    if (later.resetHint() == Histogram::ResetHint::NotReset)
        return false;
    if (later.mixesWith(earlier) || later.count() < earlier.count())
        return true;
    Histogram before = earlier;
    if (later.hasCustomBounds()) {
        Histogram after = later;
        after.keepBounds(earlier.customBounds());
        before.keepBounds(later.customBounds());
        return anySmaller(after.positive(), before.positive());
    }
    if (later.schema() > earlier.schema() || later.zeroThreshold() < earlier.zeroThreshold())
        return true;
    before.widenZeroBucket(later.zeroThreshold());
    if (before.zeroThreshold() != later.zeroThreshold() || later.zeroCount() < before.zeroCount())
        return true;
    before.reduceTo(later.schema());
    return anySmaller(later.positive(), before.positive()) || anySmaller(later.negative(), before.negative());
}

double histogramQuantile(double q, const Histogram &histogram)
{
    if (q < 0 || q > 1)
        return q < 0 ? -infinity : infinity;
    if (histogram.count() == 0 || std::isnan(q))
        return nan;
    auto buckets = orderedBuckets(histogram);
    const bool exact = histogram.min() <= histogram.max();
    const bool forward = exact || std::isnan(histogram.sum()) || q < 0.5;
    if (!forward)
        std::ranges::reverse(buckets);
    double rank = (forward ? q : 1 - q) * histogram.count() * (exact ? 1 - rankTolerance : 1);
    double count = 0;
    HistogramBucket bucket;
    for (const HistogramBucket &next : buckets) {
        bucket = next;
        count += next.count;
        if (count >= rank)
            break;
    }
    if (histogram.hasCustomBounds()) {
        if (bucket.lower == -infinity && bucket.upper <= 0)
            return bucket.upper;
        if (bucket.upper == infinity)
            return bucket.lower;
    }
    bucket = adjusted(bucket, histogram);
    if (count < rank)
        return std::isnan(histogram.sum()) ? nan : forward ? bucket.upper : bucket.lower;
    rank = forward ? rank - (count - bucket.count) : count - rank;
    const double value = between(bucket, rank / bucket.count, isLinear(bucket, histogram));
    return exact ? std::clamp(value, histogram.min(), histogram.max()) : value;
}

double histogramFraction(double lower, double upper, const Histogram &histogram)
{
    if (histogram.count() == 0 || std::isnan(lower) || std::isnan(upper))
        return nan;
    if (lower >= upper)
        return 0;
    const auto buckets = orderedBuckets(histogram);
    return (rankOf(upper, buckets, histogram) - rankOf(lower, buckets, histogram)) / histogram.count();
}

double histogramVariance(const Histogram &histogram)
{
    const double mean = histogram.sum() / histogram.count();
    KahanSum variance;
    for (const HistogramBucket &bucket : orderedBuckets(histogram)) {
        const double distance = middleOf(bucket, histogram) - mean;
        variance.add(bucket.count * distance * distance);
    }
    return variance.value() / histogram.count();
}

ClassicRepair repairClassic(std::vector<ClassicBucket> &buckets)
{
    constexpr double smallDelta = 1e-12; // relative; less is floating point noise
    std::ranges::sort(buckets, {}, &ClassicBucket::upper);
    std::vector<ClassicBucket> joined;
    for (const ClassicBucket &bucket : buckets) {
        if (!joined.empty() && joined.back().upper == bucket.upper)
            joined.back().count += bucket.count;
        else
            joined.push_back(bucket);
    }
    ClassicRepair repair;
    for (size_t i = 1; i < joined.size(); i++) {
        const double before = joined[i - 1].count;
        double &count = joined[i].count;
        const double difference = std::fabs(count - before);
        const bool close = difference <= smallDelta * std::min(std::fabs(count) + std::fabs(before), 1.7e308);
        if (count < before && !close) {
            repair.firstUpper = repair.forcedMonotonic ? repair.firstUpper : joined[i].upper;
            repair.lastUpper = joined[i].upper;
            repair.maxDecrease = std::max(repair.maxDecrease, difference);
            repair.forcedMonotonic = true;
        }
        if (count < before || close)
            count = before;
    }
    buckets = std::move(joined);
    return repair;
}

double classicQuantile(double q, const std::vector<ClassicBucket> &buckets)
{
    if (std::isnan(q))
        return nan;
    if (q < 0 || q > 1)
        return q < 0 ? -infinity : infinity;
    if (buckets.size() < 2 || buckets.back().upper != infinity || buckets.back().count == 0 ||
        std::isnan(buckets.back().count))
        return nan;
    double rank = q * buckets.back().count;
    size_t at = 0;
    while (at + 1 < buckets.size() && buckets[at].count < rank)
        at++;
    if (at + 1 == buckets.size())
        return buckets[at - 1].upper;
    if (at == 0 && buckets[0].upper <= 0)
        return buckets[0].upper;
    double start = 0;
    double count = buckets[at].count;
    if (at > 0) {
        start = buckets[at - 1].upper;
        count -= buckets[at - 1].count;
        rank -= buckets[at - 1].count;
    }
    return start + (buckets[at].upper - start) * (rank / count);
}

double classicFraction(double lower, double upper, const std::vector<ClassicBucket> &buckets)
{
    if (buckets.empty() || buckets.back().upper != infinity || buckets.back().count == 0 ||
        std::isnan(buckets.back().count))
        return nan;
    Histogram histogram = Histogram::withBounds([&] {
        std::vector<double> bounds;
        for (const ClassicBucket &bucket : buckets) {
            if (bucket.upper != infinity)
                bounds.push_back(bucket.upper);
        }
        return bounds;
    }());
    histogram.setTotals(buckets.back().count, 0);
    double before = 0;
    for (size_t i = 0; i < buckets.size(); i++) {
        if (buckets[i].count != before)
            histogram.addPositive(static_cast<int32_t>(i), buckets[i].count - before);
        before = buckets[i].count;
    }
    return histogramFraction(lower, upper, histogram);
}

std::string describe(const Histogram &histogram)
{
    std::string result =
        "{count:" + formatGeneral(histogram.count()) + ", sum:" + formatGeneral(histogram.sum());
    for (const HistogramBucket &bucket : orderedBuckets(histogram)) {
        using Inclusive = HistogramBucket::Inclusive;
        const bool lower = bucket.inclusive == Inclusive::Lower || bucket.inclusive == Inclusive::Both;
        const bool upper = bucket.inclusive == Inclusive::Upper || bucket.inclusive == Inclusive::Both;
        result += std::string(", ") + (lower ? "[" : "(") + formatGeneral(bucket.lower) + "," +
                  formatGeneral(bucket.upper) + (upper ? "]" : ")") + ":" + formatGeneral(bucket.count);
    }
    return result + "}";
}

} // namespace plimsoll::promql

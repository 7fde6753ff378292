#pragma once

#include "storage/model/Histogram.h"

#include <string>
#include <vector>

namespace plimsoll::promql {

/// A bucket with its bounds, from the lowest to the highest: negative ones, the zero bucket, positive ones.
struct HistogramBucket
{
    enum class Inclusive : uint8_t { Upper, Lower, None, Both }; ///< Prometheus' numbers for `boundaries`

    double lower = 0;
    double upper = 0;
    double count = 0;
    Inclusive inclusive = Inclusive::Upper;
};

/// The populated buckets in order.
std::vector<HistogramBucket> orderedBuckets(const Histogram &histogram);

/// True where `later` cannot be the same cumulative histogram continued from `earlier`.
bool wasReset(const Histogram &later, const Histogram &earlier);

/// The q-quantile as Prometheus estimates it: exponential interpolation within a bucket, linear within the
/// zero bucket and custom ones. Beyond [0, 1] it is infinite. Where the smallest and greatest
/// observations are known, as in our own distributions, it lies in the bucket of the order statistic ceil(q
/// n) and between the two.
double histogramQuantile(double q, const Histogram &histogram);

/// The estimated share of the observations in [lower, upper].
double histogramFraction(double lower, double upper, const Histogram &histogram);

/// The estimated variance, each observation taken at the middle of its bucket.
double histogramVariance(const Histogram &histogram);

/// One bucket of a classic histogram: how many observations were at most `upper`.
struct ClassicBucket
{
    double upper = 0;
    double count = 0;
};

/// What is wrong with the counts of a classic histogram before it was repaired.
struct ClassicRepair
{
    bool forcedMonotonic = false;
    double firstUpper = __builtin_inf(); ///< of the buckets that were raised
    double lastUpper = -__builtin_inf();
    double maxDecrease = 0;
};

/// Sorts, joins equal bounds, and makes the counts monotonic.
ClassicRepair repairClassic(std::vector<ClassicBucket> &buckets);
/// Both want repaired buckets.
double classicQuantile(double q, const std::vector<ClassicBucket> &buckets);
double classicFraction(double lower, double upper, const std::vector<ClassicBucket> &buckets);

/// "{count:20, sum:10, [-2,-1):2, [-0.001,0.001]:2, (1,2]:2}", as label values and the text of answers have
/// it.
std::string describe(const Histogram &histogram);

} // namespace plimsoll::promql

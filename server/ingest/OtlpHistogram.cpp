#include "server/ingest/OtlpHistogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace plimsoll::ingest {
namespace {

constexpr uint64_t maxPlaces = 16;
constexpr int maxScale = 20;
constexpr int64_t maxIndex = 1025 << Histogram::maxSchema; ///< no double has a bucket further out

ItemError badValue(const char *what) { return {"bad_value", std::string("The histogram ") + what + '.'}; }

ItemCheck checkTotals(const OtlpPoint &point)
{
    if (point.count >> 53 != 0)
        return badValue("counts more than 2^53 observations");
    if (point.sum && !std::isfinite(*point.sum))
        return badValue("has a sum that is not finite");
    return std::nullopt;
}

bool knowsExtremes(const OtlpPoint &point)
{
    return point.count > 0 && point.min && point.max && std::isfinite(*point.min) &&
           std::isfinite(*point.max) && *point.min <= *point.max;
}

/// The sum of all counts on top of `start`; 2^53 where it is that or more.
uint64_t total(const std::vector<uint64_t> &counts, uint64_t start = 0)
{
    constexpr uint64_t tooMany = uint64_t(1) << 53;
    const auto add = [](uint64_t sum, uint64_t count) {
        return count >= tooMany - sum ? tooMany : sum + count;
    };
    return std::accumulate(counts.begin(), counts.end(), std::min(start, tooMany), add);
}

/// Where the observations of one explicit bucket are put.
class Spread
{
public:
    explicit Spread(Histogram &out)
        : m_out(out)
    {
    }

    /// `count` observations somewhere in (low, high], both finite.
    void over(double low, double high, uint64_t count)
    {
        m_low = low;
        m_high = high;
        const uint64_t places = low < high ? std::min(count, maxPlaces) : 1;
        uint64_t placed = 0;
        for (uint64_t i = 0; i < places; i++) {
            const uint64_t upToHere = count / places * (i + 1) + count % places * (i + 1) / places;
            const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(places);
            put(low < high ? low * (1 - share) + high * share : high, static_cast<double>(upToHere - placed));
            placed = upToHere;
        }
        m_out.setZeroBucket(0, m_zeros);
    }

private:
    void put(double value, double count)
    {
        if (value == 0)
            m_zeros += count;
        else if (value > 0)
            m_out.addPositive(indexWithin(value, std::max(m_low, 0.0), m_high), count);
        else
            m_out.addNegative(indexWithin(-value, std::max(-m_high, 0.0), -m_low), count);
    }
    /// The bucket of an absolute value; its neighbour where it reaches beyond (low, high] and that one does
    /// not.
    int32_t indexWithin(double value, double low, double high) const
    {
        const int schema = m_out.schema();
        const int32_t index = Histogram::bucketIndex(schema, value);
        const auto fits = [&](int32_t i) {
            return Histogram::lowerBound(schema, i) >= low && Histogram::upperBound(schema, i) <= high;
        };
        for (const int32_t near : {index, index - 1, index + 1}) {
            if (fits(near))
                return near;
        }
        return index;
    }

    Histogram &m_out;
    double m_low = 0;
    double m_high = 0;
    double m_zeros = 0;
};

/// Where the outermost buckets are taken to end while nobody said it: at zero, or else right behind their
/// only bound.
double nextAbove(double bound)
{
    constexpr int schema = Histogram::ownSchema;
    if (bound < 0)
        return 0;
    if (bound == 0)
        return std::numeric_limits<double>::min();
    return std::min(Histogram::upperBound(schema, Histogram::bucketIndex(schema, bound) + 1),
                    std::numeric_limits<double>::max());
}
double nextBelow(double bound) { return bound >= 0 ? 0 : -nextAbove(-bound); }

/// Gives the buckets of one sign to `add`, at the schema of `scale` or coarser; false where one is out of
/// range.
template<typename Add>
bool eachBucket(const OtlpPoint::Buckets &buckets, int shift, Add add)
{
    for (size_t i = 0; i < buckets.counts.size(); i++) {
        if (buckets.counts[i] == 0)
            continue;
        // OpenTelemetry names a bucket by its lower bound, Prometheus by its upper one.
        const int64_t index = ((int64_t(buckets.offset) + int64_t(i)) >> shift) + 1;
        if (std::abs(index) > maxIndex)
            return false;
        add(static_cast<int32_t>(index), static_cast<double>(buckets.counts[i]));
    }
    return true;
}

} // namespace

ItemCheck checkOtlpBuckets(const OtlpPoint &point)
{
    if (auto error = checkTotals(point))
        return error;
    const auto finite = [](double bound) { return std::isfinite(bound); };
    if (!std::all_of(point.bounds.begin(), point.bounds.end(), finite) ||
        std::adjacent_find(point.bounds.begin(), point.bounds.end(), std::greater_equal<>()) !=
            point.bounds.end())
        return badValue("has bounds that do not rise");
    if (point.bucketCounts.empty() && point.bounds.empty())
        return std::nullopt;
    if (point.bucketCounts.size() != point.bounds.size() + 1)
        return badValue("must have one bucket more than bounds");
    if (total(point.bucketCounts) != point.count)
        return badValue("has a count that is not the sum of its buckets");
    return std::nullopt;
}

Histogram otlpDistribution(const OtlpPoint &point)
{
    Histogram out;
    const bool extremes = knowsExtremes(point);
    Spread spread(out);
    if (point.bounds.empty()) {
        const double mean = point.count > 0 ? point.sum.value_or(0) / static_cast<double>(point.count) : 0;
        if (point.count > 0)
            spread.over(extremes ? *point.min : mean, extremes ? *point.max : mean, point.count);
    }
    for (size_t i = 0; !point.bounds.empty() && i < point.bucketCounts.size(); i++) {
        const bool first = i == 0;
        const bool last = i == point.bounds.size();
        double low = first ? nextBelow(point.bounds.front()) : point.bounds[i - 1];
        double high = last ? nextAbove(point.bounds.back()) : point.bounds[i];
        if (extremes) {
            low = first ? std::min(*point.min, high) : std::max(low, std::min(*point.min, high));
            high = last ? std::max(*point.max, low) : std::min(high, std::max(*point.max, low));
        }
        if (point.bucketCounts[i] > 0)
            spread.over(low, high, point.bucketCounts[i]);
    }
    out.setTotals(static_cast<double>(point.count), point.sum.value_or(0));
    if (extremes)
        out.setExtremes(*point.min, *point.max);
    return out;
}

ItemCheck otlpHistogram(const OtlpPoint &point, Histogram &out)
{
    if (auto error = checkTotals(point))
        return error;
    if (point.scale < Histogram::minSchema || point.scale > maxScale)
        return badValue("has a scale that is not from -4 to 20");
    if (!(point.zeroThreshold >= 0) || !std::isfinite(point.zeroThreshold))
        return badValue("has a zero threshold that is negative or not finite");
    const uint64_t zeroAndPositive = total(point.positive.counts, point.zeroCount);
    if (total(point.negative.counts, zeroAndPositive) != point.count)
        return badValue("has a count that is not the sum of its buckets");
    const int schema = std::min(point.scale, Histogram::maxSchema);
    out = Histogram(schema);
    const int shift = point.scale - schema;
    const bool inRange =
        eachBucket(point.positive, shift, [&](int32_t i, double count) { out.addPositive(i, count); }) &&
        eachBucket(point.negative, shift, [&](int32_t i, double count) { out.addNegative(i, count); });
    if (!inRange)
        return badValue("has a bucket that no number falls into");
    while (out.positive().size() + out.negative().size() > Histogram::maxBuckets &&
           out.schema() > Histogram::minSchema)
        out.reduceTo(out.schema() - 1);
    out.setZeroBucket(point.zeroThreshold, static_cast<double>(point.zeroCount));
    out.setTotals(static_cast<double>(point.count), point.sum.value_or(0));
    if (knowsExtremes(point))
        out.setExtremes(*point.min, *point.max);
    return std::nullopt;
}

} // namespace plimsoll::ingest

#include "storage/model/Histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace plimsoll {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double largest = std::numeric_limits<double>::max();

/// For schema s > 0 the mantissas in [0.5, 1) at which buckets end: 0.5 * 2^(k / 2^s).
const std::vector<double> &mantissas(int schema)
{
    static const auto tables = [] {
        std::array<std::vector<double>, Histogram::maxSchema + 1> result;
        for (int s = 1; s <= Histogram::maxSchema; s++) {
            const int size = 1 << s;
            for (int k = 0; k < size; k++)
                result[s].push_back(
                    static_cast<double>(0.5L * std::exp2(static_cast<long double>(k) / size)));
        }
        return result;
    }();
    return tables[schema];
}

void addCount(Histogram::Buckets &buckets, int32_t index, double count)
{
    const auto [place, isNew] = buckets.try_emplace(index, count);
    if (!isNew)
        place->second += count;
    if (place->second == 0)
        buckets.erase(place);
}

/// Puts every 2^shift neighbours into one.
Histogram::Buckets coarser(const Histogram::Buckets &buckets, int shift)
{
    Histogram::Buckets result;
    for (const auto &[index, count] : buckets) {
        const int64_t up = ((static_cast<int64_t>(index) - 1) >> shift) + 1;
        auto place = result.emplace_hint(result.end(), static_cast<int32_t>(up), 0.0);
        place->second += count;
    }
    std::erase_if(result, [](const auto &bucket) { return bucket.second == 0; });
    return result;
}

double total(const Histogram::Buckets &buckets)
{
    double sum = 0;
    for (const auto &bucket : buckets)
        sum += bucket.second;
    return sum;
}

double midpoint(double lower, double upper)
{
    return lower > 0 ? std::sqrt(lower) * std::sqrt(std::min(upper, largest)) : (lower + upper) / 2;
}

} // namespace

Histogram Histogram::withBounds(std::vector<double> bounds)
{
    Histogram result(customSchema);
    result.m_customBounds = std::move(bounds);
    return result;
}

int32_t Histogram::bucketIndex(int schema, double absoluteValue)
{
    int exponent = 0;
    const double fraction = std::frexp(std::min(absoluteValue, largest), &exponent);
    if (schema > 0) {
        const auto &table = mantissas(schema);
        const auto place = std::lower_bound(table.begin(), table.end(), fraction) - table.begin();
        return static_cast<int32_t>(place) + (exponent - 1) * static_cast<int32_t>(table.size());
    }
    const int index = fraction == 0.5 ? exponent - 1 : exponent;
    return (index + (1 << -schema) - 1) >> -schema;
}

double Histogram::upperBound(int schema, int32_t index)
{
    if (schema <= 0) {
        const int64_t exponent = static_cast<int64_t>(index) * (1 << -schema);
        return exponent == 1024
                   ? largest
                   : std::ldexp(1.0, static_cast<int>(std::clamp<int64_t>(exponent, -5000, 5000)));
    }
    const auto &table = mantissas(schema);
    const double fraction = table[static_cast<size_t>(index) & (table.size() - 1)];
    const int exponent = (index >> schema) + 1;
    return fraction == 0.5 && exponent == 1025 ? largest : std::ldexp(fraction, exponent);
}

double Histogram::lowerBound(int32_t index) const
{
    if (!hasCustomBounds())
        return lowerBound(m_schema, index);
    return index <= 0 ? -infinity : m_customBounds[std::min<size_t>(index, m_customBounds.size()) - 1];
}

double Histogram::upperBound(int32_t index) const
{
    if (!hasCustomBounds())
        return upperBound(m_schema, index);
    return static_cast<size_t>(index) < m_customBounds.size() ? m_customBounds[index] : infinity;
}

void Histogram::observe(double value, double times)
{
    if (times == 0)
        return;
    m_count += times;
    m_sum.add(times == 1 ? value : value * times);
    if (std::isnan(value))
        return;
    m_min = std::min(m_min, value);
    m_max = std::max(m_max, value);
    if (hasCustomBounds())
        addCount(
            m_positive,
            static_cast<int32_t>(std::ranges::lower_bound(m_customBounds, value) - m_customBounds.begin()),
            times);
    else if (std::fabs(value) <= m_zeroThreshold)
        m_zeroCount += times;
    else
        addCount(value < 0 ? m_negative : m_positive, bucketIndex(m_schema, std::fabs(value)), times);
    limitBuckets();
}

void Histogram::merge(const Histogram &other)
{
    const bool knowsMin = (empty() || m_min <= m_max) && (other.empty() || other.m_min <= other.m_max);
    combine(other, 1);
    m_min = knowsMin ? std::min(m_min, other.m_min) : infinity;
    m_max = knowsMin ? std::max(m_max, other.m_max) : -infinity;
}

void Histogram::subtract(const Histogram &earlier)
{
    combine(earlier, -1);
    m_min = infinity;
    m_max = -infinity;
}

void Histogram::combine(const Histogram &other, double sign)
{
    Histogram copy;
    const Histogram *source = &other;
    if (m_schema != other.m_schema || m_zeroThreshold != other.m_zeroThreshold ||
        m_customBounds != other.m_customBounds) {
        copy = other;
        alignWith(copy);
        source = &copy;
    }
    m_count += sign * source->m_count;
    m_sum.merge(sign < 0 ? source->m_sum.negated() : source->m_sum);
    m_zeroCount += sign * source->m_zeroCount;
    m_reduced = m_reduced || source->m_reduced;
    for (const auto &[index, count] : source->m_positive)
        addCount(m_positive, index, sign * count);
    for (const auto &[index, count] : source->m_negative)
        addCount(m_negative, index, sign * count);
    limitBuckets();
}

void Histogram::alignWith(Histogram &other)
{
    if (hasCustomBounds()) {
        keepBounds(other.m_customBounds);
        other.keepBounds(m_customBounds);
        return;
    }
    while (m_zeroThreshold != other.m_zeroThreshold) {
        widenZeroBucket(other.m_zeroThreshold);
        other.widenZeroBucket(m_zeroThreshold);
    }
    reduceTo(other.m_schema);
    other.reduceTo(m_schema);
}

void Histogram::widenZeroBucket(double threshold)
{
    if (hasCustomBounds() || !(threshold > m_zeroThreshold))
        return;
    m_zeroThreshold = threshold;
    const int32_t last = bucketIndex(m_schema, threshold);
    for (Buckets *buckets : {&m_positive, &m_negative}) {
        auto place = buckets->begin();
        while (place != buckets->end() && place->first <= last) {
            m_zeroThreshold =
                std::max(m_zeroThreshold, place->first == last ? upperBound(m_schema, last) : threshold);
            m_zeroCount += place->second;
            place = buckets->erase(place);
        }
    }
}

void Histogram::keepBounds(const std::vector<double> &bounds)
{
    if (!hasCustomBounds() || bounds == m_customBounds)
        return;
    std::vector<double> common;
    std::ranges::set_intersection(m_customBounds, bounds, std::back_inserter(common));
    Buckets moved;
    for (const auto &[index, count] : m_positive)
        addCount(moved,
                 static_cast<int32_t>(std::ranges::lower_bound(common, upperBound(index)) - common.begin()),
                 count);
    m_positive = std::move(moved);
    m_customBounds = std::move(common);
}

void Histogram::scale(double factor)
{
    m_count *= factor;
    m_sum = ExactSum(m_sum.value() * factor);
    m_zeroCount *= factor;
    for (Buckets *buckets : {&m_positive, &m_negative}) {
        for (auto &bucket : *buckets)
            bucket.second *= factor;
        std::erase_if(*buckets, [](const auto &bucket) { return bucket.second == 0; });
    }
}

void Histogram::divide(double divisor)
{
    const double count = m_count / divisor;
    const double sum = m_sum.value() / divisor;
    const double zeroCount = m_zeroCount / divisor;
    for (Buckets *buckets : {&m_positive, &m_negative}) {
        for (auto &bucket : *buckets)
            bucket.second /= divisor;
    }
    m_count = count;
    m_sum = ExactSum(sum);
    m_zeroCount = zeroCount;
    if (divisor == 0) {
        m_positive.clear();
        m_negative.clear();
    }
}

bool Histogram::sameData(const Histogram &other) const
{
    const bool sameSum = sum() == other.sum() || (std::isnan(sum()) && std::isnan(other.sum()));
    return m_schema == other.m_schema && m_count == other.m_count && sameSum &&
           m_zeroThreshold == other.m_zeroThreshold && m_zeroCount == other.m_zeroCount &&
           m_positive == other.m_positive && m_negative == other.m_negative &&
           m_customBounds == other.m_customBounds;
}

void Histogram::reduceTo(int schema)
{
    if (hasCustomBounds() || schema >= m_schema || schema < minSchema)
        return;
    m_positive = coarser(m_positive, m_schema - schema);
    m_negative = coarser(m_negative, m_schema - schema);
    m_schema = schema;
}

void Histogram::limitBuckets()
{
    while (m_positive.size() + m_negative.size() > maxBuckets && m_schema > minSchema) {
        reduceTo(m_schema - 1);
        m_reduced = true;
    }
}

double Histogram::quantile(double q) const
{
    const double observed = total(m_negative) + m_zeroCount + total(m_positive);
    if (!(observed > 0) || std::isnan(q))
        return std::numeric_limits<double>::quiet_NaN();
    if (q < 0 || q > 1)
        return q < 0 ? -infinity : infinity;
    double rank = std::max(1.0, std::ceil(q * observed));
    const auto clamped = [this](double value) {
        return m_min <= m_max ? std::clamp(value, m_min, m_max) : value;
    };
    for (auto bucket = m_negative.rbegin(); bucket != m_negative.rend(); ++bucket) {
        if ((rank -= bucket->second) <= 0)
            return clamped(-midpoint(lowerBound(bucket->first), upperBound(bucket->first)));
    }
    if ((rank -= m_zeroCount) <= 0)
        return clamped(0);
    for (const auto &[index, count] : m_positive) {
        const bool open = !std::isfinite(lowerBound(index)) || !std::isfinite(upperBound(index));
        if ((rank -= count) <= 0 && open)
            return clamped(std::isfinite(lowerBound(index)) ? lowerBound(index) : upperBound(index));
        if (rank <= 0)
            return clamped(midpoint(lowerBound(index), upperBound(index)));
    }
    return m_max >= m_min ? m_max : std::numeric_limits<double>::quiet_NaN();
}

void Histogram::setTotals(double count, double sum)
{
    m_count = count;
    m_sum = ExactSum(sum);
}

void Histogram::setExtremes(double min, double max)
{
    m_min = min;
    m_max = max;
}

void Histogram::setZeroBucket(double threshold, double count)
{
    m_zeroThreshold = threshold;
    m_zeroCount = count;
}

void Histogram::addPositive(int32_t index, double count) { addCount(m_positive, index, count); }

void Histogram::addNegative(int32_t index, double count) { addCount(m_negative, index, count); }

} // namespace plimsoll

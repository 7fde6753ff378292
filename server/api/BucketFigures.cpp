#include "server/api/BucketFigures.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::api {

void BucketFigures::addValue(double value)
{
    m_count += 1;
    m_sum.add(value);
    extend(value, value);
    if (m_histogram) {
        m_histogram->observe(value);
        return;
    }
    m_values.push_back(value);
    if (m_values.size() <= maxExactValues)
        return;
    for (const double each : m_values)
        histogram().observe(each);
    m_values = {};
}

void BucketFigures::addTotal(double value)
{
    m_isTotal = true;
    m_count += 1;
    extend(value, value);
}

void BucketFigures::addIncrease(double earlier, double later)
{
    m_sum.add(later);
    if (later >= earlier)
        m_sum.add(-earlier);
}

void BucketFigures::addSpan(double count, const ExactSum &sum, double low, double high)
{
    m_count += count;
    m_sum.merge(sum);
    extend(low, high);
}

void BucketFigures::addTotals(double count, double low, double high, double increase)
{
    m_isTotal = true;
    m_count += count;
    m_sum.add(increase);
    extend(low, high);
}

void BucketFigures::addObservations(const Histogram &observations)
{
    if (observations.empty())
        return;
    m_count += observations.count();
    extend(observations.min(), observations.max());
    histogram().merge(observations);
}

std::optional<double> BucketFigures::sum() const
{
    if (empty())
        return std::nullopt;
    return m_histogram ? m_histogram->sum() : m_sum.value();
}

std::optional<double> BucketFigures::average() const
{
    const auto total = sum();
    return total && !m_isTotal ? std::optional(*total / m_count) : std::nullopt;
}

std::optional<double> BucketFigures::min() const
{
    return m_min <= m_max ? std::optional(m_min) : std::nullopt;
}

std::optional<double> BucketFigures::max() const
{
    return m_min <= m_max ? std::optional(m_max) : std::nullopt;
}

std::optional<double> BucketFigures::quantile(double q) const
{
    if (m_histogram && !m_histogram->empty())
        return m_histogram->quantile(q);
    if (m_values.empty())
        return std::nullopt;
    if (!std::is_sorted(m_values.begin(), m_values.end()))
        std::sort(m_values.begin(), m_values.end());
    const double rank = std::ceil(q * static_cast<double>(m_values.size()));
    const auto position = static_cast<size_t>(std::max(rank, 1.0)) - 1;
    return m_values[std::min(position, m_values.size() - 1)];
}

void BucketFigures::write(JsonWriter &json) const
{
    const auto member = [&json](std::string_view name, std::optional<double> figure) {
        json.key(name);
        figure ? json.value(*figure) : json.null();
    };
    json.member("count", m_count);
    member("sum", sum());
    member("avg", average());
    member("min", min());
    member("max", max());
    member("p50", quantile(0.50));
    member("p95", quantile(0.95));
    member("p99", quantile(0.99));
}

void BucketFigures::extend(double low, double high)
{
    m_min = std::min(m_min, low);
    m_max = std::max(m_max, high);
}

Histogram &BucketFigures::histogram()
{
    if (!m_histogram)
        m_histogram = std::make_unique<Histogram>(Histogram::ownSchema);
    return *m_histogram;
}

} // namespace plimsoll::api

#pragma once

#include <cmath>
#include <span>

namespace plimsoll::promql {

/// A compensated sum (Neumaier 1974) that stays right for infinities, and the mean that Prometheus makes of
/// it: direct while the sum is finite, incremental once it would overflow.
class KahanSum
{
public:
    void add(double value)
    {
        const double total = m_sum + value;
        if (std::isinf(total))
            m_rest = 0;
        else if (std::fabs(m_sum) >= std::fabs(value))
            m_rest += (m_sum - total) + value;
        else
            m_rest += (value - total) + m_sum;
        m_sum = total;
    }
    /// The same as add() of each: without a look at infinities first, which show at the end.
    void addAll(std::span<const double> values)
    {
        double sum = m_sum;
        double rest = m_rest;
        for (const double value : values) {
            const double total = sum + value;
            const bool isLarger = std::fabs(sum) >= std::fabs(value);
            rest += ((isLarger ? sum : value) - total) + (isLarger ? value : sum);
            sum = total;
        }
        if (std::isfinite(sum)) {
            restart(sum, rest);
            return;
        }
        for (const double value : values)
            add(value);
    }
    double value() const { return std::isinf(m_sum) ? m_sum : m_sum + m_rest; }
    double sum() const { return m_sum; }
    double rest() const { return m_rest; }
    void restart(double sum, double rest)
    {
        m_sum = sum;
        m_rest = rest;
    }

private:
    double m_sum = 0;
    double m_rest = 0;
};

class KahanMean
{
public:
    void add(double value)
    {
        m_count++;
        if (!m_incremental) {
            KahanSum next = m_sum;
            next.add(value);
            if (m_count == 1 || !std::isinf(next.value())) {
                m_sum = next;
                return;
            }
            m_incremental = true;
            m_sum.restart(m_sum.sum() / (m_count - 1), m_sum.rest() / (m_count - 1));
        }
        if (std::isinf(m_sum.sum()) &&
            (std::isinf(value) ? (m_sum.sum() > 0) == (value > 0) : !std::isnan(value)))
            return; // an infinite mean stays until an opposite infinity or NaN comes
        const double share = (m_count - 1) / m_count;
        m_sum.restart(m_sum.sum() * share, m_sum.rest() * share);
        m_sum.add(value / m_count);
    }
    /// The same as add() of each. Sums that stay far from overflow need not be looked at one by one.
    void addAll(std::span<const double> values)
    {
        KahanSum sum = m_sum;
        sum.addAll(values);
        if (!m_incremental &&
            largest(values) * static_cast<double>(values.size()) + std::fabs(m_sum.sum()) < 1e300) {
            m_sum = sum;
            m_count += static_cast<double>(values.size());
            return;
        }
        for (const double value : values)
            add(value);
    }
    double value() const { return m_incremental ? m_sum.value() : m_sum.value() / m_count; }

private:
    /// Of their magnitudes; not told where a NaN is among them, which shows in the sum.
    static double largest(std::span<const double> values)
    {
        double largest = 0;
        for (const double value : values)
            largest = std::fabs(value) <= largest ? largest : std::fabs(value);
        return largest;
    }

    KahanSum m_sum;
    double m_count = 0;
    bool m_incremental = false;
};

} // namespace plimsoll::promql

#pragma once

#include <cmath>

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
    double value() const { return m_incremental ? m_sum.value() : m_sum.value() / m_count; }

private:
    KahanSum m_sum;
    double m_count = 0;
    bool m_incremental = false;
};

} // namespace plimsoll::promql

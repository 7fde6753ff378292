#pragma once

#include <cstdint>

namespace plimsoll {

/// Sums money without loss.
///
/// While every addend is a decimal of at most 9 places (the double is the nearest to such a decimal) the
/// total is a 128-bit integer of 10^-9 units, so the result is the correctly rounded double of the true
/// decimal sum, whatever the order of adding and merging. Once an addend is no such decimal, or the integer
/// would overflow, the rest is carried as double-double (Dekker 1971; Shewchuk 1997), good to about 32
/// digits. Inf and NaN behave as in IEEE 754 sums.
class ExactSum
{
public:
    void add(double value);
    void merge(const ExactSum &other);
    /// The sum, rounded once.
    double value() const;
    /// True while the sum is a decimal integer, hence exact.
    bool exact() const { return !m_hasRest; }

private:
    void addRest(double value);

    __extension__ using Int128 = __int128;
    Int128 m_nano = 0; ///< 10^-9 units
    double m_high = 0; ///< double-double rest
    double m_low = 0;
    bool m_hasRest = false;
};

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// Sums money without loss.
///
/// While every addend is a decimal of at most 9 places (the double is the nearest to such a decimal) the
/// total is a 128-bit integer of 10^-9 units, so the result is the correctly rounded double of the true
/// decimal sum, whatever the order of adding and merging. Of the decimals that share a double the one with
/// the fewest places is meant. Once an addend is no such decimal, or the integer would overflow, the rest is
/// carried as double-double (Dekker 1971; Shewchuk 1997), good to about 32 digits. Inf and NaN behave as in
/// IEEE 754 sums.
class ExactSum
{
public:
    ExactSum() = default;
    explicit ExactSum(double value) { add(value); }

    void add(double value);
    void subtract(double value) { add(-value); }
    void merge(const ExactSum &other);
    /// The sum with the opposite sign; exact where this one is.
    ExactSum negated() const;
    /// The sum, rounded once.
    double value() const;
    /// True while the sum is a decimal integer, hence exact.
    bool exact() const { return !m_hasRest; }

    /// Appends the stored form: a byte of flags (1: integer part, 2: rest), the integer as two little-endian
    /// 64-bit words (low, then high), the rest as two little-endian doubles (high, low). A sum that one
    /// double tells whole is flag 0 and that double. take() removes it from the front of untrusted bytes.
    void appendTo(std::string &out) const;
    static std::optional<ExactSum> take(std::string_view &bytes);

    bool operator==(const ExactSum &) const = default;

private:
    __extension__ using Int128 = __int128;

    void addNano(Int128 nano);
    void addRest(double value);
    void addRest(Int128 nano);

    Int128 m_nano = 0; ///< 10^-9 units
    double m_high = 0; ///< double-double rest
    double m_low = 0;
    bool m_hasRest = false;
};

} // namespace plimsoll

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// The values of a decimal column that no decimal tells, by position ("Exceptions" in PACK.md).
class DecimalExceptions
{
public:
    /// Positions rise.
    void add(size_t position, double value);
    size_t count() const { return m_count; }

    void appendTo(std::string &out) const;
    /// Takes them off the front of untrusted bytes, for a column of so many values. False where they are not
    /// such.
    bool take(std::string_view &bytes, size_t values);
    void apply(std::span<double> values) const;

private:
    struct Run
    {
        size_t start;
        size_t length;
        uint64_t bits;
    };
    bool takeRun(std::string_view &bytes, std::span<const uint64_t> distinct, Run &run) const;

    std::vector<Run> m_runs;
    size_t m_count = 0;
};

} // namespace plimsoll

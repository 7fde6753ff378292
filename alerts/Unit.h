#pragma once

#include "storage/query/Query.h"

#include <string>
#include <string_view>

namespace plimsoll::alerts {

/// What the number of a measurement means, as far as names and the shape of an expression tell: the same
/// rules as the page has, so that a message reads like the chart.
struct Unit
{
    enum class Kind { Count, Seconds, Milliseconds, Bytes, Ratio, Percent, Usd, Celsius };

    Kind kind = Kind::Count;
    bool perSecond = false;

    bool operator==(const Unit &) const = default;

    /// By the end of its name: "_seconds", "_bytes", "_ratio", …
    static Unit ofMetric(std::string_view name);
    /// Of what an expression yields; a number without a unit where nothing tells.
    static Unit ofExpression(const promql::Expr &expr);
    static Unit ofExpression(const std::string &text);

    /// "seconds", "bytes/s"; empty for a plain number. And back; what is unknown is a plain number.
    std::string name() const;
    static Unit fromName(std::string_view name);
};

/// "612 ms", "1.4 GiB/s", "7.47 %", "$23.58", "91.5": at most three significant digits, and never fewer than
/// the whole part has.
std::string quantityText(double value, const Unit &unit);

/// "40 s", "18 min", "2 h 34 min", "3 d".
std::string lengthText(int64_t ms);

} // namespace plimsoll::alerts

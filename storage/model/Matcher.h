#pragma once

#include <string>

namespace plimsoll {

/// A condition on one label, as in a PromQL selector. A label that is not there has the empty value. Regular
/// expressions are RE2 and anchored at both ends.
struct Matcher
{
    enum class Op { Equal, NotEqual, Regex, NotRegex };

    std::string name;
    Op op = Op::Equal;
    std::string value;

    bool operator==(const Matcher &) const = default;
};

} // namespace plimsoll

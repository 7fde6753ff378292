#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace plimsoll::promql {

/// A number or duration at the front of a text: 12, 1_000.5e-3, 0x1f, 0755 (octal), .5, 1h30m.
struct NumberText
{
    size_t length = 0;           ///< of what was looked at, for messages where there is no value
    bool isDuration = false;     ///< the value is its seconds
    bool outOfRange = false;     ///< well formed, but no double or duration holds it
    std::optional<double> value; ///< absent where it is malformed
};

NumberText readNumber(std::string_view text);

} // namespace plimsoll::promql

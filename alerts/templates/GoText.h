#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll::alerts::templates {

/// The shortest form that reads back as the same number: 1.5, 1e+06, NaN, +Inf (fmt's %v of a float64).
std::string goNumber(double value);
/// As fmt prints it with a verb of e, E, f, F, g, G; without a precision (below 0) e and f have 6 digits and
/// g the shortest form. `sharp` and sign are the caller's.
std::string goFloat(double value, char verb, int precision);
/// "2006-01-02 15:04:05.999999999 +0000 UTC" (time.Time's String, in UTC).
std::string goTime(int64_t nanosecondsSinceEpoch);
/// "1h30m0.5s" (time.Duration's String).
std::string goDuration(int64_t nanoseconds);
/// In double quotes with Go's escapes (strconv.Quote). Bytes that are not UTF-8 become \x..
std::string goQuoted(std::string_view text);
/// The Unicode character as UTF-8; U+FFFD where there is no such character.
std::string utf8Of(int64_t character);
/// The bytes of the UTF-8 character that `text` begins with: 1 to 4; 0 where it is not one.
size_t utf8Length(std::string_view text);

} // namespace plimsoll::alerts::templates

#include "server/api/TimeArgument.h"

#include "server/api/InQuotes.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <string>

namespace plimsoll::api {

namespace {

constexpr int64_t secondMs = 1000;
constexpr int64_t dayMs = 86400 * secondMs;
constexpr int64_t longestMs = 1000 * 365 * dayMs;

struct Unit
{
    std::string_view name;
    int64_t ms;
};
/// "ms" stands before "m", which it begins with.
constexpr Unit units[] = {{"ms", 1},    {"s", secondMs},  {"m", 60 * secondMs}, {"h", 3600 * secondMs},
                          {"d", dayMs}, {"w", 7 * dayMs}, {"y", 365 * dayMs}};

const Unit *takeUnit(std::string_view &text)
{
    for (const Unit &unit : units) {
        if (text.starts_with(unit.name)) {
            text.remove_prefix(unit.name.size());
            return &unit;
        }
    }
    return nullptr;
}

/// Takes exactly `digits` decimal digits off the front.
std::optional<int> takeDigits(std::string_view &text, size_t digits)
{
    int number = 0;
    if (text.size() < digits)
        return std::nullopt;
    for (size_t i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool takeOne(std::string_view &text, std::string_view oneOf)
{
    if (text.empty() || oneOf.find(text[0]) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<int64_t> takeDate(std::string_view &text)
{
    const auto year = takeDigits(text, 4);
    if (!year || !takeOne(text, "-"))
        return std::nullopt;
    const auto month = takeDigits(text, 2);
    if (!month || !takeOne(text, "-"))
        return std::nullopt;
    const auto day = takeDigits(text, 2);
    if (!day)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                                           std::chrono::day(unsigned(*day))};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count() * dayMs;
}

int64_t takeFraction(std::string_view &text)
{
    int64_t ms = 0;
    for (int64_t weight = 100; !text.empty() && text[0] >= '0' && text[0] <= '9'; weight /= 10) {
        ms += weight * (text[0] - '0');
        text.remove_prefix(1);
    }
    return ms;
}

std::optional<int64_t> takeClock(std::string_view &text)
{
    const auto hour = takeDigits(text, 2);
    if (!hour || !takeOne(text, ":"))
        return std::nullopt;
    const auto minute = takeDigits(text, 2);
    if (!minute || *hour > 23 || *minute > 59)
        return std::nullopt;
    int64_t ms = (*hour * 60 + *minute) * 60 * secondMs;
    if (!takeOne(text, ":"))
        return ms;
    const auto second = takeDigits(text, 2);
    if (!second || *second > 60)
        return std::nullopt;
    ms += *second * secondMs;
    return takeOne(text, ".") ? ms + takeFraction(text) : ms;
}

/// "Z", "+02:00", " 02:00" (a form-decoded plus), or nothing for UTC.
std::optional<int64_t> takeOffset(std::string_view &text)
{
    if (text.empty() || takeOne(text, "Zz"))
        return 0;
    const int64_t sign = text[0] == '-' ? -1 : 1;
    if (!takeOne(text, "+- "))
        return std::nullopt;
    const auto hours = takeDigits(text, 2);
    takeOne(text, ":");
    const auto minutes = takeDigits(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59)
        return std::nullopt;
    return sign * (*hours * 60 + *minutes) * 60 * secondMs;
}

std::optional<int64_t> parseRfc3339(std::string_view text)
{
    const auto date = takeDate(text);
    if (!date || text.empty())
        return date;
    if (!takeOne(text, "Tt "))
        return std::nullopt;
    const auto clock = takeClock(text);
    if (!clock)
        return std::nullopt;
    const auto offset = takeOffset(text);
    if (!offset || !text.empty())
        return std::nullopt;
    return *date + *clock - *offset;
}

std::optional<int64_t> parseNumber(std::string_view text)
{
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size() || !(std::abs(number) < 1e14))
        return std::nullopt;
    return std::llround(std::abs(number) < 1e11 ? number * 1000 : number);
}

std::optional<int64_t> parseRelative(std::string_view text, int64_t nowMs)
{
    if (!text.starts_with("now")) {
        const auto age = parseDuration(text);
        return age ? std::optional(nowMs - *age) : std::nullopt;
    }
    text.remove_prefix(3);
    if (text.empty())
        return nowMs;
    const bool back = text[0] == '-';
    if (!takeOne(text, "+- "))
        return std::nullopt;
    const auto distance = parseDuration(text);
    if (!distance)
        return std::nullopt;
    return back ? nowMs - *distance : nowMs + *distance;
}

Error named(const char *argument, Error error)
{
    error.message = std::string(argument) + ": " + error.message;
    return error;
}

} // namespace

std::optional<int64_t> parseDuration(std::string_view text)
{
    int64_t total = 0;
    while (!text.empty()) {
        double number = 0;
        const auto [end, failure] =
            std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        if (failure != std::errc() || !(number >= 0))
            return std::nullopt;
        text.remove_prefix(static_cast<size_t>(end - text.data()));
        const Unit *unit = takeUnit(text);
        const double ms = unit ? number * static_cast<double>(unit->ms) : -1;
        if (ms < 0 || ms > static_cast<double>(longestMs) || total > longestMs)
            return std::nullopt;
        total += std::llround(ms);
    }
    return total > 0 && total <= longestMs ? std::optional(total) : std::nullopt;
}

Result<int64_t> parseTime(std::string_view text, int64_t nowMs)
{
    if (const auto number = parseNumber(text))
        return *number;
    if (const auto relative = parseRelative(text, nowMs))
        return *relative;
    if (const auto moment = parseRfc3339(text))
        return *moment;
    return Error{
        ErrorCode::Invalid, inQuotes(text) + " is not a time.",
        "Use milliseconds or seconds since 1970, 2026-11-21T08:00:00Z, now-24h, or an age such as 24h."};
}

Result<TimeRange> parseTimeRange(const std::optional<std::string> &from, const std::optional<std::string> &to,
                                 int64_t nowMs)
{
    TimeRange range;
    const auto end = to && !to->empty() ? parseTime(*to, nowMs) : Result<int64_t>(nowMs + 1);
    if (!end)
        return named("to", end.error());
    range.toMs = *end;
    const auto start = from && !from->empty() ? parseTime(*from, nowMs) : Result<int64_t>(range.toMs - dayMs);
    if (!start)
        return named("from", start.error());
    range.fromMs = *start;
    if (range.fromMs >= range.toMs)
        return Error{ErrorCode::Invalid, "The range is empty: from is not before to.",
                     "Give an earlier from or a later to."};
    return range;
}

} // namespace plimsoll::api

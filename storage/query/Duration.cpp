#include "storage/query/Duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace plimsoll::promql {

namespace {

struct Unit
{
    std::string_view name;
    int64_t milliseconds;
};

constexpr std::array<Unit, 7> units{{{"y", 365LL * 86'400'000},
                                     {"w", 7LL * 86'400'000},
                                     {"d", 86'400'000},
                                     {"h", 3'600'000},
                                     {"m", 60'000},
                                     {"s", 1000},
                                     {"ms", 1}}};

std::string formatWith(double value, std::chars_format format)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    char buffer[400];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
    return std::string(buffer, end);
}

} // namespace

std::optional<int64_t> parseDuration(std::string_view text)
{
    if (text.empty())
        return std::nullopt;
    int64_t total = 0;
    size_t nextUnit = 0;
    while (!text.empty()) {
        int64_t count = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (error != std::errc() || count < 0)
            return std::nullopt;
        text.remove_prefix(static_cast<size_t>(end - text.data()));
        size_t letters = 0;
        while (letters < text.size() && (text[letters] < '0' || text[letters] > '9'))
            letters++;
        size_t unit = nextUnit;
        while (unit < units.size() && units[unit].name != text.substr(0, letters))
            unit++;
        int64_t part = 0;
        if (unit == units.size() || __builtin_mul_overflow(count, units[unit].milliseconds, &part) ||
            __builtin_add_overflow(total, part, &total))
            return std::nullopt;
        nextUnit = unit + 1;
        text.remove_prefix(letters);
    }
    return total;
}

std::string formatDuration(int64_t durationMs)
{
    if (durationMs == 0)
        return "0s";
    std::string result = durationMs < 0 ? "-" : "";
    int64_t rest = durationMs < 0 ? -durationMs : durationMs;
    for (const Unit &unit : units) {
        const bool large = unit.name == "y" || unit.name == "w";
        if (rest < unit.milliseconds || (large && rest % unit.milliseconds != 0))
            continue;
        result += std::to_string(rest / unit.milliseconds) + std::string(unit.name);
        rest %= unit.milliseconds;
    }
    return result;
}

std::string formatNumber(double value)
{
    const double magnitude = std::fabs(value);
    const bool plain = value == 0 || (magnitude >= 1e-6 && magnitude < 1e21);
    return formatWith(value, plain ? std::chars_format::fixed : std::chars_format::scientific);
}

std::string formatGeneral(double value)
{
    const std::string digits = formatWith(value, std::chars_format::scientific);
    const auto mark = digits.find('e');
    if (mark == std::string::npos)
        return digits;
    const int exponent = std::stoi(digits.substr(mark + 1));
    return value == 0 || (exponent >= -4 && exponent < 6) ? formatWith(value, std::chars_format::fixed)
                                                          : digits;
}

std::string formatNumberFixed(double value)
{
    if (!(std::fabs(value) >= 1e16) || std::isinf(value))
        return formatWith(value, std::chars_format::fixed);
    // Beyond the shortest digits that read back, zeros follow.
    std::string digits = formatWith(value, std::chars_format::scientific);
    const size_t mark = digits.find('e');
    const size_t length = std::stoul(digits.substr(mark + 1)) + 1 + (value < 0 ? 1 : 0);
    digits.erase(mark);
    std::erase(digits, '.');
    return digits + std::string(length - std::min(length, digits.size()), '0');
}

} // namespace plimsoll::promql

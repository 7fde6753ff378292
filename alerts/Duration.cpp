#include "alerts/Duration.h"

#include <array>
#include <charconv>

namespace plimsoll::alerts {

namespace {

struct Unit
{
    std::string_view name;
    int64_t ms;
};
constexpr std::array units{Unit{"y", 365LL * 86'400'000},
                           Unit{"w", 7LL * 86'400'000},
                           Unit{"d", 86'400'000},
                           Unit{"h", 3'600'000},
                           Unit{"m", 60'000},
                           Unit{"s", 1'000},
                           Unit{"ms", 1}};

} // namespace

std::optional<int64_t> parseDurationMs(std::string_view text)
{
    if (text.empty())
        return {};
    if (text == "0")
        return 0;
    int64_t total = 0;
    size_t nextUnit = 0;
    while (!text.empty()) {
        int64_t count = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (failure != std::errc() || text.front() == '-')
            return {};
        text.remove_prefix(size_t(end - text.data()));
        const size_t letters = std::min(text.find_first_of("0123456789"), text.size());
        const std::string_view name = text.substr(0, letters);
        while (nextUnit < units.size() && units[nextUnit].name != name)
            nextUnit++;
        int64_t part = 0;
        if (nextUnit == units.size() || __builtin_mul_overflow(count, units[nextUnit].ms, &part) ||
            __builtin_add_overflow(total, part, &total))
            return {};
        nextUnit++;
        text.remove_prefix(letters);
    }
    return total;
}

std::string formatDurationMs(int64_t durationMs)
{
    if (durationMs <= 0)
        return "0s";
    std::string text;
    for (const Unit &unit : units) {
        if (unit.name == "y" || unit.name == "w")
            continue;
        if (const int64_t count = durationMs / unit.ms; count > 0)
            text += std::to_string(count) + std::string(unit.name);
        durationMs %= unit.ms;
    }
    return text;
}

} // namespace plimsoll::alerts

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A day of a time zone: from midnight to midnight.
struct Day
{
    int64_t startMs = 0;
    int64_t endMs = 0; ///< exclusive
    std::string zone;  ///< IANA name
};

/// Which day a moment belongs to, with the zones that were set over time (`meta.day_zones`).
class DayCalendar
{
public:
    static bool isZone(const std::string &name);

    /// Reads the stored text, which may be empty, and begins another zone at the end of the day under way
    /// where the wanted one differs from the last. A wanted zone that does not exist counts as UTC.
    DayCalendar(std::string_view text, const std::string &wantedZone, int64_t nowMs);

    Day dayOf(int64_t timestampMs) const;
    std::string text() const;

private:
    struct Era
    {
        int64_t fromMs;
        std::string zone;
    };
    std::vector<Era> m_eras; ///< by time; the first is from INT64_MIN
};

} // namespace plimsoll

#pragma once

#include "storage/model/Result.h"

#include <QTimeZone>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::alerts {

/// When something recurs, written as cron does: minute, hour, day of the month, month, day of the week; `*`,
/// lists, ranges, steps, names (`MON`, `jan`), 7 for Sunday, `L` for the last day of the month, `5L` for its
/// last Friday, `5#2` for its second, and `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Where both
/// days are restricted either suffices, as in Vixie cron.
///
/// Times are those of a time zone, and its clock changes are treated as Debian's cron treats them. A schedule
/// with fixed times (neither minute nor hour begins with `*`) runs once for a time that is skipped, right
/// after the skip, and once for a time that comes twice, the first time; skips of over three hours run
/// nothing. A schedule with a wildcard follows the wall clock: nothing in a skip, and both passes.
class CronSchedule
{
public:
    /// `zone` is an IANA name. Says what is wrong with which field; also where no day ever matches.
    static Result<CronSchedule> parse(std::string_view text, const std::string &zone = "UTC");

    /// The first instant after `afterMs`; nothing where none lies within the next 41 years.
    std::optional<int64_t> next(int64_t afterMs) const;

    const std::string &text() const { return m_text; }
    std::string zone() const { return m_zone.id().toStdString(); }

private:
    using Day = int64_t; ///< local calendar days since 1970-01-01

    CronSchedule() = default;
    Status readFields(std::string_view text);
    Status readDayOfMonth(std::string_view field);
    Status readDayOfWeek(std::string_view field);
    bool matchesDay(Day day) const;
    bool matchesMinute(int minute) const;
    std::optional<int64_t> firstOf(Day day, int64_t afterMs) const;
    std::optional<int64_t> firstOfChangingDay(Day day, int64_t afterMs, int64_t before, int64_t after) const;
    std::vector<int64_t> instantsOf(int64_t localMs, int64_t before, int64_t after) const;
    int64_t changeBetween(int64_t fromMs, int64_t toMs) const;
    int64_t offsetMs(int64_t atMs) const;

    std::string m_text;
    QTimeZone m_zone;
    uint64_t m_minutes = 0;
    uint64_t m_hours = 0;
    uint64_t m_daysOfMonth = 0;
    uint64_t m_months = 0;
    uint64_t m_daysOfWeek = 0;                ///< bit 0 is Sunday
    std::array<uint8_t, 7> m_weeksOfDay = {}; ///< `5#2`: bit 2 of [5]; `5L`: bit 0 of [5]
    bool m_lastDayOfMonth = false;
    bool m_anyDayOfMonth = true;
    bool m_anyDayOfWeek = true;
    bool m_fixedTimes = false;
};

} // namespace plimsoll::alerts

#pragma once

#include "alerts/Fields.h"

#include <QTimeZone>

namespace plimsoll::alerts {

/// Hours that recur on days of the week, by the wall clock of a time zone: the fields `weekdays` (["mon",…],
/// all unless given), `from` and `to` ("22:00", "07:00") and `time_zone` (an IANA name, UTC unless given).
/// Hours that end at or before they begin go on into the next day; a day is that on which they begin. Where
/// clocks change they follow the wall clock, so that they are an hour shorter or longer.
class WeeklyHours
{
public:
    /// What is wrong is noted in `fields`.
    static WeeklyHours read(Fields &fields);
    void write(QJsonObject &object) const;

    bool contains(int64_t atMs) const;
    /// Begin and end of the hours that contain `nowMs`, else of the next ones.
    std::pair<int64_t, int64_t> next(int64_t nowMs) const;

private:
    unsigned m_days = 0x7f; ///< bit 0 is Monday
    int m_from = 0;         ///< minutes since midnight
    int m_to = 0;
    QTimeZone m_zone = QTimeZone::utc();
};

/// A time zone by its IANA name in the field `time_zone`; UTC where it is left out or, noted, unknown.
QTimeZone readTimeZone(Fields &fields);

} // namespace plimsoll::alerts

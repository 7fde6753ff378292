#pragma once

#include "alerts/Rule.h"
#include "alerts/mutes/WeeklyHours.h"

#include <set>

namespace plimsoll::alerts {

/// When a channel is left alone, but for severities that pass: the object `quiet_hours` of a channel, with
/// the fields of WeeklyHours and `pass` (["critical"] unless given).
class QuietHours
{
public:
    /// Nothing where the field is left out; what is wrong is noted in `fields`.
    static std::optional<QuietHours> read(Fields &fields);
    QJsonObject toJson() const;

    bool holds(Severity severity, int64_t atMs) const
    {
        return !m_pass.contains(severity) && m_hours.contains(atMs);
    }

private:
    WeeklyHours m_hours;
    std::set<Severity> m_pass{Severity::Critical};
};

} // namespace plimsoll::alerts

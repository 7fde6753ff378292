#pragma once

#include "alerts/checks/Check.h"
#include "alerts/checks/HeartbeatPlan.h"

#include <optional>

namespace plimsoll::alerts {

/// What a check of the kind "heartbeat" asks of its job. `schedule` is a cron expression, in the time zone
/// `settings.time_zone` (that of the machine unless given), or a duration; without one it is the interval.
struct Heartbeat
{
    std::string pingId; ///< 32 hexadecimal digits: the secret end of the address that the job calls
    HeartbeatPlan plan;
    int64_t maxRunMs = 0; ///< `settings.max_run`; 0: until the next report is due
};

/// Nothing for another kind of check.
std::optional<Heartbeat> heartbeatOf(const Check &check);

} // namespace plimsoll::alerts

#pragma once

#include "alerts/Routing.h"
#include "alerts/Rule.h"
#include "storage/model/Labels.h"

namespace plimsoll::alerts {

/// What a check says of itself now: the way in of checks and heartbeats to episodes and notices
/// (EpisodeBook::report()). It may be said again at every run: what is known already changes nothing.
struct CheckFinding
{
    std::string checkId;
    std::string name;
    uint32_t version = 1;  ///< of the check's definition, for the receipt
    std::string condition; ///< what was expected, for the receipt: "status 200 within 500 ms"
    Labels labels;         ///< `check`, `kind` and those of the user: what silences go by
    /// Warning: degraded; Critical: down; nothing: all is well, which ends its episode.
    std::optional<Severity> severity;
    int64_t atMs = 0;    ///< of the result that says so
    int64_t sinceMs = 0; ///< of the first bad result; 0: atMs
    double value = 0;    ///< what is drawn in the receipt: the duration in seconds, or NaN
    std::string message; ///< one sentence: what is wrong, or that it is well again; no secrets
    Routing routing;
};

} // namespace plimsoll::alerts

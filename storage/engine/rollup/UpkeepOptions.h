#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace plimsoll {

/// How long something is kept, by resolution.
struct Retention
{
    int64_t rawMs = 35LL * 86'400'000;
    int64_t hourlyMs = 730LL * 86'400'000;
    int64_t dailyMs = 3650LL * 86'400'000;
};

/// What the upkeep goes by.
struct UpkeepOptions
{
    Retention retention;
    std::map<std::string, Retention> prefixRetention; ///< by prefix of the metric's name; the longest counts
    uint64_t storageMaxBytes = 0;                     ///< of the database; 0: no limit
    std::string timeZone = "UTC";                     ///< IANA name, of days
};

} // namespace plimsoll

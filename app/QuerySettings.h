#pragma once

#include "app/Configuration.h"
#include "storage/query/Query.h"

#include <chrono>

namespace plimsoll::app {

/// What flags, environment and configuration file say about queries.
struct QuerySettings
{
    QueryLimits limits; ///< its memory is for who has one to set
    uint64_t memoryBytes = 0;
    int64_t maxPoints = 0;
    uint64_t maxResultBytes = 0;
    size_t threads = 0;
    size_t maxWaiting = 0;
    bool experimental = false; ///< what is experimental in PromQL may be used

    /// Fails with Invalid, naming the setting.
    static Result<QuerySettings> from(const Configuration &configuration);
};

/// All settings by flag, as /api/v1/status/flags shows them: a password in a URL, and what has no flag, is
/// left out.
std::vector<std::pair<std::string, std::string>> shownSettings(const Configuration &configuration);

} // namespace plimsoll::app

#pragma once

#include "server/api/ReadScope.h"

#include <string>
#include <vector>

namespace plimsoll::api {

/// One metric as `GET /api/app/metrics` lists it.
struct MetricEntry
{
    std::string name;
    Kind kind = Kind::Gauge;
    size_t series = 0;
    std::optional<int64_t> lastMs; ///< newest sample of up to 16 of its series
};

/// All metrics of a project that fit `search` (fuzzy; empty means all), the best match first, then by name,
/// at most `limit` of them.
Result<std::vector<MetricEntry>> findMetrics(const ReadScope &scope, const std::string &search, size_t limit);

/// The JSON answer (README.md, "Data").
std::string metricsToJson(const std::vector<MetricEntry> &entries);

} // namespace plimsoll::api

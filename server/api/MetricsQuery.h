#pragma once

#include "server/api/BucketGrid.h"
#include "server/api/ReadScope.h"

#include <string>
#include <vector>

namespace plimsoll::http {
struct Request;
}

namespace plimsoll::api {

/// What `GET /metrics/query` was asked for.
struct MetricsQuery
{
    std::string metric;
    TimeRange range;
    Resolution resolution = Resolution::Minute;
    std::vector<std::string> labels; ///< to group by
    std::vector<Matcher> matchers;   ///< of `where`
    std::string endpoint;            ///< label `endpoint` or `route`; empty for all

    /// Reads the arguments metric, from, to, group_by, endpoint and where; names the one that is wrong.
    static Result<MetricsQuery> fromRequest(const http::Request &request, int64_t nowMs);
};

/// Bounds of one answer.
struct MetricsQueryLimits
{
    size_t maxBucketsInAll = 200'000; ///< groups times buckets
    uint64_t maxSamples = 20'000'000; ///< read from storage
};

/// Evaluates it to the JSON text of the answer (README.md, "Data"). Synchronous: never on an event loop.
/// Fails with NotFound for an unknown metric and names the close ones.
Result<std::string> answerMetricsQuery(const ReadScope &scope, const MetricsQuery &query,
                                       const MetricsQueryLimits &limits = {});

/// Reads "label=value", "label!=value", "label=~regex" or "label!~regex".
Result<Matcher> parseWhere(std::string_view text);

/// NotFound for a metric that nobody sent, with the close names in the hint.
Error unknownMetric(const ReadScope &scope, std::string_view metric);

} // namespace plimsoll::api

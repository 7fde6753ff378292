#pragma once

#include "server/api/BucketGrid.h"
#include "server/api/ReadScope.h"

#include <QTimeZone>

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
    std::vector<std::string> labels;   ///< to group by
    std::vector<Matcher> matchers;     ///< of `where`
    std::string endpoint;              ///< label `endpoint` or `route`; empty for all
    QTimeZone zone = QTimeZone::utc(); ///< in which hours and days begin
    size_t limit = 0;                  ///< lines, the largest sums first; 0: all
    bool csv = false;

    /// Reads the arguments metric, from, to, group_by, tz, endpoint, where, limit and format; names the one
    /// that is wrong.
    static Result<MetricsQuery> fromRequest(const http::Request &request, int64_t nowMs);
};

/// Bounds of one answer.
struct MetricsQueryLimits
{
    size_t maxBucketsInAll = 200'000; ///< groups times buckets
    uint64_t maxSamples = 20'000'000; ///< read from storage
};

/// Evaluates it to the text of the answer (README.md, "Data"). Synchronous: never on an event loop. Where
/// only hours or days are stored of a part of the range, the buckets are as wide as those.
Result<std::string> answerMetricsQuery(const ReadScope &scope, const MetricsQuery &query,
                                       const MetricsQueryLimits &limits = {});

/// Reads "label=value", "label!=value", "label=~regex" or "label!~regex".
Result<Matcher> parseWhere(std::string_view text);

/// All that the request asks by the argument `where`.
Result<std::vector<Matcher>> conditionsOf(const http::Request &request);

/// What to tell of a metric that nobody sent: the names that are close.
std::string closeTo(const ReadScope &scope, std::string_view metric);

} // namespace plimsoll::api

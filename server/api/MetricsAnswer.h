#pragma once

#include "server/api/MetricsGathering.h"

#include <string>

namespace plimsoll::api {

/// What the JSON answer says beside the lines.
struct MetricsAnswerHead
{
    std::optional<Kind> kind; ///< nothing where nobody sent the metric yet
    std::string hint;         ///< then: which names are close
    bool widened = false;     ///< the buckets are wider than asked for
};

/// Writes the answer of /metrics/query (README.md, "Data").
std::string writeMetricsJson(const MetricsQuery &query, const BucketGrid &grid,
                             const MetricsGathering &gathered, const MetricsAnswerHead &head);
/// The same for spreadsheets: one bucket a line, with a column for each label that was grouped by.
std::string writeMetricsCsv(const MetricsQuery &query, const BucketGrid &grid,
                            const MetricsGathering &gathered);

/// The PromQL expressions that yield the figures of a bucket when they are evaluated at its last millisecond,
/// by figure: those of which PromQL yields the same. Empty for a narrowing by endpoint, which is two labels.
std::map<std::string, std::string> promqlOf(const MetricsQuery &query, Kind kind);

} // namespace plimsoll::api

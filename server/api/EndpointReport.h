#pragma once

#include "server/api/StoredRange.h"

#include <map>
#include <string>
#include <vector>

namespace plimsoll::api {

/// What `GET /metrics/endpoints` says of one method and route.
struct EndpointFigures
{
    std::string method;
    std::string route;
    Histogram durations;                    ///< seconds
    std::map<std::string, double> statuses; ///< requests by status code

    /// Requests that were answered with a 5xx.
    double errors() const;
};

/// Answers per-endpoint figures from the distribution `http_request_duration_seconds`.
struct EndpointReport
{
    TimeRange range;
    std::vector<EndpointFigures> endpoints; ///< the most time spent first
    StoredForms stored;

    /// Empty `method` and `route` mean all. `where` are further conditions on the labels of requests: only
    /// those that fulfil all of them are counted.
    static Result<EndpointReport> make(const ReadScope &scope, TimeRange range, const std::string &method,
                                       const std::string &route, const std::vector<Matcher> &where = {});

    /// The JSON answer (README.md, "Data"); times in milliseconds.
    std::string toJson() const;
};

} // namespace plimsoll::api

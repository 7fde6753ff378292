#pragma once

#include "server/http/Request.h"
#include "storage/query/Query.h"

#include <optional>

namespace plimsoll::api::prometheus {

/// The arguments of a request to the Prometheus API, from its query and, for POST, its form body. Times are
/// seconds with fractions or RFC 3339, lengths of time seconds or PromQL durations. Failures are worded as
/// Prometheus does.
class Arguments
{
public:
    explicit Arguments(const http::Request &request)
        : m_all(request.allArguments())
    {
    }

    std::optional<std::string> text(std::string_view name) const;
    std::vector<std::string> texts(std::string_view name) const;
    /// `missing` where the argument is not there; without it the argument is required.
    Result<int64_t> timeMs(std::string_view name, std::optional<int64_t> missing = std::nullopt) const;
    Result<int64_t> durationMs(std::string_view name, std::optional<int64_t> missing = std::nullopt) const;
    /// How many entries an answer may have; 0 is no limit.
    Result<size_t> limit() const;
    /// The sets of matchers of match[]; each selects series of its own.
    Result<std::vector<std::vector<Matcher>>> selectors(bool required) const;
    /// The limits of an evaluation, tightened by `timeout` and set by `lookback_delta`.
    Result<QueryLimits> queryLimits(QueryLimits limits) const;

private:
    std::vector<std::pair<std::string, std::string>> m_all;
};

} // namespace plimsoll::api::prometheus

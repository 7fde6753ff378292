#pragma once

#include "server/api/PrometheusApiArguments.h"
#include "server/api/QueryPool.h"
#include "server/http/Router.h"
#include "storage/model/Clock.h"

namespace plimsoll::api {

/// The Prometheus HTTP API under /api/v1, so that Grafana, promtool and scripts work unchanged: query,
/// query_range, series, labels, label/{name}/values, metadata, format_query, query_exemplars (always empty)
/// and status/buildinfo. Envelope, error types and status codes are Prometheus' own. All but buildinfo ask
/// for the read right and see only the project of their caller; each opens a view and evaluates on the pool.
/// Source: prometheus.io/docs/prometheus/latest/querying/api.
class PrometheusApi
{
public:
    /// All must outlive it; `version` is the program's.
    PrometheusApi(const ReaderSource &readers, const Clock &clock, QueryPool &pool, std::string version,
                  QueryLimits limits = {});

    /// The object must outlive the router.
    void addRoutes(http::Router &router);

private:
    struct Call
    {
        const http::Request &request;
        prometheus::Arguments arguments;
        const std::atomic<bool> &cancelled;
    };
    using Evaluation = http::Response (PrometheusApi::*)(const Call &) const;

    void add(http::Router &router, const std::string &path, Evaluation evaluation, bool alsoPost);
    http::Response query(const Call &call) const;
    http::Response queryRange(const Call &call) const;
    http::Response series(const Call &call) const;
    http::Response labels(const Call &call) const;
    http::Response labelValues(const Call &call) const;
    http::Response metadata(const Call &call) const;
    http::Response formatQuery(const Call &call) const;
    http::Response exemplars(const Call &call) const;
    http::Response buildInfo() const;

    Result<std::vector<SelectedSeries>> select(const Call &call, bool required) const;

    const ReaderSource &m_readers;
    const Clock &m_clock;
    QueryPool &m_pool;
    std::string m_version;
    QueryLimits m_limits;
};

} // namespace plimsoll::api

#pragma once

#include "server/api/PrometheusCall.h"
#include "server/http/Router.h"

namespace plimsoll::api {

/// The Prometheus HTTP API under /api/v1, so that Grafana, promtool and scripts work unchanged: query,
/// query_range, query_exemplars (always empty), series, labels, label/{name}/values, metadata, format_query,
/// parse_query, rules, alerts, targets, status/… and read, and /federate beside it. Envelope, error types and
/// status codes are Prometheus' own. All but buildinfo ask for the read right and see only the project of
/// their caller; each opens a view and evaluates on the pool.
/// Source: prometheus.io/docs/prometheus/latest/querying/api.
class PrometheusApi
{
public:
    explicit PrometheusApi(PrometheusParts parts)
        : m_parts(std::move(parts))
    {
    }

    /// The object must outlive the router.
    void addRoutes(http::Router &router);

private:
    enum class Methods { Get, GetAndPost };
    using Answer = std::function<http::Response(const PrometheusCall &)>;
    using Serve = std::function<void(const PrometheusCall &, http::Reply &)>;
    using Forward = std::function<void(const PrometheusParts &, const http::Request &, http::Reply)>;

    void addQueries(http::Router &router);
    void addListings(http::Router &router);
    void addStatus(http::Router &router);
    void serve(http::Router &router, const std::string &path, Methods methods, const Serve &serve);
    void answer(http::Router &router, const std::string &path, Methods methods, Answer answer);
    void forward(http::Router &router, const std::string &path, const Forward &forward);

    PrometheusParts m_parts;
};

} // namespace plimsoll::api

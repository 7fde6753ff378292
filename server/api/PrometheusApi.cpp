#include "server/api/PrometheusApi.h"

#include "server/api/Federation.h"
#include "server/api/PrometheusEnvelope.h"
#include "server/api/PrometheusListings.h"
#include "server/api/PrometheusQueries.h"
#include "server/api/PrometheusRules.h"
#include "server/api/PrometheusStatus.h"
#include "server/api/PrometheusTargets.h"

namespace plimsoll::api {

using namespace prometheus;

void PrometheusApi::addRoutes(http::Router &router)
{
    addQueries(router);
    addListings(router);
    addStatus(router);
    forward(router, "/api/v1/rules", answerRules);
    forward(router, "/api/v1/alerts", answerAlerts);
}

void PrometheusApi::addQueries(http::Router &router)
{
    serve(router, "/api/v1/query", Methods::GetAndPost, serveQuery);
    serve(router, "/api/v1/query_range", Methods::GetAndPost, serveQueryRange);
    answer(router, "/api/v1/query_exemplars", Methods::GetAndPost, answerExemplars);
    answer(router, "/api/v1/format_query", Methods::GetAndPost, answerFormatQuery);
    answer(router, "/api/v1/parse_query", Methods::GetAndPost, answerParseQuery);
}

void PrometheusApi::addListings(http::Router &router)
{
    answer(router, "/api/v1/series", Methods::GetAndPost, answerSeries);
    answer(router, "/api/v1/labels", Methods::GetAndPost, answerLabels);
    answer(router, "/api/v1/label/{name}/values", Methods::Get, answerLabelValues);
    answer(router, "/federate", Methods::Get, answerFederate);
    answer(router, "/api/v1/metadata", Methods::Get, answerMetadata);
}

void PrometheusApi::addStatus(http::Router &router)
{
    router.get("/api/v1/status/buildinfo", http::Access::Public,
               [this](const http::RequestPtr &, http::Reply reply) { reply.send(answerBuildInfo(m_parts)); });
    answer(router, "/api/v1/status/runtimeinfo", Methods::Get, answerRuntimeInfo);
    answer(router, "/api/v1/status/flags", Methods::Get, answerFlags);
    answer(router, "/api/v1/status/config", Methods::Get, answerConfig);
    answer(router, "/api/v1/status/tsdb", Methods::Get, answerTsdb);
    answer(router, "/api/v1/status/walreplay", Methods::Get, answerWalReplay);
    answer(router, "/api/v1/targets", Methods::Get, answerTargets);
    answer(router, "/api/v1/targets/metadata", Methods::Get, answerTargetsMetadata);
    answer(router, "/api/v1/scrape_pools", Methods::Get, answerScrapePools);
    answer(router, "/api/v1/alertmanagers", Methods::Get, answerAlertmanagers);
}

void PrometheusApi::serve(http::Router &router, const std::string &path, Methods methods, const Serve &serve)
{
    const http::Handler handler = [this, serve](const http::RequestPtr &request, http::Reply reply) {
        m_parts.pool.serve(
            std::move(reply),
            [this, serve, request](http::Reply &to, const QueryPool::Cancelled &cancelled) {
                serve(PrometheusCall{m_parts, *request, Arguments(*request), cancelled}, to);
            },
            failure);
    };
    router.get(path, http::Access::Read, handler);
    if (methods == Methods::GetAndPost)
        router.post(path, http::Access::Read, handler);
}

void PrometheusApi::answer(http::Router &router, const std::string &path, Methods methods, Answer answer)
{
    serve(router, path, methods,
          [answer = std::move(answer)](const PrometheusCall &call, http::Reply &reply) {
              reply.send(answer(call));
          });
}

void PrometheusApi::forward(http::Router &router, const std::string &path, const Forward &forward)
{
    router.get(path, http::Access::Read, [this, forward](const http::RequestPtr &request, http::Reply reply) {
        forward(m_parts, *request, std::move(reply));
    });
}

} // namespace plimsoll::api

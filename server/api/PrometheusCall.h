#pragma once

#include "server/api/AlertControl.h"
#include "server/api/PrometheusApiArguments.h"
#include "server/api/QueryPool.h"
#include "server/ingest/MetricMetadata.h"
#include "server/ingest/scrape/ScrapeTarget.h"
#include "storage/engine/Engine.h"
#include "storage/model/Clock.h"

#include <functional>

namespace plimsoll::api {

/// What the Prometheus API answers from; all that is referred to outlives it.
struct PrometheusParts
{
    using List =
        std::function<void(ProjectId, std::string resource, AlertControl::Listing, AlertControl::Done)>;

    const ReaderSource &readers;
    const Clock &clock;
    QueryPool &pool;
    std::string version;
    QueryLimits limits = {};
    int64_t maxPoints = 11'000;           ///< of a series in a range query
    uint64_t maxResultBytes = 1ULL << 30; ///< of an answer of query, query_range or read
    int64_t startedMs = 0;
    std::string retention = {};                                     ///< "35d"
    std::vector<std::pair<std::string, std::string>> settings = {}; ///< without secrets
    std::function<EngineStats()> engine = [] { return EngineStats(); };
    /// What is scraped.
    std::function<std::vector<ingest::ScrapeReport>(ProjectId)> targets = [](ProjectId) {
        return std::vector<ingest::ScrapeReport>();
    };
    std::function<std::vector<ingest::DroppedTarget>(ProjectId)> droppedTargets = [](ProjectId) {
        return std::vector<ingest::DroppedTarget>();
    };
    const ingest::MetricMetadata *metadata = nullptr; ///< what senders say of their metrics; null for nothing
    /// Reaches the alerts room; without it there are no rules.
    List listAlerts = [](ProjectId, const std::string &, const AlertControl::Listing &,
                         const AlertControl::Done &done) { done(QJsonObject()); };
};

/// One request to it, on a thread of the pool.
struct PrometheusCall
{
    const PrometheusParts &parts;
    const http::Request &request;
    prometheus::Arguments arguments;
    const std::atomic<bool> &cancelled;

    ProjectId project() const { return request.principal.project; }
};

} // namespace plimsoll::api

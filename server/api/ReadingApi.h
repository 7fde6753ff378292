#pragma once

#include "server/api/QueryPool.h"
#include "server/api/ReadScope.h"
#include "server/api/StorageReport.h"
#include "server/http/Router.h"
#include "server/ingest/MetricMetadata.h"
#include "storage/model/Clock.h"

#include <functional>
#include <string>

namespace plimsoll::api {

/// The plain reading endpoints: GET /metrics, /metrics/query, /metrics/endpoints, /metrics/costs,
/// /metrics/system, /api/app/metrics and /api/app/storage (README.md, "Data"). All ask for the read right and
/// see only the project of their caller. Each opens a view and evaluates on the pool, for at most 30 s.
class ReadingApi
{
public:
    /// All must outlive it; `host` is the machine's name.
    ReadingApi(const ReaderSource &readers, const Clock &clock, QueryPool &pool, StorageFigures storage,
               std::string host);

    /// Where help of metrics comes from that are not ours; before addRoutes().
    void setMetadata(const ingest::MetricMetadata &metadata) { m_metadata = &metadata; }
    /// The object must outlive the router.
    void addRoutes(http::Router &router);

private:
    using Evaluation = std::function<http::Response(const ReadScope &, const http::Request &)>;

    void add(http::Router &router, const char *path, Evaluation evaluation, http::RouteDescription about);

    const ReaderSource &m_readers;
    const Clock &m_clock;
    QueryPool &m_pool;
    StorageFigures m_storage;
    std::string m_host;
    const ingest::MetricMetadata *m_metadata = nullptr;
};

} // namespace plimsoll::api

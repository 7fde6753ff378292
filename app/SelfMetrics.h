#pragma once

#include "app/Cluster.h"
#include "app/SampleCadence.h"
#include "server/api/QueryPool.h"
#include "server/http/HttpStats.h"
#include "storage/engine/Engine.h"
#include "storage/model/BatchSink.h"
#include "storage/query/QueryMemory.h"

#include <chrono>
#include <functional>
#include <optional>

namespace plimsoll::app {

class BatchBuilder;

/// Where the appliance's own figures come from. Called on the thread of SelfMetrics; must be quick.
struct SelfFigures
{
    std::function<EngineStats()> engine;
    std::function<size_t()> ingestQueueDepth;
    const http::HttpStats &http;
    /// Nothing where the database is this appliance's own.
    std::function<std::optional<DatabaseFigures>()> database = [] { return std::nullopt; };
    /// Null where nothing answers queries; their memory is what they hold now.
    api::QueryPool *queries = nullptr;
    const QueryMemory *queryMemory = &QueryMemory::unbounded();
};

/// Samples the appliance itself (server/api/README.md, "Names of our own series"), on the same grid as the
/// host. Lives on a thread with an event loop.
class SelfMetrics final
{
public:
    /// The sink, the clock and what the figures come from must outlive it.
    SelfMetrics(BatchSink &sink, const Clock &clock, SelfFigures figures, ProjectId project = defaultProject);

    /// Before start(): tells this appliance's series from those of others in the same database.
    void setInstance(std::string instance) { m_instance = std::move(instance); }
    /// Before start(): figures of others, which add themselves to each sample.
    void addSource(std::function<void(BatchBuilder &)> source) { m_sources.push_back(std::move(source)); }
    void start() { m_cadence.start(); }
    void stop() { m_cadence.stop(); }

    /// One sample.
    Batch sample(int64_t timestampMs);

private:
    struct ProcessTime
    {
        std::chrono::steady_clock::time_point at;
        double seconds = 0;
    };

    void addProcess(BatchBuilder &batch);

    BatchSink &m_sink;
    SelfFigures m_figures;
    ProjectId m_project;
    std::string m_instance;
    std::vector<std::function<void(BatchBuilder &)>> m_sources;
    std::optional<ProcessTime> m_process;
    SampleCadence m_cadence;
};

} // namespace plimsoll::app

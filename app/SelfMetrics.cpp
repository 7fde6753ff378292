#include "app/SelfMetrics.h"

#include "app/BatchBuilder.h"
#include "app/ProcText.h"

#include <filesystem>

#include <unistd.h>

namespace plimsoll::app {

namespace {

void addEngine(BatchBuilder &batch, const EngineStats &stats)
{
    const auto number = [](uint64_t value) { return static_cast<double>(value); };
    batch.counter("plimsoll_ingest_samples_total", number(stats.samplesAccepted));
    batch.counter("plimsoll_ingest_rejected_total", number(stats.samplesRejected));
    batch.counter("plimsoll_journal_syncs_total", number(stats.journalSyncs));
    batch.gauge("plimsoll_journal_bytes", number(stats.journalBytes));
    batch.gauge("plimsoll_head_bytes", number(stats.headBytes));
    batch.gauge("plimsoll_head_samples", number(stats.headSamples));
    batch.gauge("plimsoll_series", number(stats.series));
    batch.gauge("plimsoll_chunk_bytes", number(stats.chunkBytes));
    batch.gauge("plimsoll_store_queue_depth", number(stats.storeQueueDepth));
    batch.gauge("plimsoll_spool_bytes", number(stats.spoolBytes));
}

void addHttp(BatchBuilder &batch, const http::HttpStats &stats)
{
    batch.gauge("plimsoll_http_connections",
                static_cast<double>(stats.connections.load(std::memory_order_relaxed)));
    for (const http::ThreadStats &thread : stats.threads)
        batch.counter("plimsoll_http_requests_total",
                      static_cast<double>(thread.requests.load(std::memory_order_relaxed)),
                      {{"thread", thread.thread}});
}

void addDatabase(BatchBuilder &batch, const DatabaseFigures &figures)
{
    batch.gauge("plimsoll_database_up", figures.up ? 1 : 0);
    batch.gauge("plimsoll_database_lag_seconds", static_cast<double>(figures.lagMs) / 1000);
    batch.gauge("plimsoll_shipment_waiting_bytes", static_cast<double>(figures.waitingBytes));
    batch.gauge("plimsoll_leader", figures.leads ? 1 : 0);
}

void addQueries(BatchBuilder &batch, api::QueryPool &pool, const QueryMemory &memory)
{
    using api::QueryFigures;
    const auto number = [](uint64_t value) { return static_cast<double>(value); };
    QueryFigures &figures = pool.figures();
    batch.gauge("plimsoll_queries_running", number(pool.busy()));
    batch.gauge("plimsoll_queries_waiting", number(pool.waiting()));
    batch.gauge("plimsoll_query_memory_bytes", number(memory.held()));
    batch.counter("plimsoll_queries_total", number(figures.started()));
    batch.counter("plimsoll_queries_cancelled_total", number(figures.cancelled()));
    batch.counter("plimsoll_query_samples_total", number(figures.samples()));
    for (size_t i = 0; i < QueryFigures::boundNames.size(); i++)
        batch.counter("plimsoll_queries_refused_total",
                      number(figures.refused(static_cast<QueryFigures::Bound>(i))),
                      Labels{{"limit", std::string(QueryFigures::boundNames[i])}});
    if (Histogram durations = figures.takeDurations(); durations.count() > 0)
        batch.distribution("plimsoll_query_duration_seconds", std::move(durations));
}

size_t openFiles()
{
    std::error_code failure;
    size_t count = 0;
    for (std::filesystem::directory_iterator each("/proc/self/fd", failure), end; !failure && each != end;
         each.increment(failure))
        count++;
    return count > 0 ? count - 1 : 0; // the directory itself is open while it is read
}

} // namespace

SelfMetrics::SelfMetrics(BatchSink &sink, const Clock &clock, SelfFigures figures, ProjectId project)
    : m_sink(sink)
    , m_figures(std::move(figures))
    , m_project(project)
    , m_cadence(clock, [this](int64_t timestampMs) {
        m_sink.submit(sample(timestampMs), [](const CommitReceipt &) {});
    })
{
}

Batch SelfMetrics::sample(int64_t timestampMs)
{
    BatchBuilder batch(m_project, timestampMs, m_instance);
    addEngine(batch, m_figures.engine());
    batch.gauge("plimsoll_ingest_queue_depth", static_cast<double>(m_figures.ingestQueueDepth()));
    addHttp(batch, m_figures.http);
    if (m_figures.queries)
        addQueries(batch, *m_figures.queries, *m_figures.queryMemory);
    if (const auto database = m_figures.database())
        addDatabase(batch, *database);
    addProcess(batch);
    for (const auto &source : m_sources)
        source(batch);
    return batch.take();
}

void SelfMetrics::addProcess(BatchBuilder &batch)
{
    static const auto pageBytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
    static const auto ticksPerSecond = static_cast<double>(::sysconf(_SC_CLK_TCK));
    if (const auto pages = parseResidentPages(readProc("/proc/self/statm")))
        batch.gauge("plimsoll_process_resident_memory_bytes", static_cast<double>(*pages) * pageBytes);
    batch.gauge("plimsoll_process_open_files", static_cast<double>(openFiles()));
    const auto ticks = parseProcessTicks(readProc("/proc/self/stat"));
    if (!ticks)
        return;
    const ProcessTime now{std::chrono::steady_clock::now(), static_cast<double>(*ticks) / ticksPerSecond};
    if (m_process) {
        const double wall = std::chrono::duration<double>(now.at - m_process->at).count();
        batch.gauge("plimsoll_process_cpu_ratio", wall > 0 ? (now.seconds - m_process->seconds) / wall : 0);
    }
    m_process = now;
}

} // namespace plimsoll::app

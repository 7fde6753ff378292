#include "app/HostMetrics.h"
#include "app/SelfMetrics.h"
#include "tests/support/ManualClock.h"

#include <QTest>

#include <map>

using namespace plimsoll;
using namespace plimsoll::app;

namespace {

/// Keeps what is submitted.
class KeepingSink final : public BatchSink
{
public:
    void submit(Batch batch, Done done) override
    {
        batches.push_back(std::move(batch));
        done({});
    }

    std::vector<Batch> batches;
};

std::map<std::string, double> valuesOf(const Batch &batch)
{
    std::map<std::string, double> values;
    for (const Batch::FloatSample &sample : batch.floats)
        values[Labels::fromKey(batch.series[sample.series].key.view())->toString()] = sample.value;
    return values;
}

} // namespace

class SamplingTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theHostIsSampled()
    {
        KeepingSink sink;
        test::ManualClock clock;
        HostMetrics host(sink, clock);
        const auto first = valuesOf(host.sample(1'000));
        QVERIFY(!first.contains("host_cpu_usage_ratio"));
        for (const char *name :
             {"host_memory_used_bytes", "host_memory_total_bytes", "host_memory_used_ratio", "host_load1",
              "host_load5", "host_load15", "host_uptime_seconds"})
            QVERIFY2(first.contains(name), name);
        QVERIFY(first.at("host_memory_used_bytes") > 0);
        QVERIFY(first.at("host_memory_used_ratio") > 0 && first.at("host_memory_used_ratio") < 1);
        QVERIFY(first.contains("host_disk_total_bytes{mount=\"/\"}"));
        QVERIFY(first.at("host_disk_used_ratio{mount=\"/\"}") <= 1);
    }

    void cpuUsageNeedsTwoReadings()
    {
        KeepingSink sink;
        test::ManualClock clock;
        HostMetrics host(sink, clock);
        host.sample(1'000);
        double usage = -1;
        const auto known = [&] {
            const auto values = valuesOf(host.sample(2'000));
            const auto found = values.find("host_cpu_usage_ratio");
            if (found != values.end())
                usage = found->second;
            return usage >= 0;
        };
        QTRY_VERIFY_WITH_TIMEOUT(known(), 20'000);
        QVERIFY(usage <= 1);
    }

    void theFirstSecondIsThereSoon()
    {
        KeepingSink sink;
        const SystemClock clock;
        HostMetrics host(sink, clock);
        host.start();
        QCOMPARE(sink.batches.size(), size_t(1));
        QTRY_VERIFY_WITH_TIMEOUT(sink.batches.size() >= 3, 30'000);
        for (const Batch &batch : sink.batches)
            QCOMPARE(batch.floats.front().timestampMs % 1000, 0);
        QVERIFY(sink.batches[2].floats.front().timestampMs > sink.batches[1].floats.front().timestampMs);
        QVERIFY(valuesOf(sink.batches[2]).contains("host_cpu_usage_ratio"));
        host.stop();
    }

    void theCadenceSlowsDown()
    {
        constexpr int64_t started = 1'000'000'123;
        QCOMPARE(SampleCadence::nextDueMs(started, started), 1'000'001'000);
        QCOMPARE(SampleCadence::nextDueMs(started, 1'000'001'000), 1'000'002'000);
        QCOMPARE(SampleCadence::nextDueMs(started, 1'000'300'122), 1'000'301'000);
        QCOMPARE(SampleCadence::nextDueMs(started, 1'000'300'123), 1'000'310'000);
        QCOMPARE(SampleCadence::nextDueMs(started, 1'000'310'000), 1'000'320'000);
    }

    void theApplianceIsSampled()
    {
        KeepingSink sink;
        test::ManualClock clock;
        EngineStats stats;
        stats.samplesAccepted = 11;
        stats.journalSyncs = 3;
        http::HttpStats http;
        http.connections = 4;
        http.threads.emplace_back("ingest").requests = 5;
        http.threads.emplace_back("page0").requests = 6;
        SelfMetrics self(sink, clock, {[&] { return stats; }, [] { return size_t(2); }, http});
        const auto first = valuesOf(self.sample(1'000));
        QCOMPARE(first.at("plimsoll_ingest_samples_total"), 11.0);
        QCOMPARE(first.at("plimsoll_journal_syncs_total"), 3.0);
        QCOMPARE(first.at("plimsoll_ingest_queue_depth"), 2.0);
        QCOMPARE(first.at("plimsoll_http_connections"), 4.0);
        QCOMPARE(first.at("plimsoll_http_requests_total{thread=\"ingest\"}"), 5.0);
        QCOMPARE(first.at("plimsoll_http_requests_total{thread=\"page0\"}"), 6.0);
        QVERIFY(first.at("plimsoll_process_resident_memory_bytes") > 1e6);
        QVERIFY(first.at("plimsoll_process_open_files") >= 3);
        QVERIFY(!first.contains("plimsoll_process_cpu_ratio"));
        QVERIFY(valuesOf(self.sample(2'000)).contains("plimsoll_process_cpu_ratio"));
    }

    void queriesAreSampledToo()
    {
        KeepingSink sink;
        test::ManualClock clock;
        const http::HttpStats http;
        api::QueryPool pool(1);
        QueryMemory memory(1000);
        QVERIFY(memory.take(100));
        pool.figures().noteStarted();
        pool.figures().noteEnded(0.25);
        pool.figures().noteFailure({ErrorCode::Timeout, "late", {}});
        SelfMetrics self(sink, clock,
                         {[] { return EngineStats(); }, [] { return size_t(0); }, http,
                          [] { return std::nullopt; }, &pool, &memory});
        const Batch batch = self.sample(1'000);
        const auto values = valuesOf(batch);
        QCOMPARE(values.at("plimsoll_queries_running"), 0.0);
        QCOMPARE(values.at("plimsoll_queries_waiting"), 0.0);
        QCOMPARE(values.at("plimsoll_queries_total"), 1.0);
        QCOMPARE(values.at("plimsoll_query_memory_bytes"), 100.0);
        QCOMPARE(values.at("plimsoll_queries_refused_total{limit=\"time\"}"), 1.0);
        QCOMPARE(values.at("plimsoll_queries_refused_total{limit=\"size\"}"), 0.0);
        QCOMPARE(batch.histograms.size(), size_t(1));
        QCOMPARE(batch.histograms.front().value.count(), 1.0);
        QVERIFY(self.sample(2'000).histograms.empty());
    }

    void namesAreTheContracts()
    {
        KeepingSink sink;
        test::ManualClock clock;
        const http::HttpStats http;
        SelfMetrics self(sink, clock, {[] { return EngineStats(); }, [] { return size_t(0); }, http});
        self.sample(1'000);
        const Batch batch = self.sample(2'000);
        for (const char *name :
             {"plimsoll_ingest_samples_total", "plimsoll_ingest_rejected_total",
              "plimsoll_journal_syncs_total", "plimsoll_journal_bytes", "plimsoll_head_bytes",
              "plimsoll_head_samples", "plimsoll_series", "plimsoll_chunk_bytes",
              "plimsoll_store_queue_depth", "plimsoll_ingest_queue_depth", "plimsoll_http_connections",
              "plimsoll_process_resident_memory_bytes", "plimsoll_process_cpu_ratio",
              "plimsoll_process_open_files"})
            QVERIFY2(valuesOf(batch).contains(name), name);
        for (const Batch::Series &series : batch.series) {
            const bool total = Labels::fromKey(series.key.view())->name().ends_with("_total");
            QCOMPARE(series.kind, total ? Kind::Counter : Kind::Gauge);
        }
    }
};

QTEST_GUILESS_MAIN(SamplingTest)
#include "SamplingTest.moc"

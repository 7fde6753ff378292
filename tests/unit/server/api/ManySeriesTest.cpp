#include "server/api/MetricCatalogue.h"
#include "server/api/MetricsQuery.h"
#include "server/api/TextExposition.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <ctime>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

double cpuMs()
{
    timespec time = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

} // namespace

/// What looks at every series stays usable with 10,000 of them, as a scrape of our own /metrics needs.
class ManySeriesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        Batch batch;
        for (uint32_t i = 0; i < 10'000; i++) {
            const Labels labels{{"__name__", "metric_" + std::to_string(i % 200)}, {"id", std::to_string(i)}};
            batch.series.push_back({labels.key(), i % 2 ? Kind::Gauge : Kind::Delta, false, batch.itemCount});
            for (int64_t t = 0; t < 20; t++)
                batch.floats.push_back(
                    {i, m_engine.clock.nowMs() - t * 15'000, static_cast<double>(i), batch.itemCount++});
        }
        const CommitReceipt receipt = m_engine.commit(std::move(batch));
        QVERIFY(receipt.status.ok());
        QVERIFY(receipt.rejections.empty());
    }

    void aScrapeShowsThemAll()
    {
        for (const bool sealed : {false, true}) {
            if (sealed)
                m_engine.restart();
            const double started = cpuMs();
            const auto reader = m_engine->openReader();
            const auto snapshot = Snapshot::take(scope(*reader), {});
            QVERIFY(snapshot.ok());
            const std::string text = writeExposition(*snapshot, SnapshotForm::Text);
            qInfo("snapshot of 10,000 series, %s: %.0f ms of processor, %zu KiB",
                  sealed ? "sealed" : "in the head", cpuMs() - started, text.size() / 1024);
            QCOMPARE(snapshot->metrics.size(), size_t(200));
            QVERIFY(text.find("metric_1{id=\"1\"} 1\n") != std::string::npos);
            QVERIFY(text.find("metric_2{id=\"2\"} 40\n") != std::string::npos);
        }
    }

    void theCatalogueListsThemAll()
    {
        const double started = cpuMs();
        const auto reader = m_engine->openReader();
        const auto found = findMetrics(scope(*reader), "", 1'000);
        QVERIFY(found.ok());
        qInfo("catalogue of 200 names over 10,000 series: %.0f ms of processor", cpuMs() - started);
        QCOMPARE(found->size(), size_t(200));
        QCOMPARE(found->front().series, size_t(50));
        QCOMPARE(found->front().lastMs, std::optional<int64_t>(m_engine.clock.nowMs()));
    }

private:
    ReadScope scope(const SeriesReader &reader) const
    {
        return {reader, defaultProject, m_engine.clock.nowMs(), m_never};
    }

    test::TemporaryEngine m_engine;
    const std::atomic<bool> m_never{false};
};

QTEST_GUILESS_MAIN(ManySeriesTest)
#include "ManySeriesTest.moc"

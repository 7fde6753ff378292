#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace plimsoll;
using plimsoll::test::TemporaryEngine;

/// Readers on their own threads while the ingest thread writes and the store thread seals. Run under
/// ThreadSanitizer too.
class EngineConcurrencyTest : public QObject
{
    Q_OBJECT

    static constexpr int seriesCount = 5;
    static constexpr int64_t stepMs = 20'000;

    /// One batch gives every series one sample of the same value, so each whole view has equally many of all.
    static Batch batchAt(int64_t timestampMs, double value)
    {
        Batch batch;
        for (uint32_t i = 0; i < seriesCount; i++) {
            batch.series.push_back(
                {Labels{{"__name__", "walk"}, {"number", std::to_string(i)}}.key(), Kind::Delta, false, i});
            batch.floats.push_back({i, timestampMs, value, i});
        }
        batch.series.push_back(
            {Labels{{"__name__", "latency"}}.key(), Kind::Distribution, false, seriesCount});
        batch.floats.push_back({seriesCount, timestampMs, value, seriesCount});
        batch.itemCount = seriesCount + 1;
        return batch;
    }

    /// What a view holds wrongly, or an empty string; `samples` is how many of each series it has.
    static std::string faultOf(const SeriesReader &reader, int64_t endMs, size_t &samples)
    {
        const auto selected = reader.select(defaultProject, {}, 0, endMs);
        if (!selected)
            return selected.error().message;
        std::optional<size_t> count;
        for (const SelectedSeries &series : *selected) {
            size_t own = 0;
            if (series.kind == Kind::Distribution) {
                HistogramColumns columns;
                if (Status read = reader.readHistograms(series.id, 0, endMs, columns); !read)
                    return read.error().message;
                own = columns.size();
            } else {
                FloatColumns columns;
                if (Status read = reader.readFloats(series.id, 0, endMs, columns); !read)
                    return read.error().message;
                own = columns.size();
                const auto total = reader.totalBefore(series.id, endMs);
                if (!total || *total != static_cast<double>(own))
                    return "a total differs from its samples";
            }
            if (count && *count != own)
                return "a view has half of a batch: " + std::to_string(*count) + " and " +
                       std::to_string(own);
            count = own;
        }
        samples = count.value_or(0);
        if (samples != 0 && selected->size() != seriesCount + 1)
            return "a view lacks series";
        return {};
    }

private Q_SLOTS:
    void viewsAreWholeAndStandStill()
    {
        EngineOptions options;
        options.headMaxBytes = 40'000;
        options.segmentBytes = 512 * 1024;
        TemporaryEngine engine(options);
        const int64_t start = engine.clock.nowMs();
        const int64_t end = start + 100LL * 86'400'000;
        std::atomic<bool> stop = false;
        std::atomic<size_t> acknowledged = 0;
        std::atomic<uint64_t> views = 0;
        std::mutex mutex;
        std::string fault;
        const auto read = [&] {
            while (!stop) {
                const size_t before = acknowledged;
                const auto reader = engine->openReader();
                size_t first = 0;
                size_t second = 0;
                std::string found = faultOf(*reader, end, first);
                if (found.empty())
                    found = faultOf(*reader, end, second);
                if (found.empty() && first != second)
                    found = "a view has changed";
                if (found.empty() && first < before)
                    found = "a view lacks what was acknowledged";
                views++;
                if (!found.empty()) {
                    const std::lock_guard lock(mutex);
                    fault = found;
                    stop = true;
                }
            }
        };
        std::vector<std::thread> readers;
        for (int i = 0; i < 3; i++)
            readers.emplace_back(read);
        bool committed = true;
        int step = 0;
        for (; (step < 1500 || views < 50) && committed && !stop; step++) {
            engine.clock.advance(stepMs);
            committed = engine.commit(batchAt(engine.clock.nowMs(), 1)).accepted == seriesCount + 1;
            acknowledged++;
            if (step % 50 == 0)
                engine->maintain();
            (void)engine->stats();
        }
        stop = true;
        for (std::thread &reader : readers)
            reader.join();
        QVERIFY2(fault.empty(), fault.c_str());
        QVERIFY(committed);
        QVERIFY(engine->stats().headSamples < uint64_t(step) * (seriesCount + 1));
        size_t samples = 0;
        QCOMPARE(faultOf(*engine->openReader(), end, samples), std::string());
        QCOMPARE(samples, size_t(step));
        engine.crash();
        QCOMPARE(faultOf(*engine->openReader(), end, samples), std::string());
        QCOMPARE(samples, size_t(step));
    }

    void documentsFromManyThreads()
    {
        TemporaryEngine engine;
        std::vector<std::thread> writers;
        std::atomic<int> done = 0;
        for (int t = 0; t < 4; t++) {
            writers.emplace_back([&, t] {
                for (int i = 0; i < 25; i++) {
                    const std::string id = std::to_string(t) + "-" + std::to_string(i);
                    if (putAndWait(engine.documents(), 1, "rules", {id, "{}", i}) &&
                        engine.documents().get(1, "rules", id).ok())
                        done++;
                }
            });
        }
        for (std::thread &writer : writers)
            writer.join();
        QCOMPARE(done.load(), 100);
        engine.restart();
        QCOMPARE(engine.documents().list(1, "rules")->size(), size_t(100));
    }
};

QTEST_GUILESS_MAIN(EngineConcurrencyTest)
#include "EngineConcurrencyTest.moc"

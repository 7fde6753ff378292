#include "server/ingest/IngestThread.h"

#include "storage/backend/MemoryBackend.h"
#include "storage/backend/Store.h"
#include "tests/support/FailingDisk.h"
#include "tests/support/ManualClock.h"
#include "tests/support/TemporaryEngine.h"

#include <QTemporaryDir>
#include <QTest>

#include <future>
#include <thread>

using namespace plimsoll;
using namespace plimsoll::ingest;
using plimsoll::test::TemporaryEngine;

namespace {

Batch deltaBatch(const std::string &series, int64_t timestampMs, double value)
{
    return TemporaryEngine::batchOf({{"__name__", "hits"}, {"series", series}}, Kind::Delta,
                                    {{timestampMs, value}});
}

Batch::Idempotency keyed(uint64_t key, uint64_t body) { return {{key, 1}, {body, 1}}; }

CommitReceipt submitAndWait(IngestThread &ingest, Batch batch)
{
    std::promise<CommitReceipt> promise;
    ingest.submit(std::move(batch), [&](const CommitReceipt &receipt) { promise.set_value(receipt); });
    return promise.get_future().get();
}

double totalOf(const Engine &engine)
{
    const auto reader = engine.openReader();
    const Matcher matcher{"__name__", Matcher::Op::Equal, "hits"};
    const auto series = reader->select(defaultProject, {&matcher, 1}, 0, INT64_MAX);
    double total = 0;
    FloatColumns columns;
    for (const auto &one : *series) {
        if (!reader->readFloats(one.id, 0, INT64_MAX, columns))
            qFatal("cannot read");
        for (const double value : columns.values)
            total += value;
    }
    return total;
}

class Recorder final : public IngestObserver
{
public:
    void batchCommitted(const Batch &batch, const CommitReceipt &, std::string_view source,
                        int64_t receivedMs) override
    {
        const std::lock_guard lock(mutex);
        events.push_back("committed " + std::string(source) + ' ' + std::to_string(batch.sampleCount()) +
                         ' ' + std::to_string(receivedMs));
    }
    void requestRefused(std::string_view source, ProjectId, const Error &error) override
    {
        const std::lock_guard lock(mutex);
        events.push_back("refused " + std::string(source) + ' ' + error.message);
    }
    int count(const std::string &event)
    {
        const std::lock_guard lock(mutex);
        return int(std::count(events.begin(), events.end(), event));
    }
    std::mutex mutex;
    std::vector<std::string> events;
};

} // namespace

class IngestThreadTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commitsWhatManyThreadsSend()
    {
        TemporaryEngine engine;
        IngestThread ingest(*engine);
        ingest.start();
        constexpr int threads = 4;
        constexpr int batches = 200;
        std::atomic<int> answered = 0;
        std::atomic<int> elsewhere = 0;
        std::vector<std::thread> senders;
        for (int t = 0; t < threads; t++) {
            senders.emplace_back([&, t] {
                for (int i = 0; i < batches; i++) {
                    ingest.submit(deltaBatch(std::to_string(t), engine.clock.nowMs() + i, 1),
                                  [&](const CommitReceipt &receipt) {
                                      elsewhere += ingest.isCurrentThread() && receipt.status.ok() &&
                                                           receipt.accepted == 1
                                                       ? 0
                                                       : 1;
                                      answered++;
                                  });
                }
            });
        }
        for (auto &sender : senders)
            sender.join();
        QTRY_COMPARE_WITH_TIMEOUT(answered.load(), threads * batches, 30000);
        QCOMPARE(elsewhere.load(), 0);
        QCOMPARE(totalOf(*engine), double(threads * batches));
        QCOMPARE(ingest.pendingBytes(), size_t(0));
        QCOMPARE(ingest.queueDepth(), size_t(0));
        QVERIFY(engine->stats().journalSyncs < uint64_t(threads * batches));
        ingest.stop();
    }

    void oneGroupOneSync()
    {
        TemporaryEngine engine;
        IngestThread ingest(*engine);
        ingest.start();
        submitAndWait(ingest, deltaBatch("warm", engine.clock.nowMs(), 1));
        const uint64_t before = engine->stats().journalSyncs;
        std::atomic<int> answered = 0;
        QObject there;
        there.moveToThread(ingest.thread());
        QMetaObject::invokeMethod(&there, [&] {
            for (int i = 0; i < 50; i++)
                ingest.submit(deltaBatch("a", engine.clock.nowMs() + i, 1),
                              [&](const CommitReceipt &) { answered++; });
        });
        QTRY_COMPARE_WITH_TIMEOUT(answered.load(), 50, 30000);
        QCOMPARE(engine->stats().journalSyncs - before, uint64_t(1));
        QMetaObject::invokeMethod(
            &there, [&] { there.moveToThread(thread()); }, Qt::BlockingQueuedConnection);
        ingest.stop();
    }

    void countsARepeatedKeyOnce()
    {
        TemporaryEngine engine;
        IngestThread ingest(*engine);
        ingest.start();
        constexpr int senders = 8;
        std::vector<std::thread> threads;
        std::atomic<int> replayed = 0;
        std::atomic<int> accepted = 0;
        for (int t = 0; t < senders; t++) {
            threads.emplace_back([&] {
                Batch batch = deltaBatch("a", engine.clock.nowMs(), 5);
                batch.idempotency = keyed(7, 7);
                const CommitReceipt receipt = submitAndWait(ingest, std::move(batch));
                replayed += receipt.replayed;
                accepted += int(receipt.accepted);
            });
        }
        for (auto &thread : threads)
            thread.join();
        QCOMPARE(replayed.load(), senders - 1);
        QCOMPARE(accepted.load(), senders);
        QCOMPARE(totalOf(*engine), 5.0);
        Batch other = deltaBatch("a", engine.clock.nowMs(), 6);
        other.idempotency = keyed(7, 8);
        const CommitReceipt receipt = submitAndWait(ingest, std::move(other));
        QVERIFY(!receipt.status.ok());
        QCOMPARE(receipt.status.error().code, ErrorCode::Unprocessable);
        QCOMPARE(totalOf(*engine), 5.0);
        ingest.stop();
    }

    void recoversAfterAFailedSync()
    {
        test::ManualClock clock;
        QTemporaryDir directory;
        test::FailingDisk disk;
        auto store = Store::open(std::make_unique<MemoryBackend>());
        QVERIFY(store.ok());
        EngineOptions options;
        options.directory = directory.path().toStdString();
        auto engine = Engine::open(options, **store, disk, clock);
        QVERIFY(engine.ok());
        IngestThread ingest(**engine, {.firstRetryMs = 10, .maxRetryMs = 50});
        Recorder recorder;
        ingest.addObserver(recorder);
        ingest.start();
        QVERIFY(submitAndWait(ingest, deltaBatch("a", clock.nowMs(), 1)).status.ok());

        disk.fails = true;
        Batch keyedBatch = deltaBatch("new", clock.nowMs(), 2);
        keyedBatch.idempotency = keyed(1, 1);
        const CommitReceipt failed = submitAndWait(ingest, keyedBatch);
        QVERIFY(!failed.status.ok());
        QCOMPARE(failed.accepted, 0u);
        const CommitReceipt refused = submitAndWait(ingest, deltaBatch("a", clock.nowMs(), 4));
        QCOMPARE(refused.status.error().code, ErrorCode::Unavailable);
        QCOMPARE(totalOf(**engine), 1.0);

        disk.fails = false;
        bool taken = false;
        for (int attempt = 0; attempt < 3000 && !taken; attempt++) {
            taken = submitAndWait(ingest, deltaBatch("b", clock.nowMs(), 8)).status.ok();
            QThread::msleep(taken ? 0 : 10);
        }
        QVERIFY(taken);
        const CommitReceipt again = submitAndWait(ingest, keyedBatch);
        QVERIFY(again.status.ok());
        QVERIFY(!again.replayed);
        QCOMPARE(totalOf(**engine), 11.0);
        ingest.stop();
        QVERIFY(std::any_of(recorder.events.begin(), recorder.events.end(),
                            [](const std::string &event) { return event.starts_with("refused self"); }));
    }

    /// While many samples are being written the next ones are staged; they live and fall together.
    void goesOnWhileTheDiskIsBusy_data()
    {
        QTest::addColumn<bool>("fails");
        QTest::addRow("written") << false;
        QTest::addRow("failed") << true;
    }

    void goesOnWhileTheDiskIsBusy()
    {
        QFETCH(bool, fails);
        test::ManualClock clock;
        QTemporaryDir directory;
        test::FailingDisk disk;
        auto store = Store::open(std::make_unique<MemoryBackend>());
        QVERIFY(store.ok());
        EngineOptions options;
        options.directory = directory.path().toStdString();
        auto engine = Engine::open(options, **store, disk, clock);
        QVERIFY(engine.ok());
        IngestThread ingest(**engine, {.firstRetryMs = 10, .maxRetryMs = 50});
        Recorder recorder;
        ingest.addObserver(recorder);
        ingest.start();
        QVERIFY(submitAndWait(ingest, deltaBatch("a", clock.nowMs(), 1)).status.ok());
        std::atomic<int> stored = 0;
        std::atomic<int> lost = 0;
        const auto note = [&](const CommitReceipt &receipt) { (receipt.status ? stored : lost)++; };
        std::vector<Sample> samples;
        for (int i = 0; i < 2'000; i++)
            samples.push_back({clock.nowMs() - i, 1});
        Batch many = TemporaryEngine::batchOf({{"__name__", "hits"}, {"series", "b"}}, Kind::Delta, samples);

        disk.isBusy = true;
        ingest.submit(many, note);
        for (int i = 0; i < 3; i++)
            ingest.submit(deltaBatch("c", clock.nowMs() + i, 1), note);
        Batch keyedBatch = deltaBatch("a", clock.nowMs() + 1, 1);
        keyedBatch.idempotency = keyed(1, 1);
        ingest.submit(keyedBatch, note);
        // Refusals are told by the thread, which shows that it does not wait for the disk.
        ingest.refused("ingest", defaultProject, {ErrorCode::Invalid, "broken", {}});
        QTRY_COMPARE_WITH_TIMEOUT(recorder.count("refused ingest broken"), 1, 30000);
        QTRY_COMPARE_WITH_TIMEOUT(ingest.queueDepth(), size_t(5), 30000);
        QCOMPARE(stored + lost, 0);
        disk.fails = fails;
        disk.isBusy = false;
        QTRY_COMPARE_WITH_TIMEOUT(stored + lost, 5, 30000);
        QCOMPARE(lost.load(), fails ? 5 : 0);
        disk.fails = false;

        CommitReceipt again = submitAndWait(ingest, keyedBatch);
        for (int attempt = 0; attempt < 3000 && !again.status; attempt++) {
            QThread::msleep(10);
            again = submitAndWait(ingest, keyedBatch);
        }
        QVERIFY(again.status.ok());
        QCOMPARE(again.replayed, !fails);
        QCOMPARE(totalOf(**engine), fails ? 2.0 : 2'005.0);
        ingest.stop();
        QCOMPARE(ingest.pendingBytes(), size_t(0));
        QCOMPARE(ingest.queueDepth(), size_t(0));
    }

    /// What is being written when it stops is answered, and what waits behind it.
    void endsWithWhatIsBeingWritten()
    {
        TemporaryEngine engine;
        std::atomic<int> stored = 0;
        std::vector<Sample> samples;
        for (int i = 0; i < 1'500; i++)
            samples.push_back({engine.clock.nowMs() - i, 1});
        const Batch many =
            TemporaryEngine::batchOf({{"__name__", "hits"}, {"series", "b"}}, Kind::Delta, samples);
        for (int round = 0; round < 10; round++) {
            IngestThread ingest(*engine);
            ingest.start();
            for (int i = 0; i < 4; i++)
                ingest.submit(many, [&](const CommitReceipt &receipt) { stored += receipt.status.ok(); });
            ingest.stop();
            QCOMPARE(stored.load(), 4 * (round + 1));
        }
        QCOMPARE(totalOf(*engine), 60'000.0);
    }

    void refusesTooMuchAtOnce()
    {
        TemporaryEngine engine;
        IngestThread ingest(*engine, {.maxPendingBytes = 1000});
        QVERIFY(ingest.reserve(5000)); // one alone may always pass
        QVERIFY(!ingest.reserve(1));
        ingest.start();
        const CommitReceipt refused = submitAndWait(ingest, deltaBatch("a", engine.clock.nowMs(), 1));
        QCOMPARE(refused.status.error().code, ErrorCode::Unavailable);
        ingest.giveBack(5000);
        QVERIFY(submitAndWait(ingest, deltaBatch("a", engine.clock.nowMs(), 1)).status.ok());
        ingest.stop();
        QCOMPARE(ingest.pendingBytes(), size_t(0));
    }

    void tellsObservers()
    {
        TemporaryEngine engine;
        IngestThread ingest(*engine);
        Recorder recorder;
        ingest.addObserver(recorder);
        ingest.start();
        std::atomic<bool> answered = false;
        ingest.submit(
            deltaBatch("a", engine.clock.nowMs(), 1), [&](const CommitReceipt &) { answered = true; },
            "track", 17);
        QTRY_VERIFY_WITH_TIMEOUT(answered, 30000);
        ingest.refused("ingest", defaultProject, {ErrorCode::Invalid, "broken", {}});
        ingest.stop();
        QCOMPARE(recorder.events,
                 (std::vector<std::string>{"committed track 1 17", "refused ingest broken"}));
    }

    void refusesAfterItStopped()
    {
        TemporaryEngine engine;
        IngestThread ingest(*engine);
        ingest.start();
        std::atomic<int> accepted = 0;
        for (int i = 0; i < 20; i++)
            ingest.submit(deltaBatch("a", engine.clock.nowMs(), 1),
                          [&](const CommitReceipt &r) { accepted += r.status.ok(); });
        ingest.stop();
        QCOMPARE(accepted.load(), 20);
        QCOMPARE(submitAndWait(ingest, deltaBatch("a", engine.clock.nowMs(), 1)).status.error().code,
                 ErrorCode::Unavailable);
        ingest.stop();
        QCOMPARE(totalOf(*engine), 20.0);
    }
};

QTEST_GUILESS_MAIN(IngestThreadTest)
#include "IngestThreadTest.moc"

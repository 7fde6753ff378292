#include "tests/support/TemporaryEngine.h"

#include <QElapsedTimer>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

uint64_t bytesIn(const std::filesystem::path &directory)
{
    uint64_t bytes = 0;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(directory, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code gone;
        const auto size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
        bytes += gone ? 0 : size;
    }
    return bytes;
}

} // namespace

/// Small commits for hours: the directory stays small, and the start after a crash quick.
/// PLIMSOLL_SOAK_COMMITS says how many (540000: three hours at 50 a second, with the limits that users have;
/// the default is a small one with small limits).
class JournalSoakTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void staysSmallAndStartsQuickly()
    {
        const int soak = qEnvironmentVariableIntValue("PLIMSOLL_SOAK_COMMITS");
        const int commits = soak > 0 ? soak : 1500;
        EngineOptions options;
        uint64_t largest = 300ULL << 20;
        if (soak == 0) {
            options.segmentBytes = 128 * 1024;
            options.checkpointBytes = 512 * 1024;
            largest = 4ULL << 20;
        }
        TemporaryEngine engine(options);
        engine.clock.advance(3LL * 3600'000 - engine.clock.nowMs() % (3LL * 3600'000));
        uint64_t bytes = 0;
        for (int i = 0; i < commits; i++) {
            Batch batch;
            for (uint32_t s = 0; s < 10; s++) {
                batch.series.push_back(
                    {Labels{{"__name__", "soak"}, {"n", std::to_string((i + int(s)) % 500)}}.key(),
                     Kind::Gauge, false, s});
                batch.floats.push_back({s, engine.clock.nowMs() + s, double(i % 1000) / 100, s});
            }
            batch.itemCount = 10;
            QVERIFY(engine.commit(std::move(batch)).status);
            engine->maintain();
            engine.clock.advance(20);
            if (i % 250 == 0)
                bytes = std::max(bytes, bytesIn(engine.directory()));
        }
        engine->drain();
        const EngineStats before = engine->stats();
        QVERIFY(before.checkpoints > 1);
        QVERIFY2(bytes < largest, qPrintable(QString::number(bytes)));

        QElapsedTimer timer;
        timer.start();
        engine.crash();
        qInfo("%d commits, at most %.1f MiB on disk, %llu checkpoints (the last %.2f MiB), journal %.1f MiB; "
              "started "
              "again in %lld ms",
              commits, double(bytes) / (1 << 20), static_cast<unsigned long long>(before.checkpoints),
              double(before.checkpointBytes) / (1 << 20), double(before.journalBytes) / (1 << 20),
              static_cast<long long>(timer.elapsed()));
        QCOMPARE(engine->stats().headSamples, before.headSamples);
        QCOMPARE(engine->stats().damagedFrames + engine->stats().damagedSections, uint64_t(0));
    }
};

QTEST_GUILESS_MAIN(JournalSoakTest)
#include "JournalSoakTest.moc"

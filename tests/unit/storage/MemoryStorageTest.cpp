#include "storage/backend/MemoryBackend.h"
#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/MemoryDisk.h"
#include "tests/support/ManualClock.h"

#include <QTest>

using namespace plimsoll;

/// What `--storage memory:` runs on.
class MemoryStorageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesAndSeals()
    {
        const auto store = Store::open(std::make_unique<MemoryBackend>());
        MemoryDisk disk;
        test::ManualClock clock;
        const auto engine = Engine::open({}, **store, disk, clock);
        QVERIFY(engine.ok());
        const std::string key = Labels{{"__name__", "cpu"}}.key();
        for (int i = 0; i < 3000; i++) {
            Batch batch;
            batch.itemCount = 1;
            batch.series.push_back({key, Kind::Gauge, false, 0});
            batch.floats.push_back({0, clock.nowMs(), double(i), 0});
            QCOMPARE((*engine)->stage(batch).accepted, 1u);
            QVERIFY((*engine)->commit());
            clock.advance(10'000);
            (*engine)->maintain();
        }
        QVERIFY((*store)->run([](Backend &) { return Status(); }));
        QVERIFY((*engine)->stats().headSamples < 3000);
        QVERIFY((*engine)->stats().journalBytes < 16 << 20);
        FloatColumns columns;
        const auto reader = (*engine)->openReader();
        QVERIFY(reader->readFloats(1, 0, clock.nowMs(), columns));
        QCOMPARE(columns.size(), size_t(3000));
        QVERIFY((*engine)->close());
    }
};

QTEST_GUILESS_MAIN(MemoryStorageTest)
#include "MemoryStorageTest.moc"

#include "storage/engine/rollup/Upkeep.h"
#include "tests/support/FaultyBackend.h"
#include "tests/support/ManualClock.h"

#include <QTest>

#include <future>

using namespace plimsoll;
using namespace plimsoll::test;

/// The end of an upkeep that is at work.
class UpkeepEndTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void waitsForTheSliceThatASliceQueued()
    {
        std::promise<void> begun;
        std::promise<void> release;
        auto database = std::make_shared<FaultyBackend::Database>();
        int writes = 0;
        database->beforeWrite = [&] {
            if (writes++ > 0)
                return;
            begun.set_value();
            release.get_future().wait();
        };
        auto store = Store::open(std::make_unique<FaultyBackend>(database));
        QVERIFY(store.ok());
        Catalogue catalogue;
        Head head(3'600'000);
        PackCache packs((*store)->backend(), 1 << 20);
        HourlyCache hours((*store)->backend(), 1 << 20);
        SealIds ids;
        ManualClock clock;
        auto upkeep = std::make_unique<Upkeep>(
            **store, UpkeepContext{catalogue, head, packs, hours, ids, [] { return uint64_t(0); }},
            UpkeepOptions(), clock);
        upkeep->load({{"retired", "1 2 3"}});

        upkeep->wake();
        begun.get_future().wait();
        const auto ended = std::async(std::launch::async, [&] { upkeep.reset(); }).share();
        QTRY_COMPARE((*store)->queueDepth(), size_t(2));
        // Behind the job that the end waits for and before the slice that the running one queues: time for an
        // end that does not wait.
        std::atomic<bool> endedEarly = false;
        (*store)->post([&endedEarly, ended](Backend &) {
            endedEarly = ended.wait_for(std::chrono::milliseconds(300)) == std::future_status::ready;
        });
        release.set_value();
        ended.wait();
        (void)(*store)->run([](Backend &) { return Status(); });
        QVERIFY(!endedEarly);
        QCOMPARE(writes, 1);
    }
};

QTEST_GUILESS_MAIN(UpkeepEndTest)
#include "UpkeepEndTest.moc"

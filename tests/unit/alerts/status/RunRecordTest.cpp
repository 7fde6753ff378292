#include "alerts/status/RunRecord.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t startMs = 1'767'700'800'000;
constexpr int64_t beat = RunRecord::beatMs;
constexpr int64_t day = 86'400'000;

/// A record that ran from startMs for so many beats.
RunRecord ranFor(int beats)
{
    RunRecord record;
    record.begin(startMs);
    for (int i = 1; i <= beats; i++)
        record.beat(startMs + i * beat);
    return record;
}

RunRecord readAgain(const RunRecord &record) { return RunRecord::fromJson(record.toJson()); }

} // namespace

class RunRecordTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void runs()
    {
        const RunRecord record = ranFor(10);
        QCOMPARE(record.spans(), (Spans{{startMs, startMs + 10 * beat}}));
        QCOMPARE(record.spansUntil(startMs + 10 * beat + 500), (Spans{{startMs, startMs + 10 * beat + 500}}));
        QCOMPARE(record.sinceMs(), startMs);
    }

    void aLifeThatHasJustBegunCounts()
    {
        RunRecord record;
        record.begin(startMs);
        QVERIFY(record.spans().empty());
        QCOMPARE(record.spansUntil(startMs + 500), (Spans{{startMs, startMs + 500}}));
    }

    void anotherLifeLeavesAGap()
    {
        RunRecord record = readAgain(ranFor(10));
        record.begin(startMs + 20 * beat);
        record.beat(startMs + 21 * beat);
        QCOMPARE(record.spans(),
                 (Spans{{startMs, startMs + 10 * beat}, {startMs + 20 * beat, startMs + 21 * beat}}));
        QCOMPARE(record.sinceMs(), startMs + 20 * beat);
    }

    void aPauseOfTheMachineIsAGap()
    {
        RunRecord record = ranFor(2);
        QVERIFY(!record.beat(startMs + 5 * beat));
        QVERIFY(record.beat(startMs + 100 * beat));
        QVERIFY(!record.beat(startMs + 101 * beat));
        QCOMPARE(record.spans(),
                 (Spans{{startMs, startMs + 5 * beat}, {startMs + 100 * beat, startMs + 101 * beat}}));
        QVERIFY(
            !record.spansUntil(startMs + 200 * beat).touches({startMs + 101 * beat, startMs + 200 * beat}));
    }

    void aClockThatGoesBackTakesNothingAway()
    {
        RunRecord record = ranFor(10);
        QVERIFY(record.beat(startMs + 3 * beat));
        record.beat(startMs + 4 * beat);
        QCOMPARE(record.spans(), (Spans{{startMs, startMs + 10 * beat}}));
        QCOMPARE(record.sinceMs(), startMs + 3 * beat);
    }

    void forgetsWhatIsOld()
    {
        RunRecord record = readAgain(ranFor(10));
        record.begin(startMs + RunRecord::keptMs + 5 * beat);
        QCOMPARE(record.spans(), (Spans{{startMs + 5 * beat, startMs + 10 * beat}}));
        record.begin(startMs + RunRecord::keptMs + day);
        QVERIFY(record.spans().empty());
    }

    void staysBounded()
    {
        RunRecord record;
        for (size_t i = 0; i < RunRecord::maxSpans + 100; i++) {
            record.begin(startMs + int64_t(i) * 10 * beat);
            record.beat(startMs + int64_t(i) * 10 * beat + beat);
        }
        QVERIFY(record.spans().list().size() <= RunRecord::maxSpans + 1);
        QVERIFY(record.spans().touches({startMs + 1000 * beat, startMs + 1001 * beat}));
        QVERIFY(!record.spans().touches({startMs, startMs + beat}));
    }

    void readsWhatIsBroken()
    {
        QVERIFY(RunRecord::fromJson({}).spans().empty());
        QVERIFY(RunRecord::fromJson({{"spans", "x"}}).spans().empty());
    }
};

QTEST_GUILESS_MAIN(RunRecordTest)
#include "RunRecordTest.moc"

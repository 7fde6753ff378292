#include "storage/model/ExactSum.h"
#include "tests/support/FaultyMachine.h"

#include <QTest>

#include <random>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

/// What was staged and not yet acknowledged or lost.
struct Staged
{
    std::vector<double> values;

    void moveTo(Staged &other)
    {
        other.values.insert(other.values.end(), values.begin(), values.end());
        values.clear();
    }
};

struct Sums
{
    ExactSum sales;
    double observations = 0;

    void add(Staged &staged)
    {
        for (const double value : staged.values)
            sales.add(value);
        observations += double(staged.values.size());
        staged.values.clear();
    }
    bool are(const FaultyMachine::Totals &totals) const
    {
        return totals.ok && totals.sales == sales.value() && totals.observations == observations;
    }
};

} // namespace

class OverlappedCommitTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void stagesWhileItWrites()
    {
        FaultyMachine machine;
        QVERIFY(machine.start());
        const int64_t nowMs = machine.clock.nowMs();
        QVERIFY(machine.stage(1, nowMs, 1).status.ok());
        QVERIFY(*machine.engine->beginCommit());
        QVERIFY(machine.stage(2, nowMs, 2).status.ok());
        machine.engine->maintain();
        QCOMPARE(machine.totals().sales, 0.0);
        QVERIFY(machine.engine->endCommit(machine.engine->writeCommit()).ok());
        QCOMPARE(machine.totals().sales, 1.0);
        QVERIFY(machine.engine->commit().ok());
        QCOMPARE(machine.totals().sales, 3.0);
        QVERIFY(!*machine.engine->beginCommit());
    }

    /// A repeated key was answered from what was being written, a new series was defined in it.
    void losesBothGroupsWithTheFirst()
    {
        FaultyMachine machine;
        QVERIFY(machine.start());
        const int64_t nowMs = machine.clock.nowMs();
        QVERIFY(machine.stage(1, nowMs, 1, 7).status.ok());
        QVERIFY(*machine.engine->beginCommit());
        QVERIFY(machine.stage(1, nowMs, 1, 7).replayed);
        QVERIFY(machine.stage(2, nowMs, 2, 8).status.ok());
        machine.disk.failSync(0);
        QVERIFY(!machine.engine->endCommit(machine.engine->writeCommit()).ok());
        QVERIFY(!*machine.engine->beginCommit());
        QVERIFY(machine.engine->recover().ok());
        QCOMPARE(machine.totals().sales, 0.0);
        QVERIFY(!machine.stage(2, nowMs, 2, 8).replayed);
        QVERIFY(!machine.stage(1, nowMs, 1, 7).replayed);
        QVERIFY(machine.engine->commit().ok());
        machine.crash(1);
        QVERIFY(machine.start());
        QCOMPARE(machine.totals().sales, 3.0);
        QVERIFY(machine.stage(1, nowMs, 1, 7).replayed);
    }

    /// Random work with failed writes and power cuts at every step: what was acknowledged, or written, is
    /// there once.
    void countsEverythingOnce_data()
    {
        QTest::addColumn<uint32_t>("seed");
        for (uint32_t seed = 1; seed <= 6; seed++)
            QTest::addRow("seed %u", seed) << seed;
    }

    void countsEverythingOnce()
    {
        QFETCH(uint32_t, seed);
        std::mt19937 random(seed);
        FaultyMachine machine;
        QVERIFY(machine.start());
        Sums sums;
        Staged staged;
        Staged writing;
        bool begun = false;
        const auto oneIn = [&](uint32_t n) { return random() % n == 0; };
        const auto crash = [&] {
            staged.values.clear();
            writing.values.clear();
            begun = false;
            machine.crash(random());
            return machine.start();
        };
        for (int step = 0; step < 500; step++) {
            const double cents = double(random() % 1000) / 100.0;
            QVERIFY(machine.stage(int(random() % 40), machine.clock.nowMs(), cents).status.ok());
            staged.values.push_back(cents);
            machine.clock.advance(int64_t(random() % (2 * FaultyMachine::minuteMs)));
            if (oneIn(6))
                machine.engine->maintain();
            if (!begun && oneIn(2)) {
                begun = *machine.engine->beginCommit();
                QVERIFY(begun);
                staged.moveTo(writing);
            } else if (begun && oneIn(2)) {
                begun = false;
                if (oneIn(10))
                    machine.disk.failSync(0);
                Status written = machine.engine->writeCommit();
                machine.disk.heal();
                if (written && oneIn(15)) { // the power goes before anybody was told
                    sums.add(writing);
                    QVERIFY(crash());
                    continue;
                }
                const bool ended = machine.engine->endCommit(written).ok();
                QCOMPARE(ended, written.ok());
                if (ended) {
                    sums.add(writing);
                } else {
                    staged.values.clear();
                    writing.values.clear();
                    QVERIFY(machine.engine->recover().ok());
                }
            }
            if (oneIn(60))
                QVERIFY(crash());
        }
        QVERIFY(crash());
        QVERIFY(sums.are(machine.totals()));
        QVERIFY(machine.engine->close().ok());
        machine.crash(0);
        QVERIFY(machine.start());
        QVERIFY(sums.are(machine.totals()));
    }
};

QTEST_GUILESS_MAIN(OverlappedCommitTest)
#include "OverlappedCommitTest.moc"

#include "tests/support/FaultyMachine.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t minuteMs = FaultyMachine::minuteMs;
constexpr int64_t hourMs = FaultyMachine::hourMs;
constexpr uint64_t requests = 40;

/// A sender that repeats each request, under its key, until it is acknowledged; with everything that happens
/// to a journal meanwhile: checkpoints, seals, a database that is away for a while, release, a clean stop.
class Scenario
{
public:
    explicit Scenario(FaultyMachine &machine)
        : m_machine(machine)
    {
        m_machine.options.segmentBytes = 16 * 1024;
        m_machine.options.checkpointBytes = 32 * 1024;
    }

    bool run()
    {
        for (uint64_t key = 1; key <= requests; key++) {
            if (key == 16)
                m_machine.database->failAll = true;
            if (key == 24)
                m_machine.database->failAll = false;
            if (!send(key))
                return false;
            m_machine.engine->maintain();
            m_machine.engine->drain();
            m_machine.clock.advance(key % 4 == 0 ? 2 * hourMs : minuteMs);
            if (key == 20 || key == 30)
                restart(uint32_t(key));
            if (key == 35) {
                (void)m_machine.engine->close();
                restart(0);
            }
        }
        return true;
    }

    bool holds() const
    {
        const auto totals = m_machine.totals();
        return totals.ok && totals.sales == double(requests) / 4 && totals.observations == double(requests);
    }

    /// How the ends were met: the sums are right now and after another restart.
    bool endsWell()
    {
        if (!holds())
            return false;
        restart(0);
        return holds();
    }

private:
    /// The machine goes on after a failure, by recover() or, where that fails as well, by a start.
    bool send(uint64_t key)
    {
        for (int tries = 0; tries < 20; tries++) {
            if (m_machine.commit(int(key % 5), m_machine.clock.nowMs(), 0.25, key))
                return true;
            if (m_machine.disk.dead() || !m_machine.engine->recover())
                restart(uint32_t(key));
        }
        return false;
    }

    void restart(uint32_t seed)
    {
        for (int tries = 0; tries < 3; tries++) {
            m_machine.crash(seed);
            if (m_machine.start())
                return;
        }
        qFatal("The machine does not start.");
    }

    FaultyMachine &m_machine;
};

/// From one point of failure to the next; PLIMSOLL_FAULT_STEP says another. A sanitizer slows the scenario
/// down and needs few of the points.
int stepOf()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr int usual = 4;
#else
    constexpr int usual = 1;
#endif
    const int wanted = qEnvironmentVariableIntValue("PLIMSOLL_FAULT_STEP");
    return wanted > 0 ? wanted : usual;
}

} // namespace

/// Every write and every sync of journal, checkpoint and spool fails in turn; the machine loses power at
/// every step. What was acknowledged is there, once.
class DiskFaultsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void survivesEveryFault_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("tornBytes");
        QTest::newRow("a write fails") << 0 << 0;
        QTest::newRow("a write is short") << 0 << 700;
        QTest::newRow("a write is whole and fails") << 0 << (1 << 20);
        QTest::newRow("a sync fails") << 1 << 0;
        QTest::newRow("power is lost") << 2 << 0;
        QTest::newRow("power is lost, sectors survive by chance") << 3 << 0;
    }

    void survivesEveryFault()
    {
        QFETCH(int, kind);
        QFETCH(int, tornBytes);
        const int step = stepOf();
        int reached = 0;
        for (int n = kind % step;; n += step) {
            FaultyMachine machine;
            Scenario scenario(machine);
            QVERIFY(machine.start());
            if (kind == 0)
                machine.disk.failWrite(n, size_t(tornBytes));
            else if (kind == 1)
                machine.disk.failSync(n);
            else
                machine.disk.dieAt(n);
            QVERIFY2(scenario.run(), qPrintable(QString::number(n)));
            reached += machine.disk.everFailed() ? 1 : 0;
            QVERIFY2(scenario.endsWell(), qPrintable(QString::number(n)));
            if (!machine.disk.everFailed())
                break;
        }
        QVERIFY(reached * step > int(requests));
        qInfo("%d points of failure", reached);
    }

    /// The scenario meets what it is about.
    void negativeControlTheScenarioUsesEverything()
    {
        FaultyMachine machine;
        Scenario scenario(machine);
        QVERIFY(machine.start());
        QVERIFY(scenario.run());
        QVERIFY(machine.disk.created("checkpoint") > 2);
        QVERIFY(machine.disk.created("spool") > 2);
        QVERIFY(machine.disk.created("segment") > 2);
        QVERIFY(scenario.endsWell());
    }

    void negativeControlADiskThatLiesIsNoticed()
    {
        FaultyMachine machine;
        Scenario scenario(machine);
        QVERIFY(machine.start());
        machine.disk.lieAboutSyncs();
        (void)scenario.run();
        QVERIFY(!scenario.endsWell());
    }

    void negativeControlARepeatWithoutItsKeyIsNoticed()
    {
        FaultyMachine machine;
        Scenario scenario(machine);
        QVERIFY(machine.start());
        QVERIFY(scenario.run());
        QVERIFY(machine.commit(1, machine.clock.nowMs(), 0.25));
        QVERIFY(!scenario.endsWell());
    }
};

QTEST_GUILESS_MAIN(DiskFaultsTest)
#include "DiskFaultsTest.moc"

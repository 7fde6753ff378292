#include "storage/model/ExactSum.h"
#include "tests/support/EachDatabase.h"
#include "tests/support/FaultyMachine.h"

#include <QDeadlineTimer>
#include <QTest>

#include <random>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t minuteMs = FaultyMachine::minuteMs;
constexpr int64_t hourMs = FaultyMachine::hourMs;
using Machine = FaultyMachine;

} // namespace

class RecoveryTest : public QObject
{
    Q_OBJECT

    EachDatabase m_databases;

private Q_SLOTS:
    /// Random work with power cuts, seals, late data and a database that fails: what was acknowledged is
    /// there once.
    void countsEverythingOnce_data()
    {
        QTest::addColumn<int>("database");
        QTest::addColumn<uint32_t>("seed");
        for (const auto which : {EachDatabase::Memory, EachDatabase::Sqlite, EachDatabase::Postgres}) {
            for (uint32_t seed = 1; seed <= (which == EachDatabase::Memory ? 16 : 4); seed++)
                QTest::addRow("%s, seed %u", EachDatabase::nameOf(which), seed) << int(which) << seed;
        }
    }

    void countsEverythingOnce()
    {
        QFETCH(int, database);
        QFETCH(uint32_t, seed);
        if (const char *why = m_databases.whyNot(EachDatabase::Which(database)))
            QSKIP(why);
        std::mt19937 random(seed);
        Machine machine;
        machine.database->connect = m_databases.fresh(EachDatabase::Which(database));
        QVERIFY(machine.start());
        ExactSum sales;
        double observations = 0;
        for (int step = 0; step < 600; step++) {
            const int64_t lateMs = random() % 10 == 0 ? int64_t(random() % (6 * hourMs)) : 0;
            const double cents = static_cast<double>(random() % 1000) / 100.0;
            QVERIFY(machine.commit(int(random() % 20), machine.clock.nowMs() - lateMs, cents));
            sales.add(cents);
            observations++;
            machine.clock.advance(int64_t(random() % (2 * minuteMs)));
            if (random() % 8 == 0)
                machine.engine->maintain();
            if (random() % 16 == 0)
                machine.drainStore();
            if (random() % 40 == 0)
                machine.database->failWrite = int(random() % 3);
            if (random() % 30 == 0)
                machine.database->losesAnswers = random() % 4 == 0;
            if (random() % 60 == 0) {
                machine.crash(random());
                machine.database->failWrite = -1;
                QVERIFY(machine.start());
            }
            if (random() % 200 == 0) {
                machine.database->failWrite = -1;
                machine.database->losesAnswers = false;
                QVERIFY(machine.engine->close());
                machine.crash(0);
                QVERIFY(machine.start());
            }
        }
        for (int round = 0; round < 2; round++) {
            const Machine::Totals totals = machine.totals();
            QVERIFY(totals.ok);
            QVERIFY2(totals.sales == sales.value() && totals.observations == observations,
                     qPrintable(QString("round %1: sales off by %2, observations by %3")
                                    .arg(round)
                                    .arg(totals.sales - sales.value())
                                    .arg(totals.observations - observations)));
            machine.crash(seed);
            machine.database->failWrite = -1;
            QVERIFY(machine.start());
        }
    }

    /// A crash between the transaction of a seal and the release of the journal: all frames are read again.
    void doublesNothingBetweenSealAndRelease()
    {
        Machine machine;
        QVERIFY(machine.start());
        for (int i = 0; i < 50; i++)
            QVERIFY(machine.commit(i % 5, machine.clock.nowMs() + i * minuteMs / 2, 0.1));
        machine.clock.advance(3 * hourMs);
        machine.engine->maintain();
        machine.drainStore();
        QCOMPARE(machine.engine->stats().headSamples, uint64_t(0));
        QVERIFY(machine.engine->stats().journalBytes > 50 * 4096);
        for (int round = 0; round < 3; round++) {
            machine.crash(0);
            QVERIFY(machine.start());
            QCOMPARE(machine.engine->stats().recoveredSamples, uint64_t(0));
            QCOMPARE(machine.totals().sales, 5.0);
            QCOMPARE(machine.totals().observations, 50.0);
        }
        QVERIFY(machine.commit(1, machine.clock.nowMs() - 3 * hourMs, 0.5));
        machine.crash(0);
        QVERIFY(machine.start());
        QCOMPARE(machine.totals().sales, 5.5);
    }

    /// Fails each write and each sync of the journal in turn; senders repeat with their key until they are
    /// answered.
    void repeatsAreCountedOnceWhereverTheDiskFails()
    {
        for (int n = 0;; n++) {
            for (const bool writes : {true, false}) {
                Machine machine;
                QVERIFY(machine.start());
                if (writes)
                    machine.disk.failWrite(n, 700);
                else
                    machine.disk.failSync(n);
                for (uint64_t key = 1; key <= 15; key++) {
                    while (!machine.commit(int(key), machine.clock.nowMs(), 0.7, key)) {
                        if (key % 2 == 0) {
                            machine.crash(uint32_t(n));
                            QVERIFY(machine.start());
                        } else {
                            while (!machine.engine->recover()) {
                            }
                        }
                    }
                }
                const bool reached = machine.disk.failed();
                machine.disk.heal();
                machine.crash(uint32_t(n));
                QVERIFY(machine.start());
                QCOMPARE(machine.totals().sales, 10.5);
                QCOMPARE(machine.totals().observations, 15.0);
                if (n > 40 && !reached)
                    return;
            }
        }
    }

    void acknowledgesNothingAfterAFailedSync()
    {
        Machine machine;
        QVERIFY(machine.start());
        QVERIFY(machine.commit(1, machine.clock.nowMs(), 1));
        machine.disk.failSync(0);
        QVERIFY(!machine.commit(1, machine.clock.nowMs(), 2));
        QVERIFY(!machine.commit(1, machine.clock.nowMs(), 4));
        QCOMPARE(machine.totals().sales, 1.0);
        QVERIFY(machine.engine->recover());
        QVERIFY(machine.commit(2, machine.clock.nowMs(), 8));
        QCOMPARE(machine.totals().sales, 9.0);
        machine.crash(0);
        QVERIFY(machine.start());
        QCOMPARE(machine.totals().sales, 9.0);
    }

    /// The definitions of a failed group must reach the disk with the next one.
    void definesSeriesOfAFailedGroupLater()
    {
        Machine machine;
        QVERIFY(machine.start());
        machine.disk.failWrite(0);
        QVERIFY(!machine.commit(1, machine.clock.nowMs(), 1));
        QVERIFY(machine.engine->recover());
        QVERIFY(machine.commit(1, machine.clock.nowMs(), 2));
        machine.crash(0);
        QVERIFY(machine.start());
        QCOMPARE(machine.totals().sales, 2.0);
        QCOMPARE(machine.engine->stats().series, uint64_t(2));
    }

    /// Windows are sealed into the spool, the journal is released, and all arrives once; after restarts too.
    void spoolsWhileTheDatabaseIsAway_data()
    {
        QTest::addColumn<int>("database");
        QTest::addColumn<bool>("losesAnswers");
        QTest::addColumn<bool>("restarts");
        for (const auto which : {EachDatabase::Memory, EachDatabase::Sqlite, EachDatabase::Postgres}) {
            for (const int how : {0, 1, 2, 3})
                QTest::addRow("%s%s%s", EachDatabase::nameOf(which), how & 2 ? " loses answers" : " is away",
                              how & 1 ? ", restarts" : "")
                    << int(which) << bool(how & 2) << bool(how & 1);
        }
    }

    void spoolsWhileTheDatabaseIsAway()
    {
        QFETCH(int, database);
        QFETCH(bool, losesAnswers);
        QFETCH(bool, restarts);
        if (const char *why = m_databases.whyNot(EachDatabase::Which(database)))
            QSKIP(why);
        Machine machine;
        machine.database->connect = m_databases.fresh(EachDatabase::Which(database));
        QVERIFY(machine.start());
        (losesAnswers ? machine.database->losesAnswers : machine.database->failAll) = true;
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; i < 30; i++)
                QVERIFY(machine.commit(1, machine.clock.nowMs() - i * minuteMs, 1));
            machine.clock.advance(3 * hourMs);
            for (int i = 0; i < 3; i++) {
                machine.engine->maintain();
                machine.drainStore();
            }
            QCOMPARE(machine.engine->stats().headSamples, uint64_t(0));
            QVERIFY(machine.engine->stats().spoolFiles > 0);
            QVERIFY(!machine.engine->stats().databaseAway.empty());
            QCOMPARE(machine.totals().sales, 30.0 * round);
            if (restarts) {
                if (round == 2)
                    QVERIFY(machine.engine->close());
                machine.crash(uint32_t(round));
                QVERIFY(machine.start());
                QCOMPARE(machine.totals().sales, 30.0 * round);
            }
        }
        machine.database->failAll = machine.database->losesAnswers = false;
        machine.clock.advance(31'000);
        machine.engine->maintain();
        machine.drainStore();
        QCOMPARE(machine.engine->stats().spoolFiles, uint64_t(0));
        QVERIFY(machine.engine->stats().databaseAway.empty());
        QCOMPARE(machine.totals().sales, 90.0);
        QCOMPARE(machine.totals().observations, 90.0);
        QVERIFY(machine.engine->close());
        QCOMPARE(machine.totals().sales, 90.0);
        QVERIFY(machine.disk.files().empty());
    }

    /// Upkeep's own transactions may be undone by a power cut, and speak of others that may: a file of the
    /// spool would outlive those.
    void spoolsNothingUnhurried()
    {
        Machine machine;
        QVERIFY(machine.start());
        machine.database->failAll = true;
        BackendWrite write;
        write.meta["retired"] = "1";
        write.unhurried = true;
        QVERIFY(!machine.store->run([&](Backend &backend) { return backend.write(write); }));
        QCOMPARE(machine.store->backend().waiting().files, uint64_t(0));
        write.unhurried = false;
        QVERIFY(machine.store->run([&](Backend &backend) { return backend.write(write); }).ok());
        QCOMPARE(machine.store->backend().waiting().files, uint64_t(1));
        machine.database->failAll = false;
        write.unhurried = true;
        QVERIFY(!machine.store->run([&](Backend &backend) { return backend.write(write); }));
    }

    void boundsJournalAndSpool()
    {
        Machine machine;
        machine.options.journalMaxBytes = 256 * 1024;
        QVERIFY(machine.start());
        machine.database->failAll = true;
        double taken = 0;
        for (int i = 0; i < 5000; i++) {
            const bool good = machine.commit(i % 100, machine.clock.nowMs() + i, 0.5);
            taken += good ? 0.5 : 0;
            machine.clock.advance(minuteMs);
            machine.engine->maintain();
            if (i % 20 == 0)
                machine.drainStore();
        }
        QVERIFY(taken > 0 && taken < 2500);
        QVERIFY(machine.engine->stats().journalBytes + machine.engine->stats().spoolBytes < 512 * 1024);
        machine.database->failAll = false;
        machine.clock.advance(31'000);
        // Shipping, and the checkpoint that gives segments free, take their time on threads of their own.
        bool good = false;
        for (QDeadlineTimer deadline(30'000); !good && !deadline.hasExpired(); QTest::qSleep(5)) {
            machine.clock.advance(1000);
            machine.engine->maintain();
            machine.drainStore();
            good = machine.commit(1, machine.clock.nowMs(), 0.5);
        }
        QVERIFY(good);
        QCOMPARE(machine.totals().sales, taken + 0.5);
    }

    void reportsDamageAndServesTheRest()
    {
        Machine machine;
        machine.options.segmentBytes = 1 << 20;
        QVERIFY(machine.start());
        for (int i = 0; i < 10; i++)
            QVERIFY(machine.commit(1, machine.clock.nowMs() + i, 1));
        std::string &bytes = machine.disk.bytesOf(machine.disk.files().back());
        bytes[4096 * 5 + 40] ^= 1;
        machine.disk.keepDamage();
        machine.crash(0);
        for (int round = 0; round < 2; round++) {
            QVERIFY(machine.start());
            QCOMPARE(machine.engine->stats().damagedFrames, uint64_t(round == 0 ? 1 : 0));
            QCOMPARE(machine.totals().sales, 9.0);
            machine.crash(0);
        }
    }

    /// A frame with the definitions is lost: its samples belong to nobody, and ids that are given out again
    /// stay clean.
    void neverMixesSeriesAfterDamage()
    {
        Machine machine;
        machine.options.segmentBytes = 1 << 20;
        QVERIFY(machine.start());
        for (int i = 0; i < 10; i++)
            QVERIFY(machine.commit(1, machine.clock.nowMs() + i, 1));
        machine.disk.bytesOf(machine.disk.files().back())[4096 + 40] ^= 1;
        machine.disk.keepDamage();
        machine.crash(0);
        QVERIFY(machine.start());
        QCOMPARE(machine.engine->stats().damagedFrames, uint64_t(1));
        QCOMPARE(machine.totals().sales, 0.0);
        QVERIFY(machine.commit(7, machine.clock.nowMs(), 0.25));
        for (int round = 0; round < 2; round++) {
            QCOMPARE(machine.totals().sales, 0.25);
            machine.crash(0);
            QVERIFY(machine.start());
        }
    }

    void boundsTheJournal()
    {
        Machine machine;
        QVERIFY(machine.start());
        for (int i = 0; i < 2000; i++) {
            QVERIFY(machine.commit(i % 10, machine.clock.nowMs() + i % 1000, 1));
            if (i % 10 == 0) {
                machine.engine->maintain();
                machine.drainStore();
            }
        }
        QVERIFY(machine.engine->stats().checkpoints > 10);
        QVERIFY(machine.engine->stats().journalBytes <= 8 * machine.options.segmentBytes);
        QVERIFY(machine.disk.files().size() <= 10);
        QCOMPARE(machine.totals().sales, 2000.0);
    }

    void boundsTheHead()
    {
        Machine machine;
        machine.options.segmentBytes = 1 << 20;
        QVERIFY(machine.start());
        for (int i = 0; i < 4000; i++) {
            QVERIFY(machine.commit(i % 700, machine.clock.nowMs() - i * minuteMs, 1));
            QVERIFY(machine.engine->stats().headBytes <= 3 * machine.options.headMaxBytes);
        }
        QCOMPARE(machine.totals().sales, 4000.0);
    }
};

QTEST_GUILESS_MAIN(RecoveryTest)
#include "RecoveryTest.moc"

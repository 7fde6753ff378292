#include "tests/support/AgingHarm.h"
#include "tests/support/LedgerCheck.h"
#include "tests/support/PostgresNode.h"
#include "tests/support/PostgresServer.h"
#include "tests/support/WorkTrace.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QTest>

#include <chrono>
#include <random>
#include <set>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t hourMs = AgingLife::hourMs;
constexpr int64_t dayMs = 24 * hourMs;

/// What the appliance does in the background, in the words of its log, and is killed in.
const QList<QByteArray> phases{"seal",        "window merge", "week merge", "day",     "sample expiry",
                               "hour expiry", "day expiry",   "removal",    "release", "checkpoint"};

} // namespace

/// Done when 3: kill -9 in the midst of flush, compaction, rollup and retention, over weeks of a test's
/// clock. What is stored at each resolution stays equal to a fresh computation from what was acknowledged.
class KillPhasesTest : public QObject
{
    Q_OBJECT

    PostgresServer m_server;
    std::mt19937 m_random{std::random_device{}()};

    /// What the next kill is meant to hit: often what was hit least.
    QByteArray nextWork(const AgingLife &life)
    {
        if (m_random() % 2)
            return phases[m_random() % phases.size()];
        return *std::ranges::min_element(phases, {},
                                         [&](const QByteArray &one) { return life.killedIn.value(one); });
    }

    /// Lets a part of a day go by under load, hour by hour, and then kills the appliance as soon as it is at
    /// a certain work, or a little later; where it does not get to that before the day is over, in any case.
    void killIn(AgingLife &life, const QByteArray &work)
    {
        WorkTrace trace(life.tracePath());
        life.load.run(life.appliance.port());
        const int firstHour = int(m_random() % 12);
        for (int hour = 0; hour < 20; hour += 2) {
            life.clock.advance(2 * hourMs);
            if (hour >= firstHour ? waitFor(trace, work) : waitFor(trace, "nothing else"))
                break;
        }
        std::this_thread::sleep_for(std::chrono::microseconds(m_random() % 2 ? m_random() % 1500 : 0));
        life.appliance.kill();
        life.load.pause();
        trace.read();
        for (const QByteArray &one : trace.running())
            life.killedIn[one]++;
        for (auto it = trace.begun().begin(); it != trace.begun().end(); ++it)
            life.begun[it.key()] += it.value();
        life.others += trace.others();
        life.rounds++;
    }

    /// True once that work has begun; false where nothing more is due at this hour.
    static bool waitFor(WorkTrace &trace, const QByteArray &work)
    {
        const int rests = trace.rests();
        for (QDeadlineTimer deadline(1000); !deadline.hasExpired() && trace.rests() == rests;) {
            trace.read();
            if (trace.runs(work))
                return true;
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        return false;
    }

    /// Gets acknowledged what was under way, so that the ledger says all that may be stored.
    static bool settle(AgingLife &life)
    {
        const bool done = life.start() && life.load.settle(life.appliance.port());
        life.appliance.kill();
        return done;
    }

    /// Gets so much acknowledged within one hour that what is sealed of it has series of every kind, however
    /// slow the machine was before.
    static bool fill(AgingLife &life)
    {
        const int64_t enough = life.load.acknowledged() + 100;
        if (!life.start())
            return false;
        life.load.run(life.appliance.port());
        const bool done = QTest::qWaitFor([&] { return life.load.acknowledged() >= enough; }, 60'000);
        life.appliance.kill();
        life.load.pause();
        return done;
    }

    /// Lets the upkeep do all that is due some hours later.
    static Status age(AgingLife &life)
    {
        StoredDirectory stored(life.appliance.dataDirectory().toStdString(), life.url, life.clock,
                               life.options());
        if (!stored.isOpen())
            return Error{ErrorCode::Unavailable, stored.why(), {}};
        life.clock.advance(3 * hourMs);
        stored->maintain();
        stored->drain();
        life.clock.advance(hourMs);
        return stored->runUpkeep();
    }

    /// What the directory says after a crash; with the days that must be there once all upkeep is done.
    static LedgerCheck check(const AgingLife &life, bool days)
    {
        StoredDirectory stored(life.appliance.dataDirectory().toStdString(), life.url, life.clock,
                               life.options());
        LedgerCheck check;
        check.different = 1;
        check.differences = {"it does not open: " + stored.why()};
        return stored.isOpen() ? LedgerCheck::of(*stored->openReader(), life.load.ledger(), life.daysFromMs(),
                                                 days ? life.daysUpToMs() : INT64_MIN)
                               : check;
    }

    /// The same by another node on the same database, which has only what is there.
    static LedgerCheck checkByAnother(AgingLife &life)
    {
        EngineOptions options = life.options();
        options.windowMs = hourMs;
        PostgresNode other(life.url, options);
        LedgerCheck check;
        QDeadlineTimer deadline(10'000);
        do {
            QTest::qWait(50);
            check = LedgerCheck::of(*other.source().openReader(), life.load.ledger(), life.daysFromMs(),
                                    life.daysUpToMs());
        } while (!check.none() && !deadline.hasExpired());
        return check;
    }

    static void report(const AgingLife &life, const LedgerCheck &check)
    {
        QByteArray phasesText;
        for (const QByteArray &phase : phases)
            phasesText += "\n  " + phase + ": killed in " + QByteArray::number(life.killedIn.value(phase)) +
                          " of " + QByteArray::number(life.begun.value(phase));
        qInfo(
            "%d rounds over %lld days, %lld batches, %llu samples acknowledged; compared %llu samples, %llu "
            "hours (%llu without samples), %llu days: %llu differences%s",
            life.rounds, (long long)((life.clock.nowMs() - AgingLife::startMs) / dayMs),
            (long long)life.load.acknowledged(), (unsigned long long)life.load.ledger().size(),
            (unsigned long long)check.samples, (unsigned long long)check.hours,
            (unsigned long long)check.lateHours, (unsigned long long)check.days,
            (unsigned long long)check.different, phasesText.constData());
    }

    static int rounds()
    {
        const int asked = qEnvironmentVariableIntValue("PLIMSOLL_KILL_ROUNDS");
        return asked > 0 ? asked : 10;
    }

private Q_SLOTS:
    void totalsStayEqual_data()
    {
        QTest::addColumn<bool>("postgres");
        QTest::addRow("SQLite") << false;
        QTest::addRow("PostgreSQL") << true;
    }

    void totalsStayEqual()
    {
        QFETCH(bool, postgres);
        if (const char *why = PostgresServer::whyNot(); postgres && why)
            QSKIP(why);
        QVERIFY2(!postgres || m_server.isRunning() || m_server.start(), m_server.output());
        AgingLife life;
        life.url = postgres ? m_server.newUrl() : std::string();
        for (int round = 0; round < rounds(); round++) {
            QVERIFY2(life.start(), life.appliance.output());
            killIn(life, nextWork(life));
            QCOMPARE(life.load.refusal(), std::string());
            if (round % 12 == 11) {
                QVERIFY(settle(life));
                const LedgerCheck found = check(life, false);
                QVERIFY2(found.none(), (std::to_string(round) + ": " + found.text()).c_str());
            }
        }
        QVERIFY(settle(life));
        const Status aged = age(life);
        QVERIFY2(aged, aged ? "" : aged.error().message.c_str());
        const LedgerCheck found = check(life, true);
        report(life, found);
        QVERIFY2(found.none(), found.text().c_str());
        for (const char *phase : {"seal", "window merge", "day", "sample expiry", "removal"})
            QVERIFY2(life.begun.value(phase) > 0, phase);
        QVERIFY(found.samples > 0 && found.lateHours > 0 && found.days > 0);
        for (const QByteArray &phase : phases) {
            QVERIFY2(rounds() < 100 || life.killedIn.value(phase) > 0, phase);
        }
        if (postgres) {
            QVERIFY(life.start() && life.appliance.stop()); // what only its journal had is shipped
            const LedgerCheck other = checkByAnother(life);
            QVERIFY2(other.none(), other.text().c_str());
            QVERIFY(other.hours == found.hours && other.days == found.days);
        }
    }

    /// What goes wrong at one resolution only is found, on either backend.
    void negativeControls_data() { totalsStayEqual_data(); }

    void negativeControls()
    {
        QFETCH(bool, postgres);
        if (const char *why = PostgresServer::whyNot(); postgres && why)
            QSKIP(why);
        QVERIFY2(!postgres || m_server.isRunning() || m_server.start(), m_server.output());
        AgingLife life;
        life.url = postgres ? m_server.newUrl() : std::string();
        for (int round = 0; round < 3; round++) {
            QVERIFY2(life.start(), life.appliance.output());
            killIn(life, "nothing that it does");
        }
        QVERIFY(fill(life));
        QVERIFY(settle(life));
        QVERIFY(age(life));
        const LedgerCheck good = check(life, true);
        QVERIFY2(good.none() && good.lateHours > 0 && good.days > 0, good.text().c_str());

        std::set<std::string> known;
        const auto found = [&](bool (*harm)(AgingLife &), const char *asWhat) {
            const bool done = harm(life);
            const LedgerCheck after = check(life, true);
            const auto isNew = [&](const std::string &difference) {
                return difference.find(asWhat) != std::string::npos && !known.contains(difference);
            };
            const auto shown = std::ranges::find_if(after.differences, isNew);
            qInfo("%llu differences, such as: %s", (unsigned long long)after.different,
                  shown == after.differences.end() ? "none" : shown->c_str());
            const bool seen = done && shown != after.differences.end();
            known.insert(after.differences.begin(), after.differences.end());
            return seen;
        };
        QVERIFY(found(addUnknown, "was never sent"));
        QVERIFY(found(doubleSamples, " is "));
        QVERIFY(found(dropSamples, "is lost"));
        QVERIFY(found(dropHours, " hours, not "));
        QVERIFY(found(changeDay, ": max "));
    }
};

QTEST_GUILESS_MAIN(KillPhasesTest)
#include "KillPhasesTest.moc"

#include "alerts/checks/HeartbeatState.h"

#include <QJsonDocument>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t startMs = 1'767'700'800'000; ///< Tuesday, 2026-01-06 12:00 UTC

/// A job and an appliance that live through a text: "MINUTE:WHAT …". What: `ok`, `start`, `fail`, `exit3`
/// come from the job, with `/RUN` behind it for a run of its own; `off` and `on` are the appliance's; `?`
/// asks.
class Scenario
{
public:
    Scenario(const HeartbeatPlan &plan, int64_t maxRunMs)
        : m_plan(plan)
        , m_maxRunMs(maxRunMs)
    {
    }

    /// The answers: "new", "ok", "late", "down", each with the minute at which it is due next.
    QString live(const QString &text)
    {
        QStringList answers;
        for (const QString &step : text.split(' ', Qt::SkipEmptyParts)) {
            const QString what = step.section(':', 1);
            const int64_t atMs = startMs + int64_t(step.section(':', 0, 0).toDouble() * minute);
            if (what == "off")
                m_on.add({m_onSinceMs, atMs});
            else if (what == "on")
                m_onSinceMs = atMs;
            else if (what == "?")
                answers << answer(atMs);
            else
                ping(what, atMs);
        }
        return answers.join(", ");
    }

private:
    void ping(const QString &what, int64_t atMs)
    {
        Ping ping;
        ping.atMs = atMs;
        ping.run = what.section('/', 1).toStdString();
        const QString word = what.section('/', 0, 0);
        if (word == "start")
            ping.kind = Ping::Kind::Start;
        else if (word != "ok")
            ping.kind = Ping::Kind::Failure;
        if (word.startsWith("exit"))
            ping.exitCode = word.mid(4).toInt();
        m_state.take(ping);
        // What is written and read back is the same.
        m_state = HeartbeatState::fromJson(m_state.toJson());
    }

    QString answer(int64_t atMs) const
    {
        Spans watched = m_on;
        watched.add({m_onSinceMs, atMs});
        const HeartbeatVerdict verdict = judge(m_state, m_plan, m_maxRunMs, watched, atMs);
        if (!verdict.known)
            return "new";
        return QString("%1 %2")
            .arg(QLatin1String(verdict.failed ? "down"
                               : verdict.late ? "late"
                                              : "ok"))
            .arg((*verdict.dueMs - startMs) / minute);
    }

    const HeartbeatPlan &m_plan;
    int64_t m_maxRunMs;
    HeartbeatState m_state;
    Spans m_on;
    int64_t m_onSinceMs = startMs - 24 * 60 * minute;
};

} // namespace

class HeartbeatStateTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void livesThrough_data();
    void livesThrough();
    void refusesPlans();
    void keepsTheEndOfTheOutput();
    void staysBounded();
    void saysWhatIsWrong();
};

void HeartbeatStateTest::livesThrough_data()
{
    QTest::addColumn<QString>("schedule");
    QTest::addColumn<int>("grace");  ///< minutes
    QTest::addColumn<int>("maxRun"); ///< minutes
    QTest::addColumn<QString>("story");
    QTest::addColumn<QString>("answers");

    const auto row = [](const char *name, const char *schedule, int grace, const char *story,
                        const char *answers, int maxRun = 0) {
        QTest::newRow(name) << schedule << grace << maxRun << story << answers;
    };

    row("before the first ping", "10m", 5, "0:? 1000:?", "new, new");
    row("in time", "10m", 5, "0:ok 5:? 10:?", "ok 10, ok 10");
    row("late, then down", "10m", 5, "0:ok 11:? 15:? 15.1:?", "late 10, late 10, down 10");
    row("down until it reports", "10m", 5, "0:ok 30:? 31:ok 32:?", "down 10, ok 41");
    row("a failure is down at once", "10m", 5, "0:ok 1:fail 1:? 2:ok 2:?", "down 11, ok 12");
    row("an exit code", "10m", 5, "0:exit3 0:? 1:start 1:? 2:ok 2:?", "down 10, down 11, ok 12");
    row("a start is a sign of life", "10m", 5, "0:ok 10:start 16:? 20:? 25.1:?", "ok 20, ok 20, down 20");
    row("starts that never end", "10m", 5, "0:start 10:start 10:? 11:ok 11:?", "down 20, ok 21");
    row("runs that overlap", "10m", 5, "0:start/a 10:start/b 11:ok/a 12:ok/b 12:?", "ok 22");
    row("runs too long", "1h", 5, "0:start 29:? 31:? 32:ok 32:?", "ok 60, down 60, ok 92", 30);

    // Every day at 13:00 UTC, an hour after the start.
    row("cron: in time", "0 13 * * *", 5, "61:ok 62:? 1499:? 1502:? 1506:?",
        "ok 1500, ok 1500, late 1500, down 1500");
    row("cron: a little early counts", "0 13 * * *", 5, "59.5:ok 70:?", "ok 1500");
    row("cron: too early does not", "0 13 * * *", 5, "50:ok 61:? 66:?", "late 60, down 60");
    row("cron: each minute has little tolerance", "* * * * *", 1, "0.5:ok 1.2:? 2.1:?", "late 1, down 1");
    row("cron: down for days", "0 13 * * *", 5, "61:ok 4500:? 4501:ok 4502:?", "down 1500, ok 5820");

    // Nobody listened.
    row("off when it was due", "0 13 * * *", 5, "0:ok 55:off 70:on 71:? 1499:? 1506:?",
        "ok 1500, ok 1500, down 1500");
    row("off for a moment in the grace", "0 13 * * *", 5, "0:ok 62:off 63:on 66:?", "ok 1500");
    row("off before it was due changes nothing", "0 13 * * *", 5, "0:ok 30:off 50:on 66:?", "down 60");
    row("off after the grace changes nothing", "0 13 * * *", 5, "0:ok 66:? 70:off 80:on 81:?",
        "down 60, down 60");
    row("off for days", "0 13 * * *", 5, "0:ok 30:off 10000:on 10001:? 10146:?", "ok 10140, down 10140");
    row("off again each time", "0 13 * * *", 5, "0:ok 59:off 61:on 1499:off 1501:on 1600:? 2946:?",
        "ok 2940, down 2940");
    row("a period begins anew after a gap", "10m", 5, "0:ok 9:off 40:on 41:? 55:? 55.1:?",
        "ok 50, late 50, down 50");
    row("a period with a gap that it outlives", "1d", 5, "0:ok 60:off 61:on 1446:?", "down 1440");
    row("a run that nobody saw end", "1h", 5, "0:start 10:off 12:on 31:?", "ok 60", 30);
}

void HeartbeatStateTest::livesThrough()
{
    QFETCH(QString, schedule);
    QFETCH(int, grace);
    QFETCH(int, maxRun);
    QFETCH(QString, story);
    QFETCH(QString, answers);
    const auto plan = HeartbeatPlan::make(schedule.toStdString(), "UTC", 0, grace * minute);
    QVERIFY(plan);
    QCOMPARE(Scenario(*plan, maxRun * minute).live(story), answers);
}

void HeartbeatStateTest::refusesPlans()
{
    QVERIFY(HeartbeatPlan::make("", "UTC", 60'000, 0));
    QVERIFY(!HeartbeatPlan::make("", "UTC", 0, 0));
    QVERIFY(!HeartbeatPlan::make("5s", "UTC", 0, 0));
    QVERIFY(!HeartbeatPlan::make("2y", "UTC", 0, 0));
    QVERIFY(!HeartbeatPlan::make("0 25 * * *", "UTC", 0, 0));
    QVERIFY(!HeartbeatPlan::make("0 3 * * *", "Mars/Base", 0, 0));
    QVERIFY(!HeartbeatPlan::make("soon", "UTC", 0, 0));
}

void HeartbeatStateTest::keepsTheEndOfTheOutput()
{
    HeartbeatState state;
    Ping ping;
    ping.atMs = startMs;
    ping.output = std::string(20'000, 'x') + "the end";
    state.take(ping);
    QCOMPARE(state.output().size(), HeartbeatState::maxOutputBytes);
    QVERIFY(state.output().ends_with("the end"));
    // Cut between characters.
    ping.output = "a";
    for (int i = 0; i < 6'000; i++)
        ping.output += "ä";
    state.take(ping);
    QCOMPARE(state.output().size(), HeartbeatState::maxOutputBytes);
    ping.output += "b";
    state.take(ping);
    QCOMPARE(state.output().size(), HeartbeatState::maxOutputBytes - 1);
    // A ping without output leaves that of the one before.
    ping.output.clear();
    state.take(ping);
    QVERIFY(state.output().ends_with("äb"));
    QCOMPARE(HeartbeatState::fromJson(state.toJson()).output(), state.output());
}

void HeartbeatStateTest::staysBounded()
{
    HeartbeatState state;
    for (int i = 0; i < 1000; i++) {
        Ping ping;
        ping.kind = i % 2 ? Ping::Kind::Start : Ping::Kind::Success;
        ping.atMs = startMs + i * minute;
        ping.run = "run" + std::to_string(i);
        state.take(ping);
    }
    QCOMPARE(state.pings().size(), HeartbeatState::maxPings);
    QVERIFY(QJsonDocument(state.toJson()).toJson().size() < 40'000);
    QCOMPARE(HeartbeatState::fromJson(state.toJson()).toJson(), state.toJson());
    QVERIFY(!HeartbeatState::fromJson({{"pings", "x"}, {"last_end", 3}}).lastSignMs());
}

void HeartbeatStateTest::saysWhatIsWrong()
{
    const auto plan = HeartbeatPlan::make("0 13 * * *", "Europe/Berlin", 0, 5 * minute);
    HeartbeatState state;
    Ping ping;
    ping.atMs = startMs;
    state.take(ping);
    const Spans always{{0, startMs * 2}};
    const int64_t later = startMs + 24 * 60 * minute;
    QCOMPARE(judge(state, *plan, 0, always, later + 6 * minute).message,
             std::string("It should have reported at 7 Jan, 13:00; the last time was 6 Jan, 13:00."));
    QCOMPARE(judge(state, *plan, 0, always, later + 3 * minute).message,
             std::string("3m late, 2m of grace left."));
    ping.kind = Ping::Kind::Failure;
    ping.exitCode = 3;
    state.take(ping);
    QCOMPARE(judge(state, *plan, 0, always, startMs).message, std::string("It ended with exit code 3."));
}

QTEST_GUILESS_MAIN(HeartbeatStateTest)
#include "HeartbeatStateTest.moc"

#include "alerts/checks/CheckMachine.h"

#include <QTest>

using namespace plimsoll::alerts;

namespace {

constexpr int64_t stepMs = 15'000;

CheckMachine::Settings settings(int retries) { return {retries, 60'000}; }

Outcome outcomeOf(QChar letter)
{
    return letter == 'o' ? Outcome::Ok : letter == 'd' ? Outcome::Degraded : Outcome::Failed;
}

QChar letterOf(CheckState state)
{
    switch (state) {
    case CheckState::Ok:
        return 'O';
    case CheckState::Degraded:
        return 'D';
    case CheckState::Down:
        return 'X';
    default:
        return '?';
    }
}

/// The state after each outcome; `-` lets time pass that nobody watched.
QString run(CheckMachine &machine, const QString &outcomes, int64_t &nowMs)
{
    QString states;
    for (const QChar letter : outcomes) {
        if (letter == '-') {
            nowMs += 61'000;
            continue;
        }
        nowMs += stepMs;
        machine.advance(nowMs, outcomeOf(letter));
        states.append(letterOf(machine.state()));
    }
    return states;
}

} // namespace

class CheckMachineTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void truthTable_data();
    void truthTable();
    void survivesARestartAnywhere_data() { truthTable_data(); }
    void survivesARestartAnywhere();
    void saysSinceWhen();
    void saysEachChangeOnce();
    void clockThatGoesBackCountsAnew();
    void anotherDefinitionForgetsWhatWasCounted();
    void confirmsOnlyWhatIsNotSettled();
};

void CheckMachineTest::truthTable_data()
{
    QTest::addColumn<int>("retries");
    QTest::addColumn<QString>("outcomes");
    QTest::addColumn<QString>("states");
    QTest::newRow("good from the start") << 2 << "ooo"
                                         << "OOO";
    QTest::newRow("bad from the start") << 2 << "fff"
                                        << "??X";
    QTest::newRow("bad from the start without retries") << 0 << "f"
                                                        << "X";
    QTest::newRow("slow from the start") << 1 << "dd"
                                         << "?D";
    QTest::newRow("red after the retries") << 2 << "offfo"
                                           << "OOOXO";
    QTest::newRow("a blip is no change") << 2 << "offoffo"
                                         << "OOOOOOO";
    QTest::newRow("no retries") << 0 << "ofo"
                                << "OXO";
    QTest::newRow("yellow after the retries") << 2 << "odddo"
                                              << "OOODO";
    QTest::newRow("a slow blip is no change") << 2 << "oddoddo"
                                              << "OOOOOOO";
    QTest::newRow("slow and failed together are yellow") << 2 << "ofdf"
                                                         << "OOOD";
    QTest::newRow("yellow turns red") << 1 << "oddff"
                                      << "OODDX";
    QTest::newRow("one failure leaves yellow") << 1 << "oddfd"
                                               << "OODDD";
    QTest::newRow("red turns yellow at once") << 2 << "offfd"
                                              << "OOOXD";
    QTest::newRow("red after yellow needs its retries") << 1 << "offdff"
                                                        << "OOXDDX";
    QTest::newRow("red stays red") << 0 << "offf"
                                   << "OXXX";
    QTest::newRow("green at the first good one") << 3 << "offffo"
                                                 << "OOOOXO";
    QTest::newRow("a pause parts a run of failures") << 2 << "off-ff"
                                                     << "OOOOO";
    QTest::newRow("and then counts on") << 2 << "off-fff"
                                        << "OOOOOX";
    QTest::newRow("red stays red over a pause") << 1 << "off-f"
                                                << "OOXX";
    QTest::newRow("yellow stays yellow over a pause") << 1 << "odd-d"
                                                      << "OODD";
    QTest::newRow("green after a pause") << 1 << "off-o"
                                         << "OOXO";
}

void CheckMachineTest::truthTable()
{
    QFETCH(int, retries);
    QFETCH(QString, outcomes);
    QFETCH(QString, states);
    CheckMachine machine(settings(retries));
    int64_t nowMs = 1'000'000;
    QCOMPARE(run(machine, outcomes, nowMs), states);
}

void CheckMachineTest::survivesARestartAnywhere()
{
    QFETCH(int, retries);
    QFETCH(QString, outcomes);
    QFETCH(QString, states);
    for (qsizetype cut = 0; cut <= outcomes.size(); cut++) {
        CheckMachine before(settings(retries));
        int64_t nowMs = 1'000'000;
        QString found = run(before, outcomes.left(cut), nowMs);
        CheckMachine after(settings(retries));
        after.restore(before.toJson());
        QCOMPARE(after.toJson(), before.toJson());
        found += run(after, outcomes.mid(cut), nowMs);
        QCOMPARE(found, states);
    }
}

void CheckMachineTest::saysSinceWhen()
{
    CheckMachine machine(settings(2));
    int64_t nowMs = 0;
    run(machine, "o", nowMs);
    const int64_t firstBadMs = nowMs + stepMs;
    run(machine, "ff", nowMs);
    QCOMPARE(machine.troubledSinceMs(), std::optional(firstBadMs));
    const auto change = machine.advance(nowMs + stepMs, Outcome::Failed);
    QVERIFY(change);
    QCOMPARE(change->sinceMs, firstBadMs);
    QCOMPARE(change->atMs, firstBadMs + 2 * stepMs);
    QCOMPARE(machine.sinceMs(), firstBadMs);
    const auto back = machine.advance(nowMs + 2 * stepMs, Outcome::Ok);
    QVERIFY(back);
    QCOMPARE(back->sinceMs, nowMs + 2 * stepMs);
    QVERIFY(!machine.troubledSinceMs());
}

void CheckMachineTest::saysEachChangeOnce()
{
    CheckMachine machine(settings(0));
    QVERIFY(machine.advance(1000, Outcome::Ok));
    QVERIFY(!machine.advance(2000, Outcome::Ok));
    const auto down = machine.advance(3000, Outcome::Failed);
    QVERIFY(down && down->from == CheckState::Ok && down->to == CheckState::Down);
    QVERIFY(!machine.advance(4000, Outcome::Failed));
    QCOMPARE(machine.failures(), 2);
}

void CheckMachineTest::clockThatGoesBackCountsAnew()
{
    CheckMachine machine(settings(1));
    machine.advance(10'000'000, Outcome::Ok);
    machine.advance(10'015'000, Outcome::Failed);
    QVERIFY(!machine.advance(6'415'000, Outcome::Failed));
    QCOMPARE(machine.state(), CheckState::Ok);
    QVERIFY(machine.advance(6'430'000, Outcome::Failed));
}

void CheckMachineTest::anotherDefinitionForgetsWhatWasCounted()
{
    CheckMachine machine(settings(1));
    machine.advance(1000, Outcome::Ok);
    machine.advance(2000, Outcome::Failed);
    machine.setSettings(settings(1));
    QCOMPARE(machine.state(), CheckState::Ok);
    QVERIFY(!machine.advance(3000, Outcome::Failed));
}

void CheckMachineTest::confirmsOnlyWhatIsNotSettled()
{
    CheckMachine machine(settings(1));
    machine.advance(1000, Outcome::Ok);
    QVERIFY(!machine.confirming());
    machine.advance(2000, Outcome::Degraded);
    QVERIFY(machine.confirming());
    machine.advance(3000, Outcome::Degraded);
    QVERIFY(!machine.confirming());
    machine.advance(4000, Outcome::Failed);
    QVERIFY(machine.confirming());
    machine.advance(5000, Outcome::Failed);
    QVERIFY(!machine.confirming());
    machine.advance(6000, Outcome::Failed);
    QVERIFY(!machine.confirming());
}

QTEST_GUILESS_MAIN(CheckMachineTest)
#include "CheckMachineTest.moc"

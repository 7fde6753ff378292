#include "alerts/RuleStateMachine.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t second = 1000;
constexpr int64_t minute = 60 * second;
constexpr int64_t startMs = 1'767'700'800'000;
const Labels hostA{{"host", "a"}};
const Labels hostB{{"host", "b"}};

RuleTiming timing(int64_t forMs, Worse direction = Worse::Higher)
{
    RuleTiming timing;
    timing.levels = {{forMs, direction}};
    return timing;
}

Observation above(const Labels &labels, double value = 95) { return {labels, value, true}; }
Observation below(const Labels &labels, double value = 10) { return {labels, value, false}; }

/// Transitions as text: "pending a", "cleared a", "fired a", "resolved a", with "!" where the series
/// disappeared.
QString say(const std::vector<Transition> &transitions)
{
    static const char *const words[] = {"pending", "cleared", "fired", "level", "resolved"};
    QStringList said;
    for (const Transition &transition : transitions)
        said << QString("%1 %2%3").arg(
            QLatin1String(words[size_t(transition.kind)]),
            QString::fromStdString(std::string(transition.instance.labels.value("host"))),
            transition.why == Transition::Why::Disappeared ? "!" : "");
    return said.join(", ");
}

} // namespace

class RuleStateMachineTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void followsTheTable_data()
    {
        QTest::addColumn<int>("forSeconds");
        QTest::addColumn<QString>(
            "steps"); ///< "seconds:state", state + above, - below, . missing, for host a
        QTest::addColumn<QString>("expected");

        QTest::newRow("never above") << 30 << "0:- 15:- 30:-"
                                     << "";
        QTest::newRow("for 0s fires at once") << 0 << "0:+"
                                              << "0 fired a";
        QTest::newRow("for 0s and below") << 0 << "0:+ 15:-"
                                          << "0 fired a; 15 resolved a";
        QTest::newRow("pending, then fires") << 30 << "0:+ 15:+ 30:+"
                                             << "0 pending a; 30 fired a";
        QTest::newRow("fires once") << 30 << "0:+ 15:+ 30:+ 45:+ 60:+"
                                    << "0 pending a; 30 fired a";
        QTest::newRow("clears while pending") << 30 << "0:+ 15:- 30:+ 45:+"
                                              << "0 pending a; 15 cleared a; 30 pending a";
        QTest::newRow("a wobble starts over") << 30 << "0:+ 15:- 30:+ 45:+ 60:+"
                                              << "0 pending a; 15 cleared a; 30 pending a; 60 fired a";
        QTest::newRow("resolves") << 15 << "0:+ 15:+ 30:-"
                                  << "0 pending a; 15 fired a; 30 resolved a";
        QTest::newRow("fires again") << 0 << "0:+ 15:- 30:+"
                                     << "0 fired a; 15 resolved a; 30 fired a";
        QTest::newRow("disappears while firing") << 0 << "0:+ 15:."
                                                 << "0 fired a; 15 resolved a!";
        QTest::newRow("disappears while pending") << 30 << "0:+ 15:."
                                                  << "0 pending a; 15 cleared a!";
        QTest::newRow("same instant twice") << 30 << "0:+ 0:+ 30:+"
                                            << "0 pending a; 30 fired a";
        QTest::newRow("a little back is no jump") << 30 << "10:+ 0:+ 15:+ 40:+"
                                                  << "10 pending a; 40 fired a";
        QTest::newRow("a missed tick is no gap") << 60 << "0:+ 45:+ 60:+"
                                                 << "0 pending a; 60 fired a";
        QTest::newRow("a pause does not count towards for") << 60 << "0:+ 15:+ 3615:+ 3630:+ 3645:+"
                                                            << "0 pending a; 3645 fired a";
        QTest::newRow("the clock jumps an hour ahead while firing") << 0 << "0:+ 3600:+ 3615:-"
                                                                    << "0 fired a; 3615 resolved a";
        QTest::newRow("the clock jumps an hour back while pending") << 30 << "7200:+ 7215:+ 3615:+ 3630:+"
                                                                    << "7200 pending a; 3615 fired a";
        QTest::newRow("the clock jumps an hour back while firing") << 0 << "7200:+ 3600:+ 3615:-"
                                                                   << "7200 fired a; 3615 resolved a";
        QTest::newRow("missing after a pause is waited for") << 0 << "0:+ 3600:. 3615:. 3630:+"
                                                             << "0 fired a";
        QTest::newRow("missing for long after a pause resolves")
            << 0 << "0:+ 3600:. 3615:. 3630:. 3645:. 3660:. 3675:. 3690:."
            << "0 fired a; 3690 resolved a!";
        QTest::newRow("below after a pause resolves at once") << 0 << "0:+ 3600:-"
                                                              << "0 fired a; 3600 resolved a";
    }

    void followsTheTable()
    {
        QFETCH(int, forSeconds);
        QFETCH(QString, steps);
        QFETCH(QString, expected);
        RuleStateMachine machine(timing(forSeconds * second));
        QStringList said;
        for (const QString &step : steps.split(' ')) {
            const qint64 atSeconds = step.section(':', 0, 0).toLongLong();
            std::vector<Observation> observations;
            if (step.endsWith('+'))
                observations.push_back(above(hostA));
            else if (step.endsWith('-'))
                observations.push_back(below(hostA));
            const QString transitions = say(machine.advance(startMs + atSeconds * second, observations));
            if (!transitions.isEmpty())
                said << QString("%1 %2").arg(atSeconds).arg(transitions);
        }
        QCOMPARE(said.join("; "), expected);
    }

    void followsEveryLabelSetByItself()
    {
        RuleStateMachine machine(timing(30 * second));
        QCOMPARE(say(machine.advance(startMs, std::vector{above(hostA), below(hostB)})), "pending a");
        QCOMPARE(say(machine.advance(startMs + 15 * second, std::vector{above(hostA), above(hostB)})),
                 "pending b");
        QCOMPARE(say(machine.advance(startMs + 30 * second, std::vector{above(hostA), above(hostB)})),
                 "fired a");
        QCOMPARE(say(machine.advance(startMs + 45 * second, std::vector{above(hostB)})),
                 "resolved a!, fired b");
    }

    void keepsThePeak()
    {
        RuleStateMachine machine(timing(0));
        machine.advance(startMs, std::vector{above(hostA, 91)});
        machine.advance(startMs + 15 * second, std::vector{above(hostA, 99)});
        machine.advance(startMs + 30 * second, std::vector{above(hostA, 92)});
        const auto transitions = machine.advance(startMs + 45 * second, std::vector{below(hostA, 3)});
        QCOMPARE(transitions.size(), size_t(1));
        QCOMPARE(transitions.front().instance.peak, 99.0);
        QCOMPARE(transitions.front().instance.value, 3.0);
    }

    void lowerIsWorseForBelow()
    {
        RuleStateMachine machine(timing(0, Worse::Lower));
        machine.advance(startMs, std::vector{above(hostA, 5)});
        machine.advance(startMs + 15 * second, std::vector{above(hostA, 2)});
        machine.advance(startMs + 30 * second, std::vector{above(hostA, 4)});
        QCOMPARE(machine.instances().begin()->second.peak, 2.0);
    }

    void goesOnAfterARestart()
    {
        RuleStateMachine before(timing(60 * second));
        before.advance(startMs, std::vector{above(hostA)});
        before.advance(startMs + 30 * second, std::vector{above(hostA)});

        std::vector<AlertInstance> kept;
        for (const auto &[key, instance] : before.instances())
            kept.push_back(instance);
        RuleStateMachine after(timing(60 * second));
        after.restore(kept, *before.lastMs());
        QCOMPARE(say(after.advance(startMs + 45 * second, std::vector{above(hostA)})), "");
        QCOMPARE(say(after.advance(startMs + 60 * second, std::vector{above(hostA)})), "fired a");
    }

    void aFiringOneDoesNotFireAgainAfterARestart()
    {
        RuleStateMachine machine(timing(60 * second));
        machine.restore({{hostA, true, startMs, startMs + minute, 95, 99}}, startMs + 5 * minute);
        QCOMPARE(say(machine.advance(startMs + 5 * minute + 15 * second, std::vector{above(hostA)})), "");
        QCOMPARE(say(machine.advance(startMs + 5 * minute + 30 * second, std::vector{below(hostA)})),
                 "resolved a");
    }

    void endsAll()
    {
        RuleStateMachine machine(timing(30 * second));
        machine.advance(startMs, std::vector{above(hostA)});
        machine.advance(startMs + 30 * second, std::vector{above(hostA), above(hostB)});
        QCOMPARE(say(machine.endAll()), "resolved a");
        QVERIFY(machine.instances().empty());
    }

    void forgetsPendingOnly()
    {
        RuleStateMachine machine(timing(30 * second));
        machine.advance(startMs, std::vector{above(hostA)});
        machine.advance(startMs + 30 * second, std::vector{above(hostA), above(hostB)});
        machine.forgetPending();
        QCOMPARE(machine.instances().size(), size_t(1));
        QVERIFY(machine.instances().begin()->second.firing);
    }

    void boundsTheInstances()
    {
        RuleStateMachine machine(timing(0));
        std::vector<Observation> many;
        for (int i = 0; i < 1200; i++)
            many.push_back(above(Labels{{"host", std::to_string(i)}}));
        QCOMPARE(machine.advance(startMs, many).size(), RuleStateMachine::maxInstances);
        QCOMPARE(machine.ignoredInstances(), size_t(200));
    }

    void nanBreachesNothing()
    {
        const double nan = __builtin_nan("");
        QVERIFY(!breaches(nan, Comparison::NotEqual, 5));
        QVERIFY(!breaches(nan, Comparison::Greater, 5));
        QVERIFY(breaches(5, Comparison::GreaterOrEqual, 5));
        QVERIFY(!breaches(5, Comparison::Greater, 5));
        QVERIFY(breaches(4, Comparison::Less, 5));
        QVERIFY(breaches(__builtin_inf(), Comparison::Greater, 5));
    }
};

QTEST_GUILESS_MAIN(RuleStateMachineTest)
#include "RuleStateMachineTest.moc"

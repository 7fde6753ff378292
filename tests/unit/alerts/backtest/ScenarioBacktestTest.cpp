#include "alerts/backtest/Backtest.h"
#include "storage/model/Staleness.h"
#include "tests/support/AlertScenario.h"
#include "tests/support/MemorySeries.h"

#include <QTest>

#include <bit>
#include <set>

using namespace plimsoll;
using namespace plimsoll::alerts;
using test::AlertScenario;
using test::MemorySeries;
using Firing = AlertScenario::Firing;

namespace {

const std::vector<AlertScenario> &scenarios()
{
    static const auto all = AlertScenario::load(QString::fromUtf8(qgetenv("PLIMSOLL_SOURCE_DIR")) +
                                                "/tests/unit/alerts/truth-table.txt");
    return all;
}

/// What was seen, as series: a host that is missing ended before that step.
void fill(MemorySeries &memory, const AlertScenario &scenario)
{
    std::set<std::string> present;
    const auto add = [&memory](const std::string &host, int64_t atMs, double value) {
        memory.add(Labels{{"__name__", "load"}, {"host", host}}, Kind::Gauge, atMs, value);
    };
    for (const AlertScenario::Step &step : scenario.steps) {
        if (step.fails)
            continue;
        for (const auto &[host, value] : step.values)
            add(host, step.atMs, value);
        for (const std::string &host : present) {
            if (!step.values.contains(host))
                add(host, step.atMs, std::bit_cast<double>(staleBits));
        }
        present.clear();
        for (const auto &[host, value] : step.values)
            present.insert(host);
    }
}

/// When it was evaluated; what failed was not. Steps at the interval make one span.
std::vector<WatchedSpan> watchedOf(const AlertScenario &scenario)
{
    std::vector<WatchedSpan> spans;
    for (const AlertScenario::Step &step : scenario.steps) {
        if (step.fails)
            continue;
        const bool goesOn = !spans.empty() && step.atMs % scenario.intervalMs == 0 &&
                            spans.back().toMs + scenario.intervalMs == step.atMs;
        if (goesOn)
            spans.back().toMs = step.atMs;
        else
            spans.push_back({step.atMs, step.atMs});
    }
    return spans;
}

} // namespace

/// The truth table of the state machine through the backtest: the same episodes.
class ScenarioBacktestTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hasTheSameEpisodes_data()
    {
        QTest::addColumn<size_t>("index");
        for (size_t i = 0; i < scenarios().size(); i++)
            QTest::newRow(qPrintable(scenarios()[i].name)) << i;
    }
    void hasTheSameEpisodes()
    {
        QFETCH(size_t, index);
        const AlertScenario &scenario = scenarios()[index];
        MemorySeries memory;
        fill(memory, scenario);
        BacktestQuestion question;
        question.rule = scenario.rule;
        question.intervalMs = scenario.intervalMs;
        question.watched = watchedOf(scenario);
        question.fromMs = question.toMs = scenario.startMs;
        for (const WatchedSpan &span : question.watched) {
            question.fromMs = std::min(question.fromMs, span.fromMs - 1);
            question.toMs = std::max(question.toMs, span.toMs + 1);
        }
        const Result<BacktestAnswer> answer = Backtest(memory).run(question);
        QVERIFY2(answer.ok(), answer ? "" : answer.error().message.c_str());
        std::vector<Firing> firings;
        for (const ReplayedEpisode &episode : answer->episodes)
            firings.push_back({std::string(episode.labels.value("host")), episode.severity, episode.startedMs,
                               episode.endedMs});
        QCOMPARE(describe(firings, scenario.startMs), describe(scenario.firings(), scenario.startMs));
    }

    void thereAreManyOfThem() { QVERIFY(scenarios().size() > 40); }
};

QTEST_GUILESS_MAIN(ScenarioBacktestTest)
#include "ScenarioBacktestTest.moc"

#include "alerts/backtest/TickFeed.h"

#include "storage/model/Staleness.h"
#include "tests/support/ManualClock.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <random>

using namespace plimsoll;
using namespace plimsoll::alerts;
using test::MemorySeries;

namespace {

constexpr int64_t stepMs = 15'000;
constexpr int64_t hourMs = 3'600'000;
constexpr int64_t startMs = 500'000 * hourMs;
constexpr int ticks = 400;

/// A condition whose whole expression is measured.
Condition parsed(const char *expr)
{
    Result<Query> query = Query::parse(expr);
    if (!query)
        qFatal("%s: %s", expr, query.error().message.c_str());
    Condition condition;
    condition.presence = presenceOf(*query);
    condition.measured = std::make_shared<const Query>(std::move(query).value());
    return condition;
}

/// An evaluation as text, its series in order.
std::string say(const Evaluation &evaluation)
{
    if (!evaluation.status)
        return evaluation.status.error().message;
    std::vector<std::string> series;
    for (const Evaluation::Series &one : evaluation.series)
        series.push_back(one.labels.toString() + "=" + QByteArray::number(one.value, 'g', 17).toStdString());
    std::sort(series.begin(), series.end());
    std::string said = series.empty() ? evaluation.dataPresent ? "below" : "nothing" : "";
    for (const std::string &one : series)
        said += one + " ";
    return said;
}

/// Series that come and go, reset, share their labels, and a distribution.
void fill(MemorySeries &memory)
{
    std::mt19937_64 random(7);
    double total = 0;
    for (int i = -60; i < ticks; i++) {
        const int64_t atMs = startMs + i * stepMs + static_cast<int64_t>(random() % 3000);
        for (const char *host : {"a", "b", "c"}) {
            if (random() % 10 == 0)
                continue;
            const bool stale = random() % 40 == 0;
            memory.add({{"__name__", "cpu"}, {"host", host}}, Kind::Gauge, atMs,
                       stale ? std::bit_cast<double>(staleBits) : static_cast<double>(random() % 100));
        }
        total = random() % 50 == 0 ? 0 : total + static_cast<double>(random() % 20);
        memory.add({{"__name__", "requests_total"}, {"host", "a"}}, Kind::Counter, atMs, total);
        memory.add({{"__name__", "sales"}, {"host", "a"}}, Kind::Delta, atMs, 1.25);
        if (i > 100 && i < 150)
            memory.add({{"__name__", "limit"}, {"host", "a"}}, Kind::Gauge, atMs, 30);
        if (i > 200 && i < 210)
            memory.add({{"__name__", "limit"}, {"host", "a"}, {"more", "x"}}, Kind::Gauge, atMs, 30);
        memory.observe({{"__name__", "seconds"}, {"host", "a"}}, atMs,
                       0.1 * static_cast<double>(random() % 9));
    }
}

} // namespace

class TickFeedTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void evaluatesAsTheEvaluatorDoes_data()
    {
        QTest::addColumn<QByteArray>("expr");
        for (const char *expr : {"cpu",
                                 "cpu > 50",
                                 "rate(requests_total[2m])",
                                 "increase(sales[5m])",
                                 "max_over_time(cpu[3m]) - min_over_time(cpu[3m])",
                                 "absent(limit)",
                                 "cpu > on(host) limit",
                                 "cpu > on(host) group_left limit",
                                 "cpu * on(host) group_right limit",
                                 "{__name__=~\"cpu|limit\"}",
                                 "{host=\"a\"}",
                                 "seconds",
                                 "histogram_quantile(0.9, rate(seconds[5m]))",
                                 "topk(1, cpu)",
                                 "scalar(limit)",
                                 "sum(cpu) / count(cpu)",
                                 "cpu offset 3m",
                                 "avg_over_time(cpu[5m:30s])",
                                 "nothing",
                                 "time() % 600"})
            QTest::newRow(expr) << QByteArray(expr);
    }
    void evaluatesAsTheEvaluatorDoes()
    {
        QFETCH(QByteArray, expr);
        MemorySeries memory;
        fill(memory);
        const Condition condition = parsed(expr.constData());
        const test::ManualClock clock;
        Evaluator evaluator(Evaluator::Options{}, memory, clock);
        TickFeed::Options options;
        options.pointsPerSlice = 150;
        TickFeed feed(options, condition, memory);
        int64_t nextMs = startMs;
        std::vector<std::string> differences;
        const Status done =
            feed.each(startMs - 7, startMs + ticks * stepMs - 1, [&](int64_t atMs, const Evaluation &made) {
                if (atMs != nextMs)
                    differences.push_back("a tick at " + std::to_string(atMs - startMs));
                nextMs += stepMs;
                const std::string expected = say(evaluator.evaluate({condition, atMs, false}).result());
                if (say(made) != expected)
                    differences.push_back(std::to_string(atMs - startMs) + ": " + say(made) + "instead of " +
                                          expected);
            });
        // What fails at every instant is given up.
        const bool hopeless = !done && feed.failedTicks() == feed.ticks();
        QVERIFY2(done || hopeless, done ? "" : done.error().message.c_str());
        QVERIFY2(differences.empty(), differences.empty() ? "" : differences.front().c_str());
        QVERIFY(hopeless || nextMs == startMs + ticks * stepMs);
    }

    /// Before raw retention the values come from hours, after it from samples, and the cut is where they
    /// meet.
    void cutsWhereSamplesBegin()
    {
        EngineOptions options;
        options.rawRetentionMs = 48 * hourMs;
        test::TemporaryEngine engine(options);
        const int64_t endMs = startMs + 96 * hourMs;
        for (int64_t fromMs = startMs; fromMs < endMs; fromMs += hourMs) {
            engine.clock.set(fromMs + hourMs);
            std::vector<Sample> samples;
            for (int64_t atMs = fromMs; atMs < fromMs + hourMs; atMs += stepMs)
                samples.push_back({atMs, static_cast<double>(atMs / stepMs % 240)});
            QVERIFY(engine.commit(test::TemporaryEngine::batchOf({{"__name__", "saw"}}, Kind::Gauge, samples))
                        .status.ok());
        }
        for (int round = 0; round < 8; round++) {
            engine->maintain();
            engine->drain();
        }
        const int64_t rawFromMs = engine->stats().samplesFromMs;
        QVERIFY(rawFromMs > startMs + 24 * hourMs && rawFromMs < endMs);
        const Condition condition = parsed("saw");
        TickFeed feed({}, condition, engine.engine());
        int wrong = 0;
        uint64_t seen = 0;
        const Status done = feed.each(startMs + hourMs, endMs - 1, [&](int64_t atMs, const Evaluation &made) {
            seen += made.series.size();
            const bool exact =
                made.series.size() == 1 && made.series[0].value == static_cast<double>(atMs / stepMs % 240);
            if (atMs > rawFromMs + 5 * 60'000 && !exact)
                wrong++;
        });
        QVERIFY2(done, done ? "" : done.error().message.c_str());
        QCOMPARE(wrong, 0);
        QCOMPARE(seen, uint64_t(95 * 240));
        QVERIFY(feed.rollupsUntilMs().has_value());
        QVERIFY(std::abs(*feed.rollupsUntilMs() - rawFromMs) <= 5 * 60'000 + stepMs);
    }

    void stopsWhenNobodyWants()
    {
        MemorySeries memory;
        fill(memory);
        const Condition condition = parsed("cpu");
        TickFeed::Options options;
        options.pointsPerSlice = 1;
        TickFeed feed(options, condition, memory);
        int visits = 0;
        const Status done = feed.each(
            startMs, startMs + 30 * 24 * hourMs, [&](int64_t, const Evaluation &) { visits++; },
            [](int64_t) { return false; });
        QVERIFY(!done && done.error().code == ErrorCode::Cancelled);
        QVERIFY(visits > 0 && visits < 1000);

        const std::atomic<bool> cancelled = true;
        TickFeed other(options, condition, memory, &cancelled);
        const Status stopped = other.each(startMs, startMs + hourMs, [](int64_t, const Evaluation &) {});
        QVERIFY(!stopped && stopped.error().code == ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TickFeedTest)
#include "TickFeedTest.moc"

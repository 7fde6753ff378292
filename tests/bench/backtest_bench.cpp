// How long the backtest of one rule takes over a month in an engine, without HTTP.
//
//     backtest_bench [days] [series] [runs]
//
// A sample in 15 s of so many series (1 unless told otherwise) over so many days (30), rules evaluated every
// 15 s; the first run reads from a database that nobody has read yet.

#include "alerts/backtest/Backtest.h"
#include "tests/support/TemporaryEngine.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t stepMs = 15'000;
constexpr int64_t dayMs = 86'400'000;
constexpr int64_t startMs = 20'000 * dayMs;

void load(test::TemporaryEngine &engine, int days, int series)
{
    std::mt19937_64 random(1);
    std::vector<double> values(static_cast<size_t>(series), 50);
    std::vector<double> counts(static_cast<size_t>(series), 0);
    const int64_t endMs = startMs + days * dayMs;
    for (int64_t fromMs = startMs; fromMs < endMs; fromMs += dayMs / 24) {
        engine.clock.set(fromMs + dayMs / 24);
        Batch batch;
        for (uint32_t number = 0; number < values.size(); number++) {
            const std::string host = "host_" + std::to_string(number);
            const uint32_t gauge = static_cast<uint32_t>(batch.series.size());
            batch.series.push_back(
                {Labels{{"__name__", "cpu"}, {"host", host}}.key(), Kind::Gauge, false, 0});
            batch.series.push_back(
                {Labels{{"__name__", "requests_total"}, {"host", host}}.key(), Kind::Counter, false, 0});
            for (int64_t atMs = fromMs; atMs < fromMs + dayMs / 24; atMs += stepMs) {
                double &value = values[number];
                value = std::clamp(value + static_cast<double>(random() % 7) - 3, 0.0, 100.0);
                batch.floats.push_back({gauge, atMs, value, batch.itemCount++});
                batch.floats.push_back({gauge + 1, atMs, counts[number] += value, batch.itemCount++});
            }
        }
        if (const Status done = engine.commit(std::move(batch)).status; !done)
            std::printf("%s\n", done.error().message.c_str());
    }
}

void measure(test::TemporaryEngine &engine, const char *expr, double threshold, const char *forText, int days,
             int runs)
{
    const Result<Rule> rule = Rule::fromJson(
        {{"name", "bench"}, {"expr", expr}, {"op", ">"}, {"threshold", threshold}, {"for", forText}});
    BacktestQuestion question;
    question.rule = *rule;
    question.fromMs = startMs;
    question.toMs = startMs + days * dayMs - 1;
    const Backtest backtest(engine.engine());
    for (int run = 0; run < runs; run++) {
        const auto begin = std::chrono::steady_clock::now();
        const Result<BacktestAnswer> answer = backtest.run(question);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        if (!answer) {
            std::printf("%s: %s\n", expr, answer.error().message.c_str());
            return;
        }
        std::printf("%9.1f ms  %-40s > %-4g for %-4s %7llu evaluations %5zu episodes  %s\n", took.count(),
                    expr, threshold, forText, static_cast<unsigned long long>(answer->evaluations),
                    answer->episodes.size(), answer->noise ? answer->noise->text().c_str() : "quiet");
    }
}

} // namespace

int main(int argc, char **argv)
{
    const int days = argc > 1 ? std::atoi(argv[1]) : 30;
    const int series = argc > 2 ? std::atoi(argv[2]) : 1;
    const int runs = argc > 3 ? std::atoi(argv[3]) : 3;
    test::TemporaryEngine engine;
    load(engine, days, series);
    engine.restart();
    measure(engine, "cpu", 98, "0s", days, runs);
    measure(engine, "cpu", 98, "5m", days, runs);
    measure(engine, "rate(requests_total[5m])", 6, "5m", days, runs);
    measure(engine, "avg_over_time(cpu[1h])", 80, "15m", days, runs);
}

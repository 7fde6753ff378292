#include "storage/query/Query.h"
#include "tests/support/MemorySeries.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

using namespace plimsoll;

namespace {

constexpr int64_t stepMs = 10'000;
constexpr int hosts = 1000;
constexpr int samples = 1080;

void load(test::MemorySeries &series)
{
    std::mt19937_64 random(1);
    std::uniform_int_distribution<int> change(-3, 3);
    for (int host = 0; host < hosts; host++) {
        const Labels labels{{"__name__", "cpu_usage_user"},
                            {"hostname", "host_" + std::to_string(host)},
                            {"region", "r" + std::to_string(host % 9)}};
        const Labels sold{{"__name__", "revenue"}, {"hostname", "host_" + std::to_string(host)}};
        int value = 50;
        for (int i = 0; i < samples; i++) {
            value = std::clamp(value + change(random), 0, 100);
            series.add(labels, Kind::Gauge, i * stepMs, value);
            series.add(sold, Kind::Delta, i * stepMs, 0.01 * value);
        }
    }
    const Labels month{{"__name__", "month"}};
    for (int i = 0; i < 172'800; i++)
        series.add(month, Kind::Gauge, i * 15'000LL, i % 1000);
}

/// The median of some runs, in milliseconds.
double medianMs(const test::MemorySeries &series, const char *text, int64_t startMs, int64_t endMs,
                int64_t step)
{
    const auto query = Query::parse(text);
    const auto reader = series.openReader();
    std::vector<double> times;
    for (int run = 0; run < 9; run++) {
        const auto begin = std::chrono::steady_clock::now();
        const auto result = step > 0 ? query->range(*reader, defaultProject, startMs, endMs, step, {})
                                     : query->instant(*reader, defaultProject, endMs, {});
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        if (!result || result->series.empty())
            std::printf("%s failed: %s\n", text, result ? "no series" : result.error().message.c_str());
        times.push_back(took.count());
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

} // namespace

/// promql_bench: the queries of the benchmark against the peers, over 1,000 hosts of 1,080 samples in memory,
/// and one series of a month.
int main()
{
    test::MemorySeries series;
    load(series);
    const int64_t end = samples * stepMs;
    const struct
    {
        const char *text;
        int64_t startMs, endMs, step;
    } rows[] = {
        {"max(max_over_time(cpu_usage_user{hostname=\"host_7\"}[1m]))", 60'000, 3'600'000, 60'000},
        {"avg(avg_over_time(cpu_usage_user[1h])) by (hostname)", 3'600'000, end, 3'600'000},
        {"cpu_usage_user", 0, end - 1, 0},
        {"cpu_usage_user > 90", 0, end, 10'000},
        {"avg(cpu_usage_user)", 0, end, 60'000},
        {"avg(avg_over_time(cpu_usage_user[1m]))", 60'000, end, 60'000},
        {"sum(sum_over_time(cpu_usage_user[3h]))", 0, end, 0},
        {"sum(increase(revenue[3h]))", 0, end, 0},
        {"sum(revenue)", 0, end, 60'000},
        {"month", 0, 2'592'000'000, 2'592'000},
        {"avg_over_time(month[45m])", 0, 2'592'000'000, 2'592'000},
    };
    for (const auto &row : rows)
        std::printf("%8.2f ms  %s\n", medianMs(series, row.text, row.startMs, row.endMs, row.step), row.text);
}

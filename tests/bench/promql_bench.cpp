// How long the queries of the benchmark against the peers take in an engine, without HTTP.
//
//     promql_bench [hosts] [runs] [text]
//
// 10 metrics of so many hosts (1,000 unless told otherwise) over 3 h, a sample in 10 s, which the head holds.
// Only the queries that hold the text are run.

#include "storage/backend/SqliteBackend.h"
#include "storage/query/Query.h"
#include "tests/support/TemporaryEngine.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

using namespace plimsoll;

namespace {

constexpr int64_t stepMs = 10'000;
constexpr int64_t hourMs = 3'600'000;
constexpr int steps = 1080;
constexpr int64_t startMs = 163'000 * 3 * hourMs;
constexpr int64_t endMs = startMs + steps * stepMs;
constexpr const char *fields[] = {"user", "system",  "idle",  "nice",  "iowait",
                                  "irq",  "softirq", "steal", "guest", "guest_nice"};

std::vector<std::string> keysOf(int host)
{
    std::vector<std::string> keys;
    for (const char *field : fields)
        keys.push_back(Labels{
            {"__name__", std::string("cpu_usage_") + field},
            {"arch", "x64"},
            {"datacenter", "eu-central-1a"},
            {"hostname", "host_" + std::to_string(host)},
            {"os", "Ubuntu16.04LTS"},
            {"rack", std::to_string(host % 100)},
            {"region", "r" + std::to_string(host % 9)},
            {"service", std::to_string(host % 20)},
            {"service_environment", "production"},
            {"service_version", "1"},
            {"team", "SF"}}.key());
    return keys;
}

void load(Engine &engine, int hosts)
{
    std::mt19937_64 random(1);
    std::vector<std::string> keys;
    for (int host = 0; host < hosts; host++)
        std::ranges::move(keysOf(host), std::back_inserter(keys));
    std::vector<double> values(keys.size(), 50);
    for (int i = 0; i < steps; i++) {
        Batch batch;
        for (uint32_t number = 0; number < keys.size(); number++) {
            double &value = values[number];
            value = std::clamp(value + static_cast<double>(random() % 7) - 3, 0.0, 100.0);
            batch.series.push_back({keys[number], Kind::Gauge, false, number});
            batch.floats.push_back({number, startMs + i * stepMs, value, number});
        }
        batch.itemCount = static_cast<uint32_t>(keys.size());
        const CommitReceipt staged = engine.stage(batch);
        if (const Status done = staged.status ? engine.commit() : staged.status; !done)
            std::printf("%s\n", done.error().message.c_str());
    }
}

/// The median of some runs, in milliseconds.
double medianMs(const Engine &engine, int runs, const char *text, int64_t fromMs, int64_t toMs, int64_t step)
{
    std::vector<double> times;
    for (int run = 0; run < runs; run++) {
        const auto begin = std::chrono::steady_clock::now();
        const auto query = Query::parse(text);
        const auto reader = engine.openReader();
        const auto result = step > 0 ? query->range(*reader, defaultProject, fromMs, toMs, step, {})
                                     : query->instant(*reader, defaultProject, toMs, {});
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        if (!result || result->series.empty())
            std::printf("%s failed: %s\n", text, result ? "no series" : result.error().message.c_str());
        times.push_back(took.count());
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

} // namespace

int main(int argc, char **argv)
{
    EngineOptions options;
    options.headMaxBytes = 1 << 30;
    test::TemporaryEngine engine(options);
    engine.clock.set(endMs);
    load(*engine, argc > 1 ? std::atoi(argv[1]) : 1000);
    const int64_t lastMs = endMs - stepMs;
    const struct
    {
        const char *text;
        int64_t fromMs, toMs, step;
    } rows[] = {
        {"max(max_over_time(cpu_usage_user{hostname=\"host_7\"}[1m]))", startMs + 60'000, startMs + hourMs,
         60'000},
        {"max(max_over_time(cpu_usage_user{hostname=~\"host_1|host_2|host_3|host_4|host_5|host_6|host_7|host_"
         "8\"}[1m]))",
         startMs + 60'000, startMs + hourMs, 60'000},
        {"avg(avg_over_time(cpu_usage_user[1h])) by (hostname)", startMs + hourMs, endMs, hourMs},
        {"{__name__=~\"cpu_usage_.+\"}", 0, lastMs, 0},
        {"cpu_usage_user > 90", startMs, lastMs, stepMs},
        {"avg(cpu_usage_user)", startMs, lastMs, 60'000},
        {"avg(avg_over_time(cpu_usage_user[1m]))", startMs + 60'000, endMs, 60'000},
        {"topk(5, cpu_usage_user)", startMs, lastMs, 60'000},
        {"sum(rate(cpu_usage_user[5m])) by (region)", startMs, lastMs, 60'000},
        {"sum(sum_over_time(cpu_usage_user[3h]))", 0, lastMs, 0},
    };
    const int runs = argc > 2 ? std::atoi(argv[2]) : 21;
    for (const auto &row : rows) {
        if (argc < 4 || std::string_view(row.text).find(argv[3]) != std::string_view::npos)
            std::printf("%8.2f ms  %s\n", medianMs(*engine, runs, row.text, row.fromMs, row.toMs, row.step),
                        row.text);
    }
}

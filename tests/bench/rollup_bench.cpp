// How long charts over hours take, and a chart of the last hour with a short and with a long history.
//
//     rollup_bench [series] [days]
//
// Makes a database of hourly rollups in a temporary directory, directly through the backend.

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SealWriter.h"
#include "storage/engine/SeriesDefinition.h"
#include "storage/engine/rollup/WeekMerge.h"
#include "storage/query/Query.h"
#include "tests/support/ManualClock.h"

#include <QTemporaryDir>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include <malloc.h>

using namespace plimsoll;

namespace {

constexpr int64_t dayMs = 86'400'000;
constexpr int64_t weekStart = 2920 * weekMs;

RollupRows weekOf(int64_t startMs, std::mt19937 &random)
{
    RollupRows rows;
    for (int hour = 0; hour < 168; hour++) {
        RollupRow row;
        row.startMs = startMs + hour * hourSpanMs;
        row.firstMs = row.startMs;
        row.lastMs = row.startMs + 3'590'000;
        row.count = 360;
        row.sum = ExactSum(18'000 + random() % 2048);
        row.min = random() % 20;
        row.max = 80 + random() % 20;
        row.first = row.last = 50;
        rows.push_back(row);
    }
    return rows;
}

std::string labelKey(uint32_t id)
{
    return Labels{{"__name__", "cpu"}, {"host", "host_" + std::to_string(id)}}.key();
}

std::string catalogueOf(uint32_t series)
{
    Catalogue catalogue;
    for (uint32_t id = 1; id <= series; id++)
        catalogue.add(defaultProject, labelKey(id), Kind::Gauge);
    return catalogue.definitionsAfter(0);
}

Status fill(Store &store, uint32_t series, int weeks)
{
    return store.run([&](Backend &backend) -> Status {
        std::mt19937 random(1);
        BackendWrite first;
        first.catalogue = catalogueOf(series);
        first.meta["window_ms"] = std::to_string(3 * hourSpanMs);
        first.meta["raw_floor"] = std::to_string(weekStart + weeks * weekMs);
        Status done = backend.write(first);
        for (int week = 0; done && week < weeks; week++) {
            const int64_t start = weekStart + week * weekMs;
            HourlySealBuilder builder(uint32_t(week) * 5 + 1, start, weekMs, 0);
            for (uint32_t id = 1; id <= series; id++)
                builder.add(id, Kind::Gauge, weekOf(start, random));
            BackendWrite write;
            write.seals = {builder.finish()};
            write.packs = builder.takePacks();
            done = backend.write(write);
        }
        return done;
    });
}

double millisecondsOf(const Engine &engine, const std::string &text, int64_t fromMs, int64_t toMs,
                      int64_t stepMs)
{
    const auto query = Query::parse(text);
    std::vector<double> times;
    for (int i = 0; i < 7; i++) {
        const auto begin = std::chrono::steady_clock::now();
        const auto reader = engine.openReader();
        const auto result = query->range(*reader, defaultProject, fromMs, toMs, stepMs, {});
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        if (!result || result->series.empty())
            std::printf("no answer: %s\n", result ? "empty" : result.error().message.c_str());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

struct Figures
{
    double yearMs = 0;
    double lastHourMs = 0;
    double bytesPerRow = 0;
};

Figures measure(uint32_t series, int weeks)
{
    QTemporaryDir directory;
    const std::filesystem::path path = directory.path().toStdString();
    const int64_t endMs = weekStart + weeks * weekMs;
    auto store = Store::open(std::make_unique<SqliteBackend>(path / "plimsoll.db")).value();
    if (!fill(*store, series, weeks))
        return {};
    PosixDisk disk;
    test::ManualClock clock(endMs + hourSpanMs);
    EngineOptions options;
    options.directory = path;
    const auto engine = Engine::open(options, *store, disk, clock).value();
    for (int64_t ms = endMs; ms < endMs + hourSpanMs; ms += 10'000) {
        Batch batch;
        batch.itemCount = series;
        for (uint32_t id = 1; id <= series; id++) {
            batch.series.push_back({labelKey(id), Kind::Gauge, false, id - 1});
            batch.floats.push_back({id - 1, ms, double(ms / 10'000 % 100), id - 1});
        }
        (void)engine->stage(batch);
        (void)engine->commit();
    }
    Figures figures;
    figures.yearMs =
        millisecondsOf(*engine, "avg_over_time(cpu[9h])", endMs - weeks * weekMs, endMs - 1, 9 * hourSpanMs);
    figures.lastHourMs =
        millisecondsOf(*engine, "avg_over_time(cpu[1m])", endMs + 60'000, endMs + hourSpanMs, 60'000);
    uint64_t bytes = store->backend().bytes();
    figures.bytesPerRow = double(bytes) / (double(series) * weeks * 168);
    return figures;
}

} // namespace

int main(int argc, char **argv)
{
    // As the server does (app/ServeCommand.cpp).
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
    const uint32_t series = argc > 1 ? uint32_t(std::atoi(argv[1])) : 1000;
    const int weeks = argc > 2 ? std::atoi(argv[2]) / 7 : 52;
    const Figures year = measure(series, weeks);
    const Figures week = measure(series, 1);
    std::printf("%u series, %d weeks of hours: one chart %.1f ms; %.2f bytes a row\n", series, weeks,
                year.yearMs, year.bytesPerRow);
    std::printf("the last hour: %.2f ms with a week, %.2f ms with %d weeks, ratio %.2f\n", week.lastHourMs,
                year.lastHourMs, weeks, year.lastHourMs / week.lastHourMs);
    return year.yearMs < 100 && year.lastHourMs < 1.1 * week.lastHourMs + 0.2 ? 0 : 1;
}

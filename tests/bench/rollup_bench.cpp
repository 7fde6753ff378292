// How long charts over hours take, and a chart of the last hour with a short and with a long history.
//
//     rollup_bench [series] [days]
//
// Makes databases of hourly rollups in temporary directories, directly through the backend: one of so many
// days, one of a week, both with an hour of samples after them. Each is then asked by processes of its own,
// which alternate. Fails unless the chart of all hours takes less than 100 ms, and that of the last hour at
// most 1.1 times as long with the long history as with the short one.

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

/// The median of some runs, after one that finds the caches cold.
double millisecondsOf(const Engine &engine, int runs, const std::string &text, int64_t fromMs, int64_t toMs,
                      int64_t stepMs)
{
    const auto query = Query::parse(text);
    std::vector<double> times;
    for (int i = 0; i <= runs; i++) {
        const auto begin = std::chrono::steady_clock::now();
        const auto reader = engine.openReader();
        const auto result = query->range(*reader, defaultProject, fromMs, toMs, stepMs, {});
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        if (!result || result->series.empty())
            std::printf("no answer: %s\n", result ? "empty" : result.error().message.c_str());
    }
    times.erase(times.begin());
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

struct Opened
{
    explicit Opened(const std::filesystem::path &path, int64_t nowMs)
        : clock(nowMs)
        , store(Store::open(std::make_unique<SqliteBackend>(path / "plimsoll.db")).value())
    {
        EngineOptions options;
        options.directory = path;
        engine = Engine::open(options, *store, disk, clock).value();
    }
    PosixDisk disk;
    test::ManualClock clock;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
};

int64_t endOf(int weeks) { return weekStart + weeks * weekMs; }

bool make(const std::filesystem::path &path, uint32_t series, int weeks)
{
    const auto store = Store::open(std::make_unique<SqliteBackend>(path / "plimsoll.db")).value();
    return bool(fill(*store, series, weeks));
}

bool addLastHour(const std::filesystem::path &path, uint32_t series, int64_t startMs)
{
    Opened opened(path, startMs + hourSpanMs);
    for (int64_t ms = startMs; ms < startMs + hourSpanMs; ms += 10'000) {
        Batch batch;
        batch.itemCount = series;
        for (uint32_t id = 1; id <= series; id++) {
            batch.series.push_back({labelKey(id), Kind::Gauge, false, id - 1});
            batch.floats.push_back({id - 1, ms, double(ms / 10'000 % 100), id - 1});
        }
        if (!opened.engine->stage(batch).status || !opened.engine->commit())
            return false;
    }
    return true;
}

/// What a process of its own does.
int ask(const std::filesystem::path &path, int weeks)
{
    const int64_t endMs = endOf(weeks);
    const Opened opened(path, endMs + hourSpanMs);
    const double lastHourMs = millisecondsOf(*opened.engine, 101, "avg_over_time(cpu[1m])", endMs + 60'000,
                                             endMs + hourSpanMs - 10'000, 60'000);
    const double allMs = millisecondsOf(*opened.engine, 7, "avg_over_time(cpu[9h])", endMs - weeks * weekMs,
                                        endMs - 1, 9 * hourSpanMs);
    std::printf("%f %f %f\n", allMs, lastHourMs, double(opened.store->backend().bytes()));
    return 0;
}

struct Figures
{
    double allMs = 1e9;
    double lastHourMs = 1e9;
    double bytes = 0;

    /// The least of what any process met: what else the machine does only adds.
    void take(const Figures &more)
    {
        allMs = std::min(allMs, more.allMs);
        lastHourMs = std::min(lastHourMs, more.lastHourMs);
        bytes = more.bytes;
    }
};

Figures askInProcess(const std::filesystem::path &path, int weeks)
{
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string command = self + " --ask " + path.string() + " " + std::to_string(weeks);
    Figures figures;
    FILE *output = popen(command.c_str(), "r");
    if (!output ||
        std::fscanf(output, "%lf %lf %lf", &figures.allMs, &figures.lastHourMs, &figures.bytes) != 3)
        std::printf("no figures of %s\n", command.c_str());
    if (output)
        pclose(output);
    return figures;
}

} // namespace

int main(int argc, char **argv)
{
    // As the server does (app/ServeCommand.cpp).
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
    if (argc == 4 && std::string_view(argv[1]) == "--ask")
        return ask(argv[2], std::atoi(argv[3]));
    const uint32_t series = argc > 1 ? uint32_t(std::atoi(argv[1])) : 1000;
    const int weeks = argc > 2 ? std::atoi(argv[2]) / 7 : 52;
    const QTemporaryDir longDirectory, shortDirectory;
    const std::filesystem::path longPath = longDirectory.path().toStdString();
    const std::filesystem::path shortPath = shortDirectory.path().toStdString();
    if (!make(longPath, series, weeks) || !make(shortPath, series, 1) ||
        !addLastHour(longPath, series, endOf(weeks)) || !addLastHour(shortPath, series, endOf(1))) {
        std::printf("the databases could not be made\n");
        return 1;
    }
    Figures all, week;
    for (int round = 0; round < 4; round++) {
        for (const bool first : {true, false}) {
            if (first == (round % 2 == 0))
                all.take(askInProcess(longPath, weeks));
            else
                week.take(askInProcess(shortPath, 1));
        }
    }
    const double ratio = all.lastHourMs / week.lastHourMs;
    std::printf("%u series, %d weeks of hours: one chart %.1f ms; %.2f bytes a row\n", series, weeks,
                all.allMs, all.bytes / (double(series) * weeks * 168));
    std::printf("the last hour: %.2f ms with a week, %.2f ms with %d weeks, ratio %.2f\n", week.lastHourMs,
                all.lastHourMs, weeks, ratio);
    return all.allMs < 100 && ratio < 1.1 ? 0 : 1;
}

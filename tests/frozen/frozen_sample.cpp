/// Makes and describes the frozen data directories of tests/frozen; see the README there. Run by hand when a
/// format changes.
///
///     frozen_sample make stopped|killed DIR    DIR is empty
///     frozen_sample describe DIR               a copy: it is opened and stopped cleanly

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/StoredDocuments.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "tests/support/EngineDump.h"
#include "tests/support/ManualClock.h"
#include "tests/support/OddDoubles.h"

#include <unistd.h>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t startMs = 1'795'082'400'000; ///< 2026-11-19 10:00 UTC
constexpr int64_t hourMs = 3'600'000;

[[noreturn]] void fail(const Error &error)
{
    std::fprintf(stderr, "%s\n", error.message.c_str());
    std::exit(1);
}

template<typename T>
T need(Result<T> result)
{
    if (!result)
        fail(result.error());
    if constexpr (!std::is_void_v<T>)
        return std::move(result).value();
}

/// An engine on a directory, with its clock set.
struct Opened
{
    explicit Opened(const std::filesystem::path &directory, int64_t nowMs)
        : clock(nowMs)
        , store(need(Store::open(std::make_unique<SqliteBackend>(directory / "plimsoll.db"))))
        , documents(need(StoredDocuments::open(*store)))
    {
        EngineOptions options;
        options.directory = directory;
        options.segmentBytes = 256 * 1024;
        engine = need(Engine::open(options, *store, disk, clock));
    }

    void commit(Batch batch)
    {
        const CommitReceipt receipt = engine->stage(batch);
        need(receipt.status);
        need(engine->commit());
    }

    PosixDisk disk;
    ManualClock clock;
    std::unique_ptr<Store> store;
    std::unique_ptr<StoredDocuments> documents;
    std::unique_ptr<Engine> engine;
};

uint32_t addSeries(Batch &batch, const Labels &labels, Kind kind)
{
    batch.series.push_back({labels.key(), kind, false, batch.itemCount});
    return uint32_t(batch.series.size() - 1);
}

void addFloat(Batch &batch, uint32_t series, int64_t timestampMs, double value)
{
    batch.floats.push_back({series, timestampMs, value, batch.itemCount++});
}

void addHistogram(Batch &batch, uint32_t series, int64_t timestampMs, Histogram value)
{
    batch.histograms.push_back({series, timestampMs, std::move(value), batch.itemCount++});
}

/// One minute of everything there is.
Batch minute(int number, int64_t atMs)
{
    Batch batch;
    const auto n = double(number);
    addFloat(batch, addSeries(batch, {{"__name__", "temperature"}, {"room", "kitchen"}}, Kind::Gauge), atMs,
             20 + n / 10);
    addFloat(batch, addSeries(batch, {{"__name__", "requests_total"}, {"job", "shop"}}, Kind::Counter), atMs,
             number < 60 ? 7 * n : 7 * (n - 60));
    const uint32_t revenue = addSeries(batch, {{"__name__", "revenue"}, {"plan", "pro"}}, Kind::Delta);
    addFloat(batch, revenue, atMs, 0.01);
    addFloat(batch, revenue, atMs, 49);
    addFloat(batch, addSeries(batch, {{"__name__", "load"}, {"unit", "käse \"1\""}}, Kind::Untyped), atMs,
             std::sqrt(n));
    const uint32_t latency = addSeries(batch, {{"__name__", "latency"}, {"route", "/"}}, Kind::Distribution);
    addFloat(batch, latency, atMs, 0.012 * (n + 1));
    addFloat(batch, latency, atMs + 1, 1.5);
    Histogram cumulative(3);
    for (int i = 0; i <= number; i++)
        cumulative.observe(std::exp(double(i % 9) - 4));
    cumulative.observe(-2, n + 1);
    addHistogram(batch, addSeries(batch, {{"__name__", "sizes"}}, Kind::Histogram), atMs, cumulative);
    Histogram bounded = Histogram::withBounds({0.1, 1, 10});
    bounded.addPositive(1, n);
    bounded.setTotals(n, n / 2);
    addHistogram(batch, addSeries(batch, {{"__name__", "bounded"}}, Kind::Histogram), atMs, bounded);
    batch.idempotency = Batch::Idempotency{{uint64_t(number) + 1, 77}, {uint64_t(number) + 1, 78}};
    return batch;
}

/// Every odd double, one series per column.
Batch oddities(int64_t fromMs)
{
    Batch batch;
    for (const auto &[name, values] : oddColumns()) {
        const uint32_t series = addSeries(batch, {{"__name__", "odd"}, {"column", name}}, Kind::Gauge);
        for (size_t i = 0; i < std::min<size_t>(values.size(), 130); i++)
            addFloat(batch, series, fromMs + int64_t(i) * 10'000, values[i]);
    }
    return batch;
}

void make(const std::filesystem::path &directory, bool stopped)
{
    Opened opened(directory, startMs);
    need(putAndWait(*opened.documents, 1, "rules", {"r1", R"({"name":"Disk","threshold":0.9})", startMs}));
    need(putAndWait(*opened.documents, 0, "keys", {"k1", R"({"role":"ingest"})", startMs}));
    need(putAndWait(*opened.documents, 1, "rules", {"r2", R"({"name":"gone"})", startMs}));
    need(removeAndWait(*opened.documents, 1, "rules", "r2"));
    opened.commit(oddities(startMs - 2 * hourMs));
    for (int i = 0; i < 90; i++) {
        opened.clock.set(startMs + i * 60'000 + 500);
        opened.commit(minute(i, startMs + i * 60'000));
    }
    Batch other = minute(200, startMs + hourMs);
    other.project = 2;
    other.idempotency.reset();
    opened.commit(std::move(other));
    opened.clock.set(startMs + 6 * hourMs);
    opened.engine->maintain();
    need(opened.store->run([](Backend &) { return Status(); }));
    for (int i = 300; i < 330; i++)
        opened.commit(minute(i, startMs + i * 60'000));
    opened.commit(minute(91, startMs + 10'000)); // late: another seal, or journal, of a sealed window
    if (stopped)
        need(opened.engine->close());
    else
        ::_exit(0);
}

void describe(const std::filesystem::path &directory)
{
    Opened opened(directory, startMs + 6 * hourMs);
    std::fputs(EngineDump::samples(*opened.engine).c_str(), stdout);
    need(opened.engine->close());
    need(opened.store->run([](Backend &backend) -> Status {
        std::fputs(EngineDump::documents(backend).c_str(), stdout);
        std::fputs(EngineDump::receipts(backend).c_str(), stdout);
        return {};
    }));
}

} // namespace

int main(int argc, char **argv)
{
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "make" && argc == 4)
        make(argv[3], std::string_view(argv[2]) == "stopped");
    else if (command == "describe" && argc == 3)
        describe(argv[2]);
    else
        return 2;
    return 0;
}

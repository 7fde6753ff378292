// How long commits wait, idle and while everything happens behind them: checkpoints, spare segments, seals,
// and what the engine does on its own in the background. Usage: commit_latency DIRECTORY [seconds] [buffered]
//
// Commits of 10 samples in 4 KiB frames, as quick as they go. "Idle" is a journal and a head that nothing
// else works on; "busy" has windows of one second, a checkpoint for every 2 MiB of journal and 100,000 series
// in the head.
#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SpooledBackend.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace plimsoll;

namespace {

using SteadyClock = std::chrono::steady_clock;

double millisecondsSince(SteadyClock::time_point start)
{
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

class Run
{
public:
    Run(const std::filesystem::path &directory, EngineOptions options, bool direct)
        : m_disk(direct)
    {
        std::filesystem::remove_all(directory);
        std::filesystem::create_directories(directory);
        options.directory = directory;
        auto store = Store::open(
            std::make_unique<SpooledBackend>(std::make_unique<SqliteBackend>(directory / "plimsoll.db"),
                                             m_disk, directory / "spool", m_clock));
        m_store = std::move(store).value();
        auto engine = Engine::open(options, *m_store, m_disk, m_clock);
        m_engine = std::move(engine).value();
    }

    /// One sample of each of so many series, so that seals and checkpoints have something to write.
    void fill(int series)
    {
        for (int first = 0; first < series; first += 5000) {
            Batch batch;
            for (int i = first; i < std::min(series, first + 5000); i++)
                add(batch, i);
            (void)m_engine->stage(batch);
            (void)m_engine->commit();
            m_engine->maintain();
        }
    }

    void measure(const char *name, double seconds)
    {
        std::vector<double> waits;
        const auto start = SteadyClock::now();
        while (millisecondsSince(start) < seconds * 1000) {
            Batch batch;
            for (int i = 0; i < 10; i++)
                add(batch, int(m_random() % 100'000));
            const auto before = SteadyClock::now();
            (void)m_engine->stage(batch);
            if (!m_engine->commit())
                std::abort();
            m_engine->maintain();
            waits.push_back(millisecondsSince(before));
        }
        std::sort(waits.begin(), waits.end());
        const auto at = [&](double q) { return waits[size_t(q * double(waits.size() - 1))]; };
        const EngineStats stats = m_engine->stats();
        std::printf(
            "%-5s %8zu commits, p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, longest %.2f ms; %llu checkpoints, "
            "database %llu KiB, journal %llu KiB\n",
            name, waits.size(), at(0.5), at(0.99), at(0.999), waits.back(),
            static_cast<unsigned long long>(stats.checkpoints),
            static_cast<unsigned long long>(stats.chunkBytes >> 10),
            static_cast<unsigned long long>(stats.journalBytes >> 10));
    }

private:
    void add(Batch &batch, int series)
    {
        const auto number = static_cast<uint32_t>(batch.series.size());
        batch.series.push_back({Labels{{"__name__", "load"}, {"host", std::to_string(series)}}.key(),
                                Kind::Gauge, false, number});
        batch.floats.push_back({number, m_clock.nowMs(), double(m_random() % 1000), number});
        batch.itemCount++;
    }

    SystemClock m_clock;
    PosixDisk m_disk;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<Engine> m_engine;
    std::mt19937 m_random{1};
};

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::printf("commit_latency DIRECTORY [seconds] [buffered]\n");
        return 2;
    }
    const std::filesystem::path directory = std::filesystem::path(argv[1]) / "commit-latency";
    const double seconds = argc > 2 ? std::atof(argv[2]) : 10;
    const bool direct = argc < 4;
    {
        EngineOptions options;
        Run idle(directory, options, direct);
        idle.fill(100'000);
        idle.measure("idle", seconds);
    }
    {
        EngineOptions options;
        options.segmentBytes = 512 << 10;
        options.checkpointBytes = 2 << 20;
        options.headMaxBytes = 8 << 20;
        options.windowMs = 1000;
        Run busy(directory, options, direct);
        busy.fill(100'000);
        busy.measure("busy", seconds);
    }
    std::filesystem::remove_all(directory);
    return 0;
}

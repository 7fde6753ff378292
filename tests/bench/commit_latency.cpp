// How long commits wait, idle and while everything happens behind them: checkpoints, spare segments, seals,
// merging, days, retention. Usage: commit_latency DIRECTORY [seconds] [buffered]
//
// Commits of 10 samples in 4 KiB frames, as quick as they go, of 100,000 series. "Idle" is a journal and a
// head that nothing else works on; "busy" has the limits of a real appliance and a clock that runs 2,880
// times as fast, so that a window of 3 h closes every 3.75 s, its late samples make it be merged, raw samples
// expire after 7.5 s and a day is made every 30 s. Fails where p99 is over twice the idle one, a commit
// waited over 50 ms, or nothing was rolled up or expired behind it.

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

/// Runs so many times as fast as the machine's.
class QuickClock final : public Clock
{
public:
    explicit QuickClock(double speed)
        : m_speed(speed)
    {
    }
    int64_t nowMs() const override
    {
        return m_startMs + static_cast<int64_t>(millisecondsSince(m_start) * m_speed);
    }

private:
    const double m_speed;
    const int64_t m_startMs = SystemClock().nowMs();
    const SteadyClock::time_point m_start = SteadyClock::now();
};

/// What one commit waited for, in milliseconds.
struct Wait
{
    double total = 0;
    double staged = 0;
    double committed = 0;
    double maintained = 0;
    double at = 0; ///< since the start of the measurement
};

struct Outcome
{
    double p99 = 0;
    double longest = 0;
    EngineStats stats;
};

class Run
{
public:
    Run(const std::filesystem::path &directory, EngineOptions options, bool direct, double speed)
        : m_clock(speed)
        , m_disk(direct)
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
        m_engine->drain();
    }

    /// One sample in 200 is so late from now on.
    void arriveLate(int64_t latenessMs) { m_lateness = latenessMs; }

    Outcome measure(const char *name, double seconds)
    {
        std::vector<Wait> waits;
        const auto start = SteadyClock::now();
        while (millisecondsSince(start) < seconds * 1000)
            waits.push_back(commitOnce(start));
        std::sort(waits.begin(), waits.end(), [](const Wait &a, const Wait &b) { return a.total < b.total; });
        const auto at = [&](double q) { return waits[size_t(q * double(waits.size() - 1))].total; };
        const EngineStats stats = m_engine->stats();
        std::printf(
            "%-5s %8zu commits, p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, longest %.2f ms; %llu checkpoints, "
            "%llu slices of upkeep, database %llu KiB, journal %llu KiB\n",
            name, waits.size(), at(0.5), at(0.99), at(0.999), waits.back().total,
            static_cast<unsigned long long>(stats.checkpoints),
            static_cast<unsigned long long>(stats.upkeepSlices),
            static_cast<unsigned long long>(stats.chunkBytes >> 10),
            static_cast<unsigned long long>(stats.journalBytes >> 10));
        for (size_t i = waits.size() - std::min<size_t>(5, waits.size()); i < waits.size(); i++) {
            const Wait &wait = waits[i];
            std::printf("      %.2f ms at %.1f s: stage %.2f, commit %.2f, maintain %.2f\n", wait.total,
                        wait.at / 1000, wait.staged, wait.committed, wait.maintained);
        }
        return {at(0.99), waits.back().total, stats};
    }

private:
    Wait commitOnce(SteadyClock::time_point start)
    {
        Batch batch;
        for (int i = 0; i < 10; i++)
            add(batch, int(m_random() % 100'000));
        Wait wait;
        wait.at = millisecondsSince(start);
        const auto before = SteadyClock::now();
        (void)m_engine->stage(batch);
        wait.staged = millisecondsSince(before);
        if (!m_engine->commit())
            std::abort();
        wait.committed = millisecondsSince(before) - wait.staged;
        m_engine->maintain();
        wait.total = millisecondsSince(before);
        wait.maintained = wait.total - wait.staged - wait.committed;
        return wait;
    }

    void add(Batch &batch, int series)
    {
        const auto number = static_cast<uint32_t>(batch.series.size());
        batch.series.push_back({Labels{{"__name__", "load"}, {"host", std::to_string(series)}}.key(),
                                Kind::Gauge, false, number});
        const int64_t lateMs = m_lateness > 0 && m_random() % 200 == 0 ? m_lateness : 0;
        batch.floats.push_back({number, m_clock.nowMs() - lateMs, double(m_random() % 1000), number});
        batch.itemCount++;
    }

    QuickClock m_clock;
    PosixDisk m_disk;
    int64_t m_lateness = 0;
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
    const double seconds = argc > 2 ? std::atof(argv[2]) : 40;
    const bool direct = argc < 4;
    Outcome quiet, busy;
    {
        EngineOptions options;
        options.checkpointBytes = options.journalMaxBytes = 64ULL << 30;
        Run run(directory, options, direct, 1);
        run.fill(100'000);
        quiet = run.measure("idle", seconds);
    }
    {
        EngineOptions options;
        options.rawRetentionMs = 6LL * 3600 * 1000;
        Run run(directory, options, direct, 2880);
        run.arriveLate(4LL * 3600 * 1000);
        run.fill(100'000);
        busy = run.measure("busy", seconds);
    }
    std::filesystem::remove_all(directory);
    const bool worked = busy.stats.samplesFromMs != INT64_MIN && busy.stats.upkeepSlices > 0;
    std::printf("p99 busy / idle %.2f (at most 2), longest %.1f ms (at most 50), samples expired: %s\n",
                busy.p99 / quiet.p99, busy.longest, worked ? "yes" : "no (give it 40 s)");
    return busy.p99 <= 2 * quiet.p99 && busy.longest <= 50 && worked ? 0 : 1;
}

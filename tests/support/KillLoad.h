#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace plimsoll::test {

/// Writers that never stop: each sends batches of increments and gauge values under an Idempotency-Key, and
/// sends a batch again under the same key until it was acknowledged, over as many restarts of the server as
/// it takes. So at the end every batch was acknowledged exactly once, and what must be in the database is
/// known exactly.
class KillLoad
{
public:
    /// What one writer got acknowledged.
    struct Ledger
    {
        int64_t batches = 0;
        int64_t increments = 0; ///< sum of the delta values
        int64_t gauges = 0;     ///< number of gauge samples, all at different times
    };

    KillLoad(int writers, int64_t firstTimestampMs);
    ~KillLoad();
    KillLoad(const KillLoad &) = delete;
    KillLoad &operator=(const KillLoad &) = delete;

    /// Lets the writers go at a server on that port; they run until it dies or pause() is called.
    void run(int port);
    /// Waits for the batches in flight, acknowledged or broken off.
    void pause();
    /// Sends what was broken off once more, so that every batch that was begun is acknowledged. False where
    /// that failed.
    bool settle(int port);

    int64_t acknowledged() const { return m_acknowledged; }
    const std::vector<Ledger> &ledgers() const { return m_ledgers; }
    /// The series of a writer, as PromQL.
    static std::string deltaSelector(size_t writer);
    static std::string gaugeSelector(size_t writer);
    /// All samples are at or after `firstTimestampMs` and before this.
    int64_t endTimestampMs() const;

private:
    struct Writer;

    std::vector<Ledger> m_ledgers;
    std::vector<std::unique_ptr<Writer>> m_writers;
    std::vector<std::thread> m_threads;
    std::atomic<bool> m_paused{false};
    std::atomic<int64_t> m_acknowledged{0};
    int64_t m_firstTimestampMs;
};

} // namespace plimsoll::test

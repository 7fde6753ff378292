#pragma once

#include "storage/model/Clock.h"
#include "tests/support/Ledger.h"

#include <atomic>
#include <memory>
#include <thread>

namespace plimsoll::test {

/// Writers over weeks of a test's clock: gauges, counters with resets, increments and observations, in time
/// and late, also later than the samples of their time are kept. Each batch is sent again under its
/// Idempotency-Key until it is acknowledged, so that what must be stored is known exactly: the ledger.
class AgingLoad
{
public:
    /// Samples are late by up to `lateMs`; increments, gauges and observations now and then by `veryLateMs`.
    AgingLoad(int writers, const Clock &clock, int64_t lateMs, int64_t veryLateMs);
    ~AgingLoad();
    AgingLoad(const AgingLoad &) = delete;
    AgingLoad &operator=(const AgingLoad &) = delete;

    /// Lets the writers go at a server on that port; they run until it dies or pause() is called.
    void run(int port);
    void pause();
    /// Sends what was broken off once more, so that every batch that was begun is acknowledged.
    bool settle(int port);

    int64_t acknowledged() const { return m_acknowledged; } ///< batches
    /// What a server refused, in its own words; empty where nothing was. Not while it runs.
    std::string refusal() const;
    /// Not while it runs.
    Ledger ledger() const;

private:
    class Writer;

    std::vector<std::unique_ptr<Writer>> m_writers;
    std::vector<std::thread> m_threads;
    std::atomic<bool> m_paused = false;
    std::atomic<int64_t> m_acknowledged = 0;
};

} // namespace plimsoll::test

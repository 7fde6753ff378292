#pragma once

#include "server/ingest/DeadLetterBox.h"
#include "server/ingest/RefusedInput.h"
#include "storage/model/Clock.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace plimsoll::ingest {

/// Keeps what was refused, on a thread of its own, so that a slow disk delays nobody (DEAD-LETTERS.md).
class DeadLetters final : public RefusalSink
{
public:
    /// `directory` is that of all projects; empty: nothing survives. The clock must outlive it.
    DeadLetters(std::filesystem::path directory, const DeadLetterLimits &limits, const Clock &clock);
    ~DeadLetters() override;
    DeadLetters(const DeadLetters &) = delete;
    DeadLetters &operator=(const DeadLetters &) = delete;

    void refused(RefusedInput input) override;

    /// Runs work on its thread, with the letters of a project. False once it is stopped, or where too much
    /// waits.
    using Work = std::function<void(DeadLetterBox &)>;
    bool ask(ProjectId project, Work work);
    /// Removes the letters of projects that are gone; only these keep theirs.
    void keepOnly(std::function<bool(ProjectId)> exists);

    /// Writes what waits and ends. Safe to call again.
    void stop();

    /// Letters that are kept, over all projects; inputs that were only counted.
    uint64_t kept() const { return m_kept; }
    uint64_t dropped() const { return m_dropped; }

private:
    static constexpr size_t maxWaitingInputs = 1'000;
    static constexpr size_t maxWaitingBytes = 16 << 20;
    static constexpr size_t maxWaitingAsks = 1'000;

    void run();
    void expireSometimes();
    DeadLetterBox &boxOf(ProjectId project);
    void write(const RefusedInput &input);
    bool mayWrite();
    void countKept();

    const std::filesystem::path m_directory;
    const DeadLetterLimits m_limits;
    const Clock &m_clock;
    std::atomic<uint64_t> m_kept{0};
    std::atomic<uint64_t> m_dropped{0};

    std::mutex m_mutex; ///< of what follows
    std::condition_variable m_wake;
    std::deque<RefusedInput> m_inputs;
    size_t m_inputBytes = 0;
    std::deque<std::function<void()>> m_asks;
    bool m_stops = false;

    std::map<ProjectId, std::unique_ptr<DeadLetterBox>> m_boxes; ///< from here on: of the thread
    double m_allowance = 0;
    int64_t m_allowedMs = 0;
    int64_t m_expiredMs = 0;
    std::thread m_thread;
};

} // namespace plimsoll::ingest

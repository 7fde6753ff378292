#pragma once

#include "storage/model/Result.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace plimsoll::ingest {

/// Waits for the disk in the ingest thread's place: one write at a time, on a thread of its own.
///
/// begin(), isOver() and end() are for one thread.
class CommitThread
{
public:
    /// `write` runs on the thread; `written` after it, there too, to wake whoever waits. The thread starts
    /// with the first write.
    CommitThread(std::function<Status()> write, std::function<void()> written);
    /// Waits for the write that runs.
    ~CommitThread();
    CommitThread(const CommitThread &) = delete;
    CommitThread &operator=(const CommitThread &) = delete;

    /// The one before has ended.
    void begin();
    /// Whether end() would not wait.
    bool isOver() const { return m_over; }
    /// What came of the write; waits for it.
    Status end();

private:
    void work();

    const std::function<Status()> m_write;
    const std::function<void()> m_written;
    std::atomic<bool> m_over{false};
    std::mutex m_mutex; ///< guards the rest
    std::condition_variable m_changed;
    bool m_asked = false;
    bool m_stopping = false;
    Status m_status;
    std::thread m_thread;
};

} // namespace plimsoll::ingest

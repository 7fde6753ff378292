#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace plimsoll {

/// Slow work on local files, in order, on a thread of its own: neither the ingest thread nor a database that
/// is slow holds it up. Safe from any thread.
class FileThread
{
public:
    using Job = std::function<void()>;

    FileThread();
    /// Waits for the job that runs; those that wait are dropped, as if the process had ended.
    ~FileThread();
    FileThread(const FileThread &) = delete;
    FileThread &operator=(const FileThread &) = delete;

    void post(Job job);
    /// Waits until all that was posted is done.
    void drain();

private:
    void work();

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Job> m_jobs;
    bool m_running = false;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace plimsoll

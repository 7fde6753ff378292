#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>

namespace plimsoll::http {

/// The thread on which passwords are hashed, one after the other: a hash takes about 50 ms and 64 MiB. It
/// starts with the first.
class HashingThread
{
public:
    using Work = std::function<void()>;

    static constexpr size_t maxWaiting = 8;

    HashingThread() = default;
    /// Finishes what waits.
    ~HashingThread();
    HashingThread(const HashingThread &) = delete;
    HashingThread &operator=(const HashingThread &) = delete;

    /// False, and `work` is dropped, if too much waits already. Thread-safe.
    bool post(Work work);

private:
    void run();

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::queue<Work> m_waiting;
    bool m_stops = false;
    std::thread m_thread;
};

} // namespace plimsoll::http

#pragma once

#include "storage/backend/Backend.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace plimsoll {

/// The store thread: the only one that writes to the database. Others send it jobs, which run in order.
/// Safe to use from any thread but its own.
class Store
{
public:
    using Job = std::function<void(Backend &)>;

    /// Starts the thread and opens the backend on it.
    static Result<std::unique_ptr<Store>> open(std::unique_ptr<Backend> backend);
    /// Runs what is queued, closes the backend, ends the thread.
    ~Store();
    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;

    /// Queues a job; returns at once.
    void post(Job job);
    /// Queues a job and waits for its answer. Never call it on an event loop that serves requests.
    Status run(const std::function<Status(Backend &)> &job);

    /// Jobs that wait or run.
    size_t queueDepth() const { return m_depth; }
    /// For reads, which any thread may do.
    const Backend &backend() const { return *m_backend; }

private:
    explicit Store(std::unique_ptr<Backend> backend);
    void work();

    std::unique_ptr<Backend> m_backend;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_jobs;
    bool m_stopping = false;
    std::atomic<size_t> m_depth = 0;
    std::thread m_thread;
};

} // namespace plimsoll

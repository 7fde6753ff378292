#pragma once

#include "server/api/QueryFigures.h"
#include "server/api/QueryThreads.h"
#include "server/http/Request.h"
#include "server/http/Response.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace plimsoll::api {

/// Threads for evaluations, which may take their whole time limit and so must never run on an event loop.
/// Jobs start in the order they came; how they share the processors with the threads that take samples in is
/// QueryThreads' matter. Safe to use from any thread.
class QueryPool
{
public:
    /// Set once the asker went away or the pool stops; the job should end within a few milliseconds.
    using Cancelled = std::atomic<bool>;
    using Job = std::function<void(const Cancelled &cancelled)>;
    using Evaluate = std::function<http::Response(const Cancelled &cancelled)>;
    using Serve = std::function<void(http::Reply &reply, const Cancelled &cancelled)>;
    /// Words a failure in the form of the API that was asked.
    using Refuse = std::function<http::Response(const Error &error)>;

    /// A job that waited longer than `maxWait` is refused rather than run.
    explicit QueryPool(size_t threads = 2, size_t maxWaiting = 256,
                       std::chrono::milliseconds maxWait = std::chrono::seconds(30));
    /// Cancels what runs, drops what waits (its replies answer by themselves), and joins the threads.
    ~QueryPool();
    QueryPool(const QueryPool &) = delete;
    QueryPool &operator=(const QueryPool &) = delete;

    /// Queues a job. What it returns may be set to cancel it; null where too many wait already, and then the
    /// job was dropped.
    std::shared_ptr<Cancelled> run(Job job);

    /// Answers a request with what `evaluate` returns on a thread of the pool. Cancels it when the client
    /// goes; answers 503 where too many wait or it waited too long, and 500 where it throws.
    void answer(http::Reply reply, Evaluate evaluate);
    /// The same for who answers by itself, whole or as a stream.
    void serve(http::Reply reply, Serve serve, Refuse refuse);

    /// How many jobs wait whose askers are still there.
    size_t waiting() const;
    /// How many jobs run now.
    size_t busy() const;
    size_t threads() const { return m_threads.count(); }
    QueryFigures &figures() { return m_figures; }

private:
    struct Task
    {
        Job job;
        std::shared_ptr<Cancelled> cancelled;
    };

    std::optional<QueryThreads::Job> take(std::chrono::milliseconds patience);
    void run(Task &task);
    bool isFull() const;
    void forgetCancelled();

    const size_t m_maxWaiting;
    const std::chrono::milliseconds m_maxWait;
    QueryFigures m_figures;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Task> m_tasks;
    std::vector<std::shared_ptr<Cancelled>> m_running;
    bool m_stops = false;
    QueryThreads m_threads;
};

} // namespace plimsoll::api

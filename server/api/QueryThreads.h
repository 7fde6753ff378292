#pragma once

#include "server/api/HeadStart.h"

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include <sys/types.h>
#include <time.h>

namespace plimsoll::api {

/// Threads for queries. Each begins a job as the equal of all other threads, so that a page answers at once
/// also where every processor is busy, and gives way to those that take samples in once the job turns out
/// long or others have used the head start up. Linux lets nobody take that back: such a thread is replaced by
/// a fresh one after its job, when there is a head start again. One more thread watches over them.
class QueryThreads
{
public:
    using Job = std::function<void()>;
    /// Waits for the next job: nothing once there will be none any more, an empty one if none came within
    /// `patience`. Called on all threads.
    using Take = std::function<std::optional<Job>(std::chrono::milliseconds patience)>;

    QueryThreads(size_t count, Take take);
    /// Joins.
    ~QueryThreads();
    QueryThreads(const QueryThreads &) = delete;
    QueryThreads &operator=(const QueryThreads &) = delete;

    /// Waits for all threads, for good; `take` must answer with nothing by then.
    void join();
    size_t count() const { return m_count; }

private:
    struct Worker
    {
        std::thread thread;
        pid_t id = 0;
        clockid_t processorClock = 0;
        std::optional<std::chrono::nanoseconds> begunAt; ///< by its own clock, while it has a job
        std::chrono::nanoseconds chargedTo{};
        bool givesWay = false;
        bool hasEnded = false;
    };

    void work(Worker &self);
    void serve(Worker &self, const Job &job);
    void charge(Worker &worker);
    void watch();
    void replaceEnded();
    bool start();
    bool isWatchNeeded() const;

    const size_t m_count;
    const Take m_take;
    std::mutex m_mutex; ///< of all below
    std::condition_variable m_changed;
    HeadStart m_headStart;
    std::list<Worker> m_workers;
    bool m_stops = false;
    std::thread m_watcher;
};

} // namespace plimsoll::api

#include "server/api/QueryThreads.h"

#include "storage/model/ThreadPriority.h"

#include <algorithm>
#include <system_error>

#include <pthread.h>
#include <unistd.h>

namespace plimsoll::api {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::nanoseconds longJob = 100ms; ///< of a processor's time
constexpr std::chrono::milliseconds lookEvery = 10ms;
constexpr std::chrono::milliseconds patienceOfThoseWhoGiveWay = 500ms;
constexpr std::chrono::milliseconds patience = 1h;

std::chrono::nanoseconds timeOf(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace

QueryThreads::QueryThreads(size_t count, Take take)
    : m_count(count)
    , m_take(std::move(take))
    , m_headStart(SteadyClock::now())
    , m_watcher([this] { watch(); })
{
    pthread_setname_np(m_watcher.native_handle(), "query watch");
}

QueryThreads::~QueryThreads() { join(); }

void QueryThreads::join()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stops = true;
    }
    m_changed.notify_all();
    if (m_watcher.joinable())
        m_watcher.join();
    for (Worker &worker : m_workers)
        worker.thread.join();
    m_workers.clear();
}

void QueryThreads::work(Worker &self)
{
    bool givesWay = false, leaves = false;
    {
        const std::lock_guard lock(m_mutex);
        self.id = ::gettid();
        pthread_getcpuclockid(pthread_self(), &self.processorClock);
    }
    while (!leaves) {
        const auto job = m_take(givesWay ? patienceOfThoseWhoGiveWay : patience);
        if (!job)
            break;
        if (*job)
            serve(self, *job);
        const std::lock_guard lock(m_mutex);
        givesWay = self.givesWay;
        leaves = givesWay && m_headStart.isAmple(SteadyClock::now());
    }
    if (!leaves)
        return;
    {
        const std::lock_guard lock(m_mutex);
        self.hasEnded = true;
    }
    m_changed.notify_all();
}

void QueryThreads::serve(Worker &self, const Job &job)
{
    {
        const std::lock_guard lock(m_mutex);
        self.begunAt = self.chargedTo = timeOf(self.processorClock);
    }
    m_changed.notify_all();
    job();
    const std::lock_guard lock(m_mutex);
    charge(self);
    self.begunAt.reset();
}

/// Under the mutex, and while it has a job.
void QueryThreads::charge(Worker &worker)
{
    if (worker.givesWay)
        return;
    const auto now = timeOf(worker.processorClock);
    m_headStart.spend(now - worker.chargedTo, SteadyClock::now());
    worker.chargedTo = now;
    if (!m_headStart.isEmpty() && now - *worker.begunAt < longJob)
        return;
    giveWayToIngest(worker.id);
    worker.givesWay = true;
}

void QueryThreads::watch()
{
    std::unique_lock lock(m_mutex);
    while (!m_stops) {
        replaceEnded();
        for (Worker &worker : m_workers) {
            if (worker.begunAt)
                charge(worker);
        }
        if (isWatchNeeded())
            m_changed.wait_for(lock, lookEvery, [this] { return m_stops; });
        else
            m_changed.wait(lock, [this] { return m_stops || isWatchNeeded(); });
    }
}

/// Under the mutex.
bool QueryThreads::isWatchNeeded() const
{
    return m_workers.size() < m_count || std::ranges::any_of(m_workers, [](const Worker &worker) {
               return worker.hasEnded || (worker.begunAt && !worker.givesWay);
           });
}

/// Under the mutex. Those who ended do not need it any more; new ones inherit how the watcher runs, and so
/// begin as equals.
void QueryThreads::replaceEnded()
{
    for (auto it = m_workers.begin(); it != m_workers.end();) {
        if (!it->hasEnded) {
            ++it;
            continue;
        }
        it->thread.join();
        it = m_workers.erase(it);
    }
    while (m_workers.size() < m_count && start()) {
    }
}

/// Under the mutex; false where the system has no more threads, which is tried again at the next look.
bool QueryThreads::start()
{
    Worker &worker = m_workers.emplace_back();
    try {
        worker.thread = std::thread([this, &worker] { work(worker); });
    } catch (const std::system_error &) {
        m_workers.pop_back();
        return false;
    }
    pthread_setname_np(worker.thread.native_handle(), "query");
    return true;
}

} // namespace plimsoll::api

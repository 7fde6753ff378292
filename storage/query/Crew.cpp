#include "storage/query/Crew.h"

#include "storage/model/ThreadPriority.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include <pthread.h>

namespace plimsoll::promql {

namespace {
constexpr std::chrono::seconds idleTime(5);
}

Crew &Crew::shared()
{
    static Crew crew(std::min<size_t>(std::max(std::thread::hardware_concurrency(), 1U) - 1, 3));
    return crew;
}

void Crew::dismiss()
{
    std::list<Worker> leaving;
    {
        const std::lock_guard lock(m_mutex);
        m_stops = true;
        leaving.swap(m_workers);
    }
    m_changed.notify_all();
    for (Worker &worker : leaving)
        worker.thread.join();
    const std::lock_guard lock(m_mutex);
    m_stops = false;
}

/// Under the mutex, on the thread that asks: new threads give way if it does. Whoever does while the asker
/// does not leaves instead of serving.
void Crew::begin(bool givesWay)
{
    for (auto it = m_workers.begin(); it != m_workers.end();) {
        if (!it->hasEnded) {
            ++it;
            continue;
        }
        it->thread.join();
        it = m_workers.erase(it);
    }
    size_t staying = 0;
    for (Worker &worker : m_workers) {
        worker.isDismissed = worker.isDismissed || (worker.isIdle && worker.givesWay && !givesWay);
        staying += worker.isDismissed ? 0 : 1;
    }
    while (staying < m_size && start())
        staying++;
}

/// Under the mutex; false where the system has no more threads, and then nobody helps.
bool Crew::start()
{
    Worker &worker = m_workers.emplace_back();
    try {
        worker.thread = std::thread([this, &worker] { run(worker); });
    } catch (const std::system_error &) {
        m_workers.pop_back();
        return false;
    }
    pthread_setname_np(worker.thread.native_handle(), "query helper");
    return true;
}

Crew::Help *Crew::wanting(const Worker &worker) const
{
    const auto fits = [&worker](const Help *help) {
        return help->m_wanted > 0 && (help->m_givesWay || !worker.givesWay);
    };
    const auto it = std::ranges::find_if(m_helps, fits);
    return it == m_helps.end() ? nullptr : *it;
}

void Crew::serve(Help &help, Worker &worker, std::unique_lock<std::mutex> &lock)
{
    help.m_wanted--;
    help.m_running++;
    worker.isIdle = false;
    lock.unlock();
    help.m_work();
    lock.lock();
    worker.givesWay = givesWayToIngest();
    worker.isIdle = true;
    help.m_running--;
    m_left.notify_all();
}

void Crew::run(Worker &self)
{
    std::unique_lock lock(m_mutex);
    self.givesWay = givesWayToIngest();
    self.isIdle = true;
    const auto isCalled = [&] { return m_stops || self.isDismissed || wanting(self); };
    while (m_changed.wait_for(lock, idleTime, isCalled) && !m_stops && !self.isDismissed)
        serve(*wanting(self), self, lock);
    self.hasEnded = true;
}

Crew::Help::Help(Crew &crew, std::function<void()> work)
    : m_crew(crew)
    , m_work(std::move(work))
    , m_givesWay(givesWayToIngest())
    , m_wanted(crew.m_size)
{
    if (m_wanted == 0)
        return;
    {
        const std::lock_guard lock(crew.m_mutex);
        crew.begin(m_givesWay);
        crew.m_helps.push_back(this);
    }
    crew.m_changed.notify_all();
}

Crew::Help::~Help()
{
    std::unique_lock lock(m_crew.m_mutex);
    m_wanted = 0;
    std::erase(m_crew.m_helps, this);
    m_crew.m_left.wait(lock, [this] { return m_running == 0; });
}

} // namespace plimsoll::promql

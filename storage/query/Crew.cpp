#include "storage/query/Crew.h"

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

/// Under the mutex.
void Crew::begin()
{
    for (auto it = m_workers.begin(); it != m_workers.end();) {
        if (!it->hasEnded) {
            ++it;
            continue;
        }
        it->thread.join();
        it = m_workers.erase(it);
    }
    while (m_workers.size() < m_size) {
        Worker &worker = m_workers.emplace_back();
        try {
            worker.thread = std::thread([this, &worker] { run(worker); });
        } catch (const std::system_error &) { // no more threads: nobody helps
            m_workers.pop_back();
            return;
        }
        pthread_setname_np(worker.thread.native_handle(), "query helper");
    }
}

Crew::Help *Crew::wanting() const
{
    const auto it = std::ranges::find_if(m_helps, [](const Help *help) { return help->m_wanted > 0; });
    return it == m_helps.end() ? nullptr : *it;
}

void Crew::run(Worker &self)
{
    std::unique_lock lock(m_mutex);
    while (m_changed.wait_for(lock, idleTime, [this] { return m_stops || wanting(); }) && !m_stops) {
        Help *help = wanting();
        help->m_wanted--;
        help->m_running++;
        lock.unlock();
        help->m_work();
        lock.lock();
        help->m_running--;
        m_left.notify_all();
    }
    self.hasEnded = true;
}

Crew::Help::Help(Crew &crew, std::function<void()> work)
    : m_crew(crew)
    , m_work(std::move(work))
    , m_wanted(crew.m_size)
{
    if (m_wanted == 0)
        return;
    {
        const std::lock_guard lock(crew.m_mutex);
        crew.begin();
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

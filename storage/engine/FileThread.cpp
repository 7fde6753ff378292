#include "storage/engine/FileThread.h"

#include "storage/model/ThreadPriority.h"

namespace plimsoll {

FileThread::FileThread()
    : m_thread([this] { work(); })
{
}

FileThread::~FileThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_jobs.clear();
    }
    m_changed.notify_all();
    m_thread.join();
}

void FileThread::post(Job job)
{
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
    }
    m_changed.notify_all();
}

void FileThread::drain()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_jobs.empty() && !m_running; });
}

void FileThread::work()
{
    giveWayToForeground();
    std::unique_lock lock(m_mutex);
    while (true) {
        m_changed.wait(lock, [this] { return m_stopping || !m_jobs.empty(); });
        if (m_stopping)
            return;
        Job job = std::move(m_jobs.front());
        m_jobs.pop_front();
        m_running = true;
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
        m_running = false;
        m_changed.notify_all();
    }
}

} // namespace plimsoll

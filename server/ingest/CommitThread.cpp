#include "server/ingest/CommitThread.h"

#include "storage/model/ThreadPriority.h"

namespace plimsoll::ingest {

CommitThread::CommitThread(std::function<Status()> write, std::function<void()> written)
    : m_write(std::move(write))
    , m_written(std::move(written))
{
}

CommitThread::~CommitThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

void CommitThread::begin()
{
    {
        const std::lock_guard lock(m_mutex);
        m_asked = true;
        m_over = false;
    }
    m_changed.notify_all();
    if (!m_thread.joinable())
        m_thread = std::thread([this] { work(); });
}

Status CommitThread::end()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_over.load(); });
    return std::exchange(m_status, {});
}

void CommitThread::work()
{
    takeShortTurns();
    std::unique_lock lock(m_mutex);
    while (true) {
        m_changed.wait(lock, [this] { return m_stopping || m_asked; });
        if (m_stopping)
            return;
        m_asked = false;
        lock.unlock();
        Status status = m_write();
        lock.lock();
        m_status = std::move(status);
        m_over = true;
        lock.unlock();
        m_changed.notify_all();
        m_written();
        lock.lock();
    }
}

} // namespace plimsoll::ingest

#include "server/http/HashingThread.h"

#include <utility>

namespace plimsoll::http {

HashingThread::~HashingThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stops = true;
    }
    m_changed.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

bool HashingThread::post(Work work)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.size() >= maxWaiting)
            return false;
        m_waiting.push(std::move(work));
        if (!m_thread.joinable())
            m_thread = std::thread([this] { run(); });
    }
    m_changed.notify_one();
    return true;
}

void HashingThread::run()
{
    for (;;) {
        Work work;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [this] { return m_stops || !m_waiting.empty(); });
            if (m_waiting.empty())
                return;
            work = std::move(m_waiting.front());
            m_waiting.pop();
        }
        work();
    }
}

} // namespace plimsoll::http

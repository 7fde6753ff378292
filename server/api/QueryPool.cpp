#include "server/api/QueryPool.h"

#include <exception>

#include <pthread.h>

namespace plimsoll::api {

namespace {

http::Response evaluated(const QueryPool::Evaluate &evaluate, const QueryPool::Cancelled &cancelled)
{
    try {
        return evaluate(cancelled);
    } catch (const std::exception &failure) {
        qWarning("an evaluation failed: %s", failure.what());
    } catch (...) {
        qWarning("an evaluation failed");
    }
    return http::Response::error({ErrorCode::Internal, "The evaluation failed.", "The log says more."});
}

} // namespace

QueryPool::QueryPool(size_t threads, size_t maxWaiting)
    : m_maxWaiting(maxWaiting)
{
    for (size_t i = 0; i < threads; i++) {
        m_threads.emplace_back([this] { work(); });
        pthread_setname_np(m_threads.back().native_handle(), "query");
    }
}

QueryPool::~QueryPool()
{
    std::deque<Task> dropped;
    {
        const std::lock_guard lock(m_mutex);
        m_stops = true;
        dropped.swap(m_tasks);
        for (const auto &cancelled : m_running)
            cancelled->store(true);
    }
    m_changed.notify_all();
    for (std::thread &thread : m_threads)
        thread.join();
}

std::shared_ptr<QueryPool::Cancelled> QueryPool::run(Job job)
{
    auto cancelled = std::make_shared<Cancelled>(false);
    {
        const std::lock_guard lock(m_mutex);
        if (m_stops || m_tasks.size() >= m_maxWaiting)
            return nullptr;
        m_tasks.push_back({std::move(job), cancelled});
    }
    m_changed.notify_one();
    return cancelled;
}

void QueryPool::answer(http::Reply reply, Evaluate evaluate)
{
    // A client that goes before the job is queued finds nothing to cancel; the job asks by itself then.
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    const auto cancelled = run([shared, evaluate = std::move(evaluate)](const Cancelled &stop) {
        if (!stop && !shared->clientGone())
            shared->send(evaluated(evaluate, stop));
    });
    if (!cancelled) {
        shared->send(http::Response::error(
            {ErrorCode::Unavailable, "Too many queries are waiting.", "Try again in a moment."}));
        return;
    }
    shared->onClientGone([cancelled] { cancelled->store(true); });
}

size_t QueryPool::waiting() const
{
    const std::lock_guard lock(m_mutex);
    return m_tasks.size();
}

size_t QueryPool::busy() const
{
    const std::lock_guard lock(m_mutex);
    return m_running.size();
}

void QueryPool::work()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        m_changed.wait(lock, [this] { return m_stops || !m_tasks.empty(); });
        if (m_stops)
            return;
        Task task = std::move(m_tasks.front());
        m_tasks.pop_front();
        m_running.push_back(task.cancelled);
        lock.unlock();
        task.job(*task.cancelled);
        task.job = nullptr;
        lock.lock();
        std::erase(m_running, task.cancelled);
    }
}

} // namespace plimsoll::api

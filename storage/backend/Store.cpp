#include "storage/backend/Store.h"

#include "storage/model/ThreadPriority.h"

#include <future>

namespace plimsoll {

Result<std::unique_ptr<Store>> Store::open(std::unique_ptr<Backend> backend)
{
    std::unique_ptr<Store> store(new Store(std::move(backend)));
    if (Status opened = store->run([](Backend &b) { return b.open(); }); !opened)
        return opened.error();
    return store;
}

Store::Store(std::unique_ptr<Backend> backend)
    : m_backend(std::move(backend))
    , m_thread([this] { work(); })
{
}

Store::~Store()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void Store::post(Job job)
{
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
        m_depth++;
    }
    m_wake.notify_one();
}

Status Store::run(const std::function<Status(Backend &)> &job)
{
    std::promise<Status> promise;
    auto answer = promise.get_future();
    post([&](Backend &backend) { promise.set_value(job(backend)); });
    return answer.get();
}

void Store::work()
{
    giveWayToForeground();
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_stopping || !m_jobs.empty(); });
        if (m_jobs.empty())
            break;
        Job job = std::move(m_jobs.front());
        m_jobs.pop_front();
        lock.unlock();
        job(*m_backend);
        job = nullptr;
        m_depth--;
        lock.lock();
    }
    (void)m_backend->close();
}

} // namespace plimsoll

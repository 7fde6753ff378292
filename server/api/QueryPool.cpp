#include "server/api/QueryPool.h"

#include "storage/query/Crew.h"

#include <algorithm>
#include <exception>

namespace plimsoll::api {

namespace {

using SteadyClock = std::chrono::steady_clock;

void serveSafely(const QueryPool::Serve &serve, http::Reply &reply, const QueryPool::Cancelled &cancelled,
                 const QueryPool::Refuse &refuse)
{
    try {
        return serve(reply, cancelled);
    } catch (const std::exception &failure) {
        qWarning("an evaluation failed: %s", failure.what());
    } catch (...) {
        qWarning("an evaluation failed");
    }
    reply.send(refuse({ErrorCode::Internal, "The evaluation failed.", "The log says more."}));
}

} // namespace

QueryPool::QueryPool(size_t threads, size_t maxWaiting, std::chrono::milliseconds maxWait)
    : m_maxWaiting(maxWaiting)
    , m_maxWait(maxWait)
    , m_threads(threads, [this](std::chrono::milliseconds patience) { return take(patience); })
{
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
    m_threads.join();
    promql::Crew::shared().dismiss(); // with their connections to the database
}

std::shared_ptr<QueryPool::Cancelled> QueryPool::run(Job job)
{
    auto cancelled = std::make_shared<Cancelled>(false);
    {
        const std::lock_guard lock(m_mutex);
        if (isFull())
            forgetCancelled();
        if (m_stops || isFull())
            return nullptr;
        m_tasks.push_back({std::move(job), cancelled});
    }
    m_changed.notify_one();
    return cancelled;
}

void QueryPool::answer(http::Reply reply, Evaluate evaluate)
{
    serve(
        std::move(reply),
        [evaluate = std::move(evaluate)](http::Reply &to, const Cancelled &stop) { to.send(evaluate(stop)); },
        [](const Error &error) { return http::Response::error(error); });
}

void QueryPool::serve(http::Reply reply, Serve serve, Refuse refuse)
{
    // A client that goes before the job is queued finds nothing to cancel; the job asks by itself then.
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    const auto latest = SteadyClock::now() + m_maxWait;
    const auto cancelled =
        run([this, shared, latest, serve = std::move(serve), refuse](const Cancelled &stop) {
            if (stop || shared->clientGone())
                return;
            const auto start = SteadyClock::now();
            if (start > latest) {
                m_figures.noteRefused(QueryFigures::Bound::Queue);
                return shared->send(
                    refuse({ErrorCode::Unavailable, "The query waited too long for others to end.",
                            "Try again in a moment."}));
            }
            m_figures.noteStarted();
            serveSafely(serve, *shared, stop, refuse);
            m_figures.noteEnded(std::chrono::duration<double>(SteadyClock::now() - start).count());
        });
    if (!cancelled) {
        m_figures.noteRefused(QueryFigures::Bound::Queue);
        shared->send(
            refuse({ErrorCode::Unavailable, "Too many queries are waiting.", "Try again in a moment."}));
        return;
    }
    shared->onClientGone([cancelled] { cancelled->store(true); });
}

/// Called with the mutex held. A job for which a thread is free does not wait, though the thread may not have
/// taken it yet.
bool QueryPool::isFull() const
{
    return m_tasks.size() >= m_maxWaiting + (m_threads.count() - m_running.size());
}

/// Called with the mutex held. Their replies answer by themselves, to nobody.
void QueryPool::forgetCancelled()
{
    std::erase_if(m_tasks, [](const Task &task) { return task.cancelled->load(); });
}

size_t QueryPool::waiting() const
{
    const std::lock_guard lock(m_mutex);
    return static_cast<size_t>(
        std::ranges::count_if(m_tasks, [](const Task &task) { return !task.cancelled->load(); }));
}

size_t QueryPool::busy() const
{
    const std::lock_guard lock(m_mutex);
    return m_running.size();
}

/// Nothing once the pool stops, an empty job where none came.
std::optional<QueryThreads::Job> QueryPool::take(std::chrono::milliseconds patience)
{
    std::unique_lock lock(m_mutex);
    const bool isWoken = m_changed.wait_for(lock, patience, [this] { return m_stops || !m_tasks.empty(); });
    if (m_stops)
        return std::nullopt;
    if (!isWoken)
        return QueryThreads::Job();
    auto task = std::make_shared<Task>(std::move(m_tasks.front()));
    m_tasks.pop_front();
    m_running.push_back(task->cancelled);
    return [this, task = std::move(task)] { run(*task); };
}

void QueryPool::run(Task &task)
{
    task.job(*task.cancelled);
    task.job = nullptr;
    const std::lock_guard lock(m_mutex);
    std::erase(m_running, task.cancelled);
}

} // namespace plimsoll::api

#include "alerts/checks/SideThreads.h"

#include <QPointer>

#include <exception>
#include <mutex>
#include <thread>

namespace plimsoll::alerts {

/// The way back to the owner, which may have gone.
struct SideThreads::Line
{
    std::mutex mutex;
    SideThreads *owner = nullptr; ///< under the mutex
};

struct SideThreads::Waiter
{
    QPointer<QObject> context;
    Done done;
};

SideThreads::SideThreads(QObject *parent)
    : QObject(parent)
    , m_line(std::make_shared<Line>())
{
    m_line->owner = this;
}

SideThreads::~SideThreads()
{
    const std::lock_guard lock(m_line->mutex);
    m_line->owner = nullptr;
}

void SideThreads::run(const std::string &key, Job job, QObject *context, Done done)
{
    if (const auto found = m_waiting.find(key); found != m_waiting.end()) {
        found->second.push_back({context, std::move(done)});
        return;
    }
    if (m_waiting.size() >= maxThreads)
        return done({});
    m_waiting[key].push_back({context, std::move(done)});
    const auto work = [line = m_line, key, job = std::move(job)] {
        std::any result;
        try {
            result = job();
        } catch (const std::exception &) {
            result.reset();
        }
        const std::lock_guard lock(line->mutex);
        if (SideThreads *owner = line->owner)
            QMetaObject::invokeMethod(
                owner, [owner, key, result] { owner->answer(key, result); }, Qt::QueuedConnection);
    };
    try {
        std::thread(work).detach();
    } catch (const std::system_error &) {
        answer(key, {});
    }
}

void SideThreads::answer(const std::string &key, const std::any &result)
{
    const auto found = m_waiting.find(key);
    if (found == m_waiting.end())
        return;
    const std::vector<Waiter> waiters = std::move(found->second);
    m_waiting.erase(found);
    for (const Waiter &waiter : waiters) {
        if (waiter.context)
            waiter.done(result);
    }
}

} // namespace plimsoll::alerts

#pragma once

#include "storage/model/Clock.h"
#include "storage/upkeep/Progress.h"

#include <QJsonArray>
#include <QJsonObject>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace plimsoll::api {

/// Long work that was asked for by a request and is looked after by others: a backup, a check. Each job has a
/// thread of its own; one of a kind runs at a time. Kept in memory until the appliance ends, the last fifty
/// of them. Safe from any thread.
class Jobs
{
public:
    /// Does the work and returns what it made; ends soon after it was cancelled.
    using Work = std::function<Result<QJsonObject>(const Progress &progress)>;

    explicit Jobs(const Clock &clock)
        : m_clock(clock)
    {
    }
    /// Cancels what runs and waits for it.
    ~Jobs() { stop(); }
    Jobs(const Jobs &) = delete;
    Jobs &operator=(const Jobs &) = delete;

    /// The job as get() shows it. Fails with Conflict where one of this kind runs.
    Result<QJsonObject> start(const QString &kind, Work work);
    /// The newest first.
    QJsonArray list() const;
    /// `{"id","kind","state","done_bytes","total_bytes","started_ms","ended_ms","result","error"}`; the state
    /// is running, done, failed or cancelled.
    Result<QJsonObject> get(const std::string &id) const;
    /// Cancels a running one; forgets one that has ended.
    Status cancel(const std::string &id);
    /// Cancels all, waits, and starts no more.
    void stop();

private:
    enum class State { Running, Done, Failed, Cancelled };
    struct Job
    {
        std::string id;
        QString kind;
        State state = State::Running;
        std::atomic<bool> cancelled = false;
        std::atomic<uint64_t> doneBytes = 0;
        std::atomic<uint64_t> totalBytes = 0;
        int64_t startedMs = 0;
        int64_t endedMs = 0;
        QJsonObject result;
        Error error;
        std::thread thread;
    };
    using JobPtr = std::shared_ptr<Job>;

    static QJsonObject toJson(const Job &job);
    void run(Job &job, const Work &work);
    JobPtr find(const std::string &id) const;
    void forgetOld();

    const Clock &m_clock;
    mutable std::mutex m_mutex; ///< of all below and of what the jobs say of themselves
    std::deque<JobPtr> m_jobs;  ///< the oldest first
    uint64_t m_started = 0;
    bool m_stopped = false;
};

} // namespace plimsoll::api

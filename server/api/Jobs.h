#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Clock.h"
#include "storage/upkeep/Progress.h"

#include <QJsonArray>
#include <QJsonObject>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace plimsoll::api {

/// Long work that was asked for by a request and is looked after by others: a backup, a backtest. Each job
/// has a thread of its own; one of a kind runs at a time unless its terms say otherwise. Kept in memory until
/// the appliance ends, the last fifty of them. Safe from any thread.
class Jobs
{
public:
    /// Does the work and returns what it made; ends soon after it was cancelled.
    using Work = std::function<Result<QJsonObject>(const Progress &progress)>;
    using Ended = std::function<void(const Result<QJsonObject> &result)>;

    /// How a job runs and who sees it.
    struct Terms
    {
        Terms() = default;

        std::optional<ProjectId> project; ///< whose it is; none: the appliance's
        size_t atATime = 1;               ///< of its kind
        bool listed = true;  ///< false: only who knows its id finds it until show(), and it goes when it ends
        bool inBytes = true; ///< its progress counts bytes
        bool gentle = false; ///< it gives way to the threads that take samples in
        Ended ended;         ///< called on the job's thread; may be empty
    };

    /// Who asks: those of a project see its jobs only, nothing stands for who manages the appliance.
    using Viewer = std::optional<ProjectId>;

    explicit Jobs(const Clock &clock)
        : m_clock(clock)
    {
    }
    /// Cancels what runs and waits for it.
    ~Jobs() { stop(); }
    Jobs(const Jobs &) = delete;
    Jobs &operator=(const Jobs &) = delete;

    /// The job as get() shows it. Fails with Conflict where as many of this kind as may be run.
    Result<QJsonObject> start(const QString &kind, Work work);
    Result<QJsonObject> start(const QString &kind, Work work, Terms terms);
    /// The newest first.
    QJsonArray list(Viewer viewer = {}) const;
    /// `{"id","kind","state","progress","done_bytes","total_bytes","started_ms","ended_ms","result","error"}`;
    /// the state is running, done, failed or cancelled, progress goes from 0 to 1; bytes where they are
    /// counted.
    Result<QJsonObject> get(const std::string &id, Viewer viewer = {}) const;
    /// Puts one that was not listed on the list.
    void show(const std::string &id);
    /// Cancels a running one; forgets one that has ended.
    Status cancel(const std::string &id, Viewer viewer = {});
    /// Cancels all, waits, and starts no more.
    void stop();

private:
    enum class State { Running, Done, Failed, Cancelled };
    struct Job
    {
        std::string id;
        QString kind;
        Terms terms;
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
    JobPtr find(const std::string &id, Viewer viewer = {}) const;
    void forgetOld();
    void forgetUnlisted();
    void forget(std::deque<JobPtr>::iterator job);

    const Clock &m_clock;
    mutable std::mutex m_mutex; ///< of all below and of what the jobs say of themselves
    std::deque<JobPtr> m_jobs;  ///< the oldest first
    uint64_t m_started = 0;
    bool m_stopped = false;
};

} // namespace plimsoll::api

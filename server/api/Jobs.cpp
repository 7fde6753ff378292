#include "server/api/Jobs.h"

namespace plimsoll::api {

namespace {
constexpr size_t maxKept = 50;
} // namespace

QJsonObject Jobs::toJson(const Job &job)
{
    static constexpr const char *words[] = {"running", "done", "failed", "cancelled"};
    const bool running = job.state == State::Running;
    QJsonObject object{{"id", QString::fromStdString(job.id)},
                       {"kind", job.kind},
                       {"state", words[static_cast<size_t>(job.state)]},
                       {"done_bytes", qint64(job.doneBytes)},
                       {"total_bytes", qint64(job.totalBytes)},
                       {"started_ms", qint64(job.startedMs)},
                       {"ended_ms", running ? QJsonValue() : QJsonValue(qint64(job.endedMs))},
                       {"result", job.state == State::Done ? QJsonValue(job.result) : QJsonValue()},
                       {"error", QJsonValue()}};
    if (job.state == State::Failed)
        object["error"] = QJsonObject{{"message", QString::fromStdString(job.error.message)},
                                      {"hint", QString::fromStdString(job.error.hint)}};
    return object;
}

Result<QJsonObject> Jobs::start(const QString &kind, Work work)
{
    const std::lock_guard lock(m_mutex);
    if (m_stopped)
        return Error{ErrorCode::Unavailable, "Plimsoll is stopping.", "Try again in a moment."};
    for (const JobPtr &job : m_jobs) {
        if (job->kind == kind && job->state == State::Running)
            return Error{ErrorCode::Conflict, "A job of kind " + kind.toStdString() + " runs already.",
                         "Wait for it, or cancel it: it is job " + job->id + "."};
    }
    forgetOld();
    auto job = std::make_shared<Job>();
    job->kind = kind;
    job->startedMs = m_clock.nowMs();
    job->id = std::to_string(job->startedMs) + '-' + std::to_string(++m_started);
    m_jobs.push_back(job);
    job->thread = std::thread([this, &job = *job, work = std::move(work)] { run(job, work); });
    return toJson(*job);
}

void Jobs::run(Job &job, const Work &work)
{
    Progress progress;
    progress.cancelled = &job.cancelled;
    progress.tell = [&job](uint64_t doneBytes, uint64_t totalBytes) {
        job.doneBytes = doneBytes;
        job.totalBytes = totalBytes;
    };
    Result<QJsonObject> result = work(progress);
    const std::lock_guard lock(m_mutex);
    job.endedMs = m_clock.nowMs();
    if (result) {
        job.state = State::Done;
        job.result = std::move(*result);
        return;
    }
    job.error = result.error();
    job.state = job.error.code == ErrorCode::Cancelled ? State::Cancelled : State::Failed;
}

QJsonArray Jobs::list() const
{
    const std::lock_guard lock(m_mutex);
    QJsonArray items;
    for (auto it = m_jobs.rbegin(); it != m_jobs.rend(); ++it)
        items.append(toJson(**it));
    return items;
}

Jobs::JobPtr Jobs::find(const std::string &id) const
{
    for (const JobPtr &job : m_jobs) {
        if (job->id == id)
            return job;
    }
    return nullptr;
}

Result<QJsonObject> Jobs::get(const std::string &id) const
{
    const std::lock_guard lock(m_mutex);
    if (const JobPtr job = find(id))
        return toJson(*job);
    return Error{ErrorCode::NotFound, "There is no job " + id + ".", {}};
}

Status Jobs::cancel(const std::string &id)
{
    JobPtr ended;
    {
        const std::lock_guard lock(m_mutex);
        const JobPtr job = find(id);
        if (!job)
            return Error{ErrorCode::NotFound, "There is no job " + id + ".", {}};
        job->cancelled = true;
        if (job->state == State::Running)
            return {};
        std::erase(m_jobs, job);
        ended = job;
    }
    ended->thread.join();
    return {};
}

void Jobs::forgetOld()
{
    while (m_jobs.size() >= maxKept) {
        const auto old = std::find_if(m_jobs.begin(), m_jobs.end(),
                                      [](const JobPtr &job) { return job->state != State::Running; });
        if (old == m_jobs.end())
            return;
        (*old)->thread.join();
        m_jobs.erase(old);
    }
}

void Jobs::stop()
{
    std::deque<JobPtr> jobs;
    {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
        jobs = m_jobs;
    }
    for (const JobPtr &job : jobs) {
        job->cancelled = true;
        if (job->thread.joinable())
            job->thread.join();
    }
}

} // namespace plimsoll::api

#include "server/api/Jobs.h"

#include <sys/resource.h>

#include <algorithm>

namespace plimsoll::api {

namespace {
constexpr size_t maxKept = 50;
constexpr int gentleNiceness = 10;
} // namespace

QJsonObject Jobs::toJson(const Job &job)
{
    static constexpr const char *words[] = {"running", "done", "failed", "cancelled"};
    const bool running = job.state == State::Running;
    QJsonObject object{{"id", QString::fromStdString(job.id)},
                       {"kind", job.kind},
                       {"state", words[static_cast<size_t>(job.state)]},
                       {"progress", QJsonValue()},
                       {"started_ms", qint64(job.startedMs)},
                       {"ended_ms", running ? QJsonValue() : QJsonValue(qint64(job.endedMs))},
                       {"result", job.state == State::Done ? QJsonValue(job.result) : QJsonValue()},
                       {"error", QJsonValue()}};
    if (job.totalBytes > 0)
        object["progress"] = std::min(1.0, double(job.doneBytes) / double(job.totalBytes));
    if (job.terms.inBytes) {
        object["done_bytes"] = qint64(job.doneBytes);
        object["total_bytes"] = qint64(job.totalBytes);
    }
    if (job.state == State::Failed)
        object["error"] = QJsonObject{{"message", QString::fromStdString(job.error.message)},
                                      {"hint", QString::fromStdString(job.error.hint)}};
    return object;
}

Result<QJsonObject> Jobs::start(const QString &kind, Work work)
{
    return start(kind, std::move(work), Terms());
}

Result<QJsonObject> Jobs::start(const QString &kind, Work work, Terms terms)
{
    const std::lock_guard lock(m_mutex);
    if (m_stopped)
        return Error{ErrorCode::Unavailable, "Plimsoll is stopping.", "Try again in a moment."};
    size_t running = 0;
    for (const JobPtr &job : m_jobs) {
        if (job->kind != kind || job->state != State::Running || ++running < terms.atATime)
            continue;
        const bool own = !job->terms.project || job->terms.project == terms.project;
        return Error{ErrorCode::Conflict, "A job of kind " + kind.toStdString() + " runs already.",
                     own ? "Wait for it, or cancel it: it is job " + job->id + "."
                         : "Try again in a moment."};
    }
    forgetUnlisted();
    forgetOld();
    auto job = std::make_shared<Job>();
    job->kind = kind;
    job->terms = std::move(terms);
    job->startedMs = m_clock.nowMs();
    job->id = std::to_string(job->startedMs) + '-' + std::to_string(++m_started);
    m_jobs.push_back(job);
    job->thread = std::thread([this, &job = *job, work = std::move(work)] { run(job, work); });
    return toJson(*job);
}

void Jobs::run(Job &job, const Work &work)
{
    if (job.terms.gentle)
        setpriority(PRIO_PROCESS, 0, gentleNiceness);
    Progress progress;
    progress.cancelled = &job.cancelled;
    progress.tell = [&job](uint64_t doneBytes, uint64_t totalBytes) {
        job.doneBytes = doneBytes;
        job.totalBytes = totalBytes;
    };
    Result<QJsonObject> result = work(progress);
    if (job.terms.ended)
        job.terms.ended(result);
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

QJsonArray Jobs::list(Viewer viewer) const
{
    const std::lock_guard lock(m_mutex);
    QJsonArray items;
    for (auto it = m_jobs.rbegin(); it != m_jobs.rend(); ++it) {
        if ((*it)->terms.listed && (!viewer || viewer == (*it)->terms.project))
            items.append(toJson(**it));
    }
    return items;
}

Jobs::JobPtr Jobs::find(const std::string &id, Viewer viewer) const
{
    for (const JobPtr &job : m_jobs) {
        if (job->id == id && (!viewer || viewer == job->terms.project))
            return job;
    }
    return nullptr;
}

void Jobs::show(const std::string &id)
{
    const std::lock_guard lock(m_mutex);
    if (const JobPtr job = find(id))
        job->terms.listed = true;
}

Result<QJsonObject> Jobs::get(const std::string &id, Viewer viewer) const
{
    const std::lock_guard lock(m_mutex);
    if (const JobPtr job = find(id, viewer))
        return toJson(*job);
    return Error{ErrorCode::NotFound, "There is no job " + id + ".", {}};
}

Status Jobs::cancel(const std::string &id, Viewer viewer)
{
    JobPtr ended;
    {
        const std::lock_guard lock(m_mutex);
        const JobPtr job = find(id, viewer);
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
        forget(old);
    }
}

void Jobs::forgetUnlisted()
{
    for (size_t i = m_jobs.size(); i-- > 0;) {
        if (!m_jobs[i]->terms.listed && m_jobs[i]->state != State::Running)
            forget(m_jobs.begin() + static_cast<ptrdiff_t>(i));
    }
}

/// Its thread has nothing left to do but to end, and needs no lock for that.
void Jobs::forget(std::deque<JobPtr>::iterator job)
{
    (*job)->thread.join();
    m_jobs.erase(job);
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

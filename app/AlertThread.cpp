#include "app/AlertThread.h"

namespace plimsoll::app {

Status AlertThread::start(const alerts::AlertOptions &options, const alerts::AlertParts &parts,
                          Prepare prepare, const std::set<ProjectId> &projects)
{
    m_thread.setObjectName(QStringLiteral("alerts"));
    m_thread.start();
    m_entry = std::make_unique<QObject>();
    m_entry->moveToThread(&m_thread);
    m_leads = options.leads;
    m_prepare = std::move(prepare);
    m_shared = std::make_unique<alerts::StatusShared>(parts.store, parts.clock);
    m_shared->runs.moveToThread(&m_thread);
    alerts::AlertParts whole = parts;
    whole.status = m_shared.get();
    m_make = [options, parts = whole](ProjectId project, bool leads) {
        alerts::AlertOptions own = options;
        own.project = project;
        own.leads = leads;
        if (project != defaultProject)
            own.threads = 1;
        return std::make_unique<alerts::ProjectAlerts>(own, parts);
    };
    Status opened;
    const auto openAll = [&] {
        m_shared->runs.start(m_leads);
        for (auto it = projects.begin(); it != projects.end() && opened; ++it)
            opened = open(*it);
    };
    QMetaObject::invokeMethod(m_entry.get(), openAll, Qt::BlockingQueuedConnection);
    if (!opened)
        stop();
    return opened;
}

Status AlertThread::open(ProjectId project)
{
    auto alerts = m_make(project, m_leads);
    if (Status opened = alerts->open(); !opened)
        return opened;
    m_prepare(project, *alerts);
    alerts->start();
    m_projects[project] = std::move(alerts);
    return {};
}

void AlertThread::close(ProjectId project)
{
    const auto it = m_projects.find(project);
    it->second->stop();
    // Coroutines that still wait end with the thread's event loop; the alerts go there too.
    it->second.release()->deleteLater();
    m_projects.erase(it);
}

void AlertThread::closeAll()
{
    while (!m_projects.empty())
        close(m_projects.begin()->first);
}

void AlertThread::serve(std::set<ProjectId> projects, std::function<void()> then)
{
    const auto change = [this, projects = std::move(projects), then = std::move(then)] {
        std::set<ProjectId> gone;
        for (const auto &[project, alerts] : m_projects) {
            if (!projects.contains(project))
                gone.insert(project);
        }
        for (const ProjectId project : gone)
            close(project);
        for (const ProjectId project : projects) {
            if (m_projects.contains(project))
                continue;
            if (const Status opened = open(project); !opened)
                qWarning("The alarms of a project could not be read: %s", opened.error().message.c_str());
        }
        then();
    };
    QMetaObject::invokeMethod(m_entry.get(), change, Qt::QueuedConnection);
}

void AlertThread::restart(bool leads)
{
    const auto again = [this, leads] {
        std::set<ProjectId> projects;
        for (const auto &[project, alerts] : m_projects)
            projects.insert(project);
        closeAll();
        m_leads = leads;
        m_shared->runs.start(leads);
        for (const ProjectId project : projects) {
            if (const Status opened = open(project); !opened)
                qWarning("Alarms could not be read again: %s", opened.error().message.c_str());
        }
    };
    QMetaObject::invokeMethod(m_entry.get(), again, Qt::QueuedConnection);
}

void AlertThread::post(ProjectId project, Work work)
{
    const auto run = [this, project, work = std::move(work)] {
        const auto it = m_projects.find(project);
        work(it == m_projects.end() ? nullptr : it->second.get());
    };
    QMetaObject::invokeMethod(m_entry.get(), run, Qt::AutoConnection);
}

void AlertThread::postToAll(WorkOnAll work)
{
    const auto run = [this, work = std::move(work)] { work(m_projects, *m_shared); };
    QMetaObject::invokeMethod(m_entry.get(), run, Qt::AutoConnection);
}

std::vector<alerts::CheckFacts> AlertThread::ready(ProjectId project) const
{
    return m_shared ? m_shared->ready.of(project) : std::vector<alerts::CheckFacts>();
}

void AlertThread::stop()
{
    if (m_entry) {
        QMetaObject::invokeMethod(
            m_entry.get(),
            [this] {
                closeAll();
                m_shared->runs.stop();
            },
            Qt::BlockingQueuedConnection);
        m_entry.release()->deleteLater();
    }
    m_thread.quit();
    m_thread.wait();
}

} // namespace plimsoll::app

#include "app/AlertThread.h"

namespace plimsoll::app {

Status AlertThread::start(const alerts::AlertOptions &options, const ReaderSource &source,
                          DocumentStore &store, const Clock &clock, Prepare prepare,
                          const std::set<ProjectId> &projects)
{
    m_thread.setObjectName(QStringLiteral("alerts"));
    m_thread.start();
    m_entry = std::make_unique<QObject>();
    m_entry->moveToThread(&m_thread);
    m_leads = options.leads;
    m_prepare = std::move(prepare);
    m_make = [options, &source, &store, &clock](ProjectId project, bool leads) {
        alerts::AlertOptions own = options;
        own.project = project;
        own.leads = leads;
        if (project != defaultProject)
            own.threads = 1;
        return std::make_unique<alerts::AlertService>(own, source, store, clock);
    };
    Status opened;
    const auto openAll = [&] {
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
    auto service = m_make(project, m_leads);
    if (Status opened = service->open(); !opened)
        return opened;
    m_prepare(project, *service);
    service->start();
    m_services[project] = std::move(service);
    return {};
}

void AlertThread::close(ProjectId project)
{
    const auto it = m_services.find(project);
    it->second->stop();
    // Coroutines that still wait end with the thread's event loop; the service goes there too.
    it->second.release()->deleteLater();
    m_services.erase(it);
}

void AlertThread::closeAll()
{
    while (!m_services.empty())
        close(m_services.begin()->first);
}

void AlertThread::serve(std::set<ProjectId> projects, std::function<void()> then)
{
    const auto change = [this, projects = std::move(projects), then = std::move(then)] {
        std::set<ProjectId> gone;
        for (const auto &[project, service] : m_services) {
            if (!projects.contains(project))
                gone.insert(project);
        }
        for (const ProjectId project : gone)
            close(project);
        for (const ProjectId project : projects) {
            if (m_services.contains(project))
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
        for (const auto &[project, service] : m_services)
            projects.insert(project);
        closeAll();
        m_leads = leads;
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
        const auto it = m_services.find(project);
        work(it == m_services.end() ? nullptr : it->second.get());
    };
    QMetaObject::invokeMethod(m_entry.get(), run, Qt::AutoConnection);
}

void AlertThread::stop()
{
    if (m_entry) {
        QMetaObject::invokeMethod(
            m_entry.get(), [this] { closeAll(); }, Qt::BlockingQueuedConnection);
        m_entry.release()->deleteLater();
    }
    m_thread.quit();
    m_thread.wait();
}

} // namespace plimsoll::app

#pragma once

#include "alerts/AlertService.h"

#include <QThread>

#include <functional>
#include <map>
#include <memory>
#include <set>

namespace plimsoll::app {

/// The alerts of all projects on a thread of their own: one service each, made, opened, run and destroyed
/// there.
class AlertThread
{
public:
    using Prepare = std::function<void(ProjectId, alerts::AlertService &)>;
    using Work = std::function<void(alerts::AlertService *)>;

    AlertThread() = default;
    ~AlertThread() { stop(); }
    AlertThread(const AlertThread &) = delete;
    AlertThread &operator=(const AlertThread &) = delete;

    /// Opens the services of these projects; blocks until they are there, and fails where one cannot be
    /// opened. `prepare` runs on the thread before a service's clockwork starts, to connect signals, and
    /// again with each that takes the place of another.
    Status start(const alerts::AlertOptions &options, const ReaderSource &source, DocumentStore &store,
                 const Clock &clock, Prepare prepare, const std::set<ProjectId> &projects);
    /// Has services for these projects and no other from now on. Returns at once; `then` runs on the thread
    /// when it is so.
    void serve(std::set<ProjectId> projects, std::function<void()> then);
    /// Puts services that read all records anew into the places of these, and leads or not. Returns at once.
    void restart(bool leads);
    /// Ends what is under way, destroys the services, joins. Safe to call again.
    void stop();

    /// Runs on the thread, with the service of that project that is there then, or null where there is none;
    /// from any thread, between start() and stop().
    void post(ProjectId project, Work work);

private:
    Status open(ProjectId project);
    void close(ProjectId project);
    void closeAll();

    QThread m_thread;
    std::unique_ptr<QObject> m_entry;                                      ///< lives on the thread
    std::map<ProjectId, std::unique_ptr<alerts::AlertService>> m_services; ///< of the thread
    bool m_leads = true;                                                   ///< of the thread
    std::function<std::unique_ptr<alerts::AlertService>(ProjectId, bool leads)> m_make;
    Prepare m_prepare;
};

} // namespace plimsoll::app

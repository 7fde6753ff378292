#pragma once

#include "alerts/ProjectAlerts.h"

#include <QThread>

#include <functional>
#include <map>
#include <memory>
#include <set>

namespace plimsoll::app {

/// The alerts of all projects on a thread of their own: made, opened, run and destroyed there.
class AlertThread
{
public:
    using Prepare = std::function<void(ProjectId, alerts::ProjectAlerts &)>;
    using Work = std::function<void(alerts::ProjectAlerts *)>;
    using Projects = std::map<ProjectId, std::unique_ptr<alerts::ProjectAlerts>>;
    using WorkOnAll = std::function<void(const Projects &, alerts::StatusShared &)>;

    AlertThread() = default;
    ~AlertThread() { stop(); }
    AlertThread(const AlertThread &) = delete;
    AlertThread &operator=(const AlertThread &) = delete;

    /// Opens the alerts of these projects; blocks until they are there, and fails where some cannot be
    /// opened. `prepare` runs on the thread before their clockwork starts, to connect signals, and again with
    /// each that take the place of others.
    Status start(const alerts::AlertOptions &options, const alerts::AlertParts &parts, Prepare prepare,
                 const std::set<ProjectId> &projects);
    /// Has alerts for these projects and no other from now on. Returns at once; `then` runs on the thread
    /// when it is so.
    void serve(std::set<ProjectId> projects, std::function<void()> then);
    /// Puts alerts that read all records anew into the places of these, and leads or not. Returns at once.
    void restart(bool leads);
    /// Ends what is under way, destroys them, joins. Safe to call again.
    void stop();

    /// Runs on the thread, with the alerts of that project that are there then, or null where there are none;
    /// from any thread, between start() and stop().
    void post(ProjectId project, Work work);
    /// The same with the alerts of all projects and what they share.
    void postToAll(WorkOnAll work);
    /// The checks of a project that are marked `ready`; from any thread.
    std::vector<alerts::CheckFacts> ready(ProjectId project) const;

private:
    Status open(ProjectId project);
    void close(ProjectId project);
    void closeAll();

    QThread m_thread;
    std::unique_ptr<QObject> m_entry;               ///< lives on the thread
    std::unique_ptr<alerts::StatusShared> m_shared; ///< of the thread, but for its board
    Projects m_projects;                            ///< of the thread
    bool m_leads = true;                            ///< of the thread
    std::function<std::unique_ptr<alerts::ProjectAlerts>(ProjectId, bool leads)> m_make;
    Prepare m_prepare;
};

} // namespace plimsoll::app

#pragma once

#include "server/api/AlertControl.h"

#include <functional>

namespace plimsoll {

namespace alerts {
class ProjectAlerts;
}

namespace app {

/// Lets the API reach the alerts room: every call hops to the thread of the project's books and answers from
/// there.
class AlertAdapter final : public api::AlertControl
{
public:
    /// Runs work with the alerts of a project, or with null where it has none, on their thread.
    using Work = std::function<void(alerts::ProjectAlerts *)>;
    using Post = std::function<void(ProjectId, Work)>;

    explicit AlertAdapter(Post post);
    /// For one project, whose alerts stay; they outlive the adapter.
    AlertAdapter(alerts::ProjectAlerts &alerts, ProjectId project);
    ~AlertAdapter() override;

    void list(ProjectId project, std::string resource, Listing listing, Done done) override;
    void read(ProjectId project, std::string resource, std::string id, Done done) override;
    void create(ProjectId project, std::string resource, QJsonObject body, Done done) override;
    void replace(ProjectId project, std::string resource, std::string id, QJsonObject body,
                 Done done) override;
    void patch(ProjectId project, std::string resource, std::string id, QJsonObject body, Done done) override;
    void remove(ProjectId project, std::string resource, std::string id, Done done) override;
    void act(ProjectId project, std::string resource, std::string id, Action action, Done done) override;

private:
    template<typename Act>
    void onBook(ProjectId project, const std::string &resource, Done done, Act act);

    Post m_post;
};

} // namespace app
} // namespace plimsoll

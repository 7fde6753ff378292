#pragma once

#include "server/api/AlertControl.h"

#include <functional>

namespace plimsoll {

namespace alerts {
class AlertService;
}

namespace app {

/// Lets the API reach the alerts room: every call hops to the service's thread and answers from there. The
/// service serves one project; another one has no alerts.
class AlertAdapter final : public api::AlertControl
{
public:
    /// Runs work with the service, on its thread.
    using Post = std::function<void(std::function<void(alerts::AlertService &)>)>;

    AlertAdapter(Post post, ProjectId project);
    /// For a service that stays; it outlives the adapter.
    AlertAdapter(alerts::AlertService &service, ProjectId project);
    ~AlertAdapter() override;

    void list(ProjectId project, Listing listing, Done done) override;
    void read(ProjectId project, Resource resource, std::string id, Done done) override;
    void create(ProjectId project, Resource resource, QJsonObject body, Done done) override;
    void replace(ProjectId project, Resource resource, std::string id, QJsonObject body, Done done) override;
    void patch(ProjectId project, Resource resource, std::string id, QJsonObject body, Done done) override;
    void remove(ProjectId project, Resource resource, std::string id, Done done) override;
    void testChannel(ProjectId project, std::string id, Done done) override;
    void acknowledge(ProjectId project, std::string episodeId, std::string by, Done done) override;

private:
    template<typename Act>
    void onService(ProjectId project, Done done, Act act);

    Post m_post;
    ProjectId m_project;
};

} // namespace app
} // namespace plimsoll

#pragma once

#include "server/api/AlertControl.h"

#include <functional>

namespace plimsoll {

namespace alerts {
class AlertService;
}

namespace app {

/// Lets the API reach the alerts room: every call hops to the thread of the project's service and answers
/// from there.
class AlertAdapter final : public api::AlertControl
{
public:
    /// Runs work with the service of a project, or with null where it has none, on its thread.
    using Work = std::function<void(alerts::AlertService *)>;
    using Post = std::function<void(ProjectId, Work)>;

    explicit AlertAdapter(Post post);
    /// For the service of one project, which stays; it outlives the adapter.
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
};

} // namespace app
} // namespace plimsoll

#pragma once

#include "app/AlertThread.h"
#include "server/api/Health.h"
#include "server/api/PublicPages.h"

namespace plimsoll::app {

/// Lets public routes reach the status pages and heartbeats of whichever project has them.
class PublicAdapter final : public api::PublicPages
{
public:
    explicit PublicAdapter(AlertThread &alerts)
        : m_alerts(alerts)
    {
    }

    void page(std::string slug, Form form, std::function<void(Result<Page>)> done) override;
    void ping(std::string id, Ping ping, std::function<void(Status)> done) override;

    /// The checks of a project that are marked `ready`, as /health/ready shows them; from any thread.
    std::vector<api::HealthCheck> readyChecks(ProjectId project) const;

private:
    AlertThread &m_alerts;
};

} // namespace plimsoll::app

#include "app/PublicAdapter.h"

#include <QCoroTask>

namespace plimsoll::app {

namespace {

using alerts::ProjectAlerts;
using alerts::PublicDocument;

Error noPage() { return {ErrorCode::NotFound, "There is no status page here.", {}}; }

QCoro::Task<void> forward(QCoro::Task<Result<PublicDocument>> making, ProjectId project,
                          std::function<void(Result<api::PublicPages::Page>)> done)
{
    const Result<PublicDocument> document = co_await making;
    if (!document) {
        done(document.error());
        co_return;
    }
    api::PublicPages::Page page;
    page.contentType = document->contentType;
    page.body = document->body;
    page.styleHash = document->styleHash;
    page.isPublic = document->isPublic;
    page.project = project;
    done(std::move(page));
}

QCoro::Task<void> forward(QCoro::Task<Status> taking, std::function<void(Status)> done)
{
    done(co_await taking);
}

api::HealthState healthOf(alerts::PublicState state)
{
    if (state == alerts::PublicState::Down)
        return api::HealthState::Failing;
    return state == alerts::PublicState::Slow ? api::HealthState::Degraded : api::HealthState::Ok;
}

} // namespace

void PublicAdapter::page(std::string slug, Form form, std::function<void(Result<Page>)> done)
{
    m_alerts.postToAll(
        [slug, form, done](const AlertThread::Projects &projects, alerts::StatusShared &shared) {
            const auto owner = shared.slugs.projectOf(slug);
            const auto found = owner ? projects.find(*owner) : projects.end();
            if (found == projects.end())
                return done(noPage());
            forward(found->second->status().room().document(slug, alerts::StatusRoom::Form(form)),
                    found->first, done);
        });
}

void PublicAdapter::ping(std::string id, Ping ping, std::function<void(Status)> done)
{
    alerts::Ping heard;
    heard.kind = alerts::Ping::Kind(ping.kind);
    heard.exitCode = ping.exitCode;
    heard.output = std::move(ping.output);
    heard.run = std::move(ping.run);
    m_alerts.postToAll([id, heard, done](const AlertThread::Projects &projects, alerts::StatusShared &) {
        for (const auto &[project, alerts] : projects) {
            if (alerts->status().heartbeats().has(id)) {
                forward(alerts->status().heartbeats().take(id, heard), done);
                return;
            }
        }
        done(Error{ErrorCode::NotFound, "No job reports to this address.",
                   "The address is shown with the check that waits for it."});
    });
}

std::vector<api::HealthCheck> PublicAdapter::readyChecks(ProjectId project) const
{
    std::vector<api::HealthCheck> checks;
    for (const alerts::CheckFacts &check : m_alerts.ready(project))
        checks.push_back({check.name, healthOf(check.state), check.message});
    return checks;
}

} // namespace plimsoll::app

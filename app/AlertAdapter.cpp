#include "app/AlertAdapter.h"

#include "alerts/AlertService.h"

#include <QCoroTask>

namespace plimsoll::app {

namespace {

using Answer = Result<QJsonObject>;
using Done = api::AlertControl::Done;

/// Gives the result of a coroutine of the service to whoever asked.
QCoro::Task<void> forward(QCoro::Task<Answer> task, Done done) { done(co_await task); }

QCoro::Task<void> forward(QCoro::Task<Status> task, Done done)
{
    const Status status = co_await task;
    done(status ? Answer(QJsonObject()) : Answer(status.error()));
}

Answer readOnly() { return Error{ErrorCode::Unsupported, "This cannot be changed through the API.", {}}; }

} // namespace

AlertAdapter::AlertAdapter(Post post)
    : m_post(std::move(post))
{
}

AlertAdapter::AlertAdapter(alerts::AlertService &service, ProjectId project)
    : AlertAdapter([&service, project](ProjectId asked, Work work) {
        QMetaObject::invokeMethod(
            &service,
            [&service, same = asked == project, work = std::move(work)] { work(same ? &service : nullptr); },
            Qt::AutoConnection);
    })
{
}

AlertAdapter::~AlertAdapter() = default;

template<typename Act>
void AlertAdapter::onService(ProjectId project, Done done, Act act)
{
    m_post(project, [done = std::move(done), act = std::move(act)](alerts::AlertService *service) {
        if (!service)
            return done(Error{ErrorCode::NotFound, "There is no such project.", {}});
        act(*service, done);
    });
}

void AlertAdapter::list(ProjectId project, Listing listing, Done done)
{
    onService(project, std::move(done), [listing](alerts::AlertService &service, const Done &answer) {
        const alerts::PageRequest page{listing.limit, listing.cursor};
        switch (listing.resource) {
        case Resource::Rules:
            return answer(service.listRules(page));
        case Resource::Channels:
            return answer(service.listChannels(page));
        case Resource::Episodes:
            return answer(service.listEpisodes(page, {listing.state, listing.ruleId}));
        case Resource::Deliveries:
            return answer(service.listDeliveries(page, listing.episodeId));
        }
    });
}

void AlertAdapter::read(ProjectId project, Resource resource, std::string id, Done done)
{
    onService(project, std::move(done), [resource, id](alerts::AlertService &service, const Done &answer) {
        switch (resource) {
        case Resource::Rules:
            return answer(service.rule(id));
        case Resource::Channels:
            return answer(service.channel(id));
        case Resource::Episodes:
            return answer(service.episode(id));
        case Resource::Deliveries:
            return answer(readOnly());
        }
    });
}

void AlertAdapter::create(ProjectId project, Resource resource, QJsonObject body, Done done)
{
    onService(project, std::move(done), [resource, body](alerts::AlertService &service, const Done &answer) {
        if (resource == Resource::Rules)
            forward(service.createRule(body), answer);
        else if (resource == Resource::Channels)
            forward(service.createChannel(body), answer);
        else
            answer(readOnly());
    });
}

void AlertAdapter::replace(ProjectId project, Resource resource, std::string id, QJsonObject body, Done done)
{
    onService(project, std::move(done),
              [resource, id, body](alerts::AlertService &service, const Done &answer) {
                  if (resource == Resource::Rules)
                      forward(service.replaceRule(id, body), answer);
                  else if (resource == Resource::Channels)
                      forward(service.replaceChannel(id, body), answer);
                  else
                      answer(readOnly());
              });
}

void AlertAdapter::patch(ProjectId project, Resource resource, std::string id, QJsonObject body, Done done)
{
    onService(project, std::move(done),
              [resource, id, body](alerts::AlertService &service, const Done &answer) {
                  if (resource == Resource::Rules)
                      forward(service.patchRule(id, body), answer);
                  else if (resource == Resource::Channels)
                      forward(service.patchChannel(id, body), answer);
                  else
                      answer(readOnly());
              });
}

void AlertAdapter::remove(ProjectId project, Resource resource, std::string id, Done done)
{
    onService(project, std::move(done), [resource, id](alerts::AlertService &service, const Done &answer) {
        if (resource == Resource::Rules)
            forward(service.removeRule(id), answer);
        else if (resource == Resource::Channels)
            forward(service.removeChannel(id), answer);
        else
            answer(readOnly());
    });
}

void AlertAdapter::testChannel(ProjectId project, std::string id, Done done)
{
    onService(project, std::move(done), [id](alerts::AlertService &service, const Done &answer) {
        forward(service.testChannel(id), answer);
    });
}

void AlertAdapter::acknowledge(ProjectId project, std::string episodeId, std::string by, Done done)
{
    onService(project, std::move(done), [episodeId, by](alerts::AlertService &service, const Done &answer) {
        forward(service.acknowledge(episodeId, by), answer);
    });
}

} // namespace plimsoll::app

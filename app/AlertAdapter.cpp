#include "app/AlertAdapter.h"

#include "alerts/ProjectAlerts.h"

#include <QCoroTask>

namespace plimsoll::app {

namespace {

using alerts::ResourceBook;
using Answer = Result<QJsonObject>;
using Done = api::AlertControl::Done;

/// Gives the result of a coroutine of a book to whoever asked.
QCoro::Task<void> forward(QCoro::Task<Answer> task, Done done) { done(co_await task); }

QCoro::Task<void> forward(QCoro::Task<Status> task, Done done)
{
    const Status status = co_await task;
    done(status ? Answer(QJsonObject()) : Answer(status.error()));
}

} // namespace

AlertAdapter::AlertAdapter(Post post)
    : m_post(std::move(post))
{
}

AlertAdapter::AlertAdapter(alerts::ProjectAlerts &alerts, ProjectId project)
    : AlertAdapter([&alerts, project](ProjectId asked, Work work) {
        QMetaObject::invokeMethod(
            &alerts,
            [&alerts, same = asked == project, work = std::move(work)] { work(same ? &alerts : nullptr); },
            Qt::AutoConnection);
    })
{
}

AlertAdapter::~AlertAdapter() = default;

template<typename Act>
void AlertAdapter::onBook(ProjectId project, const std::string &resource, Done done, Act act)
{
    m_post(project, [resource, done = std::move(done), act = std::move(act)](alerts::ProjectAlerts *alerts) {
        ResourceBook *book = alerts ? alerts->book(resource) : nullptr;
        if (!alerts)
            return done(Error{ErrorCode::NotFound, "There is no such project.", {}});
        if (!book)
            return done(Error{ErrorCode::NotFound, "There is no resource \"" + resource + "\".", {}});
        act(*book, done);
    });
}

void AlertAdapter::list(ProjectId project, std::string resource, Listing listing, Done done)
{
    onBook(project, resource, std::move(done), [listing](ResourceBook &book, const Done &answer) {
        answer(book.list({{listing.limit, listing.cursor}, listing.filters}));
    });
}

void AlertAdapter::read(ProjectId project, std::string resource, std::string id, Done done)
{
    onBook(project, resource, std::move(done),
           [id](ResourceBook &book, const Done &answer) { answer(book.read(id)); });
}

void AlertAdapter::create(ProjectId project, std::string resource, QJsonObject body, Done done)
{
    onBook(project, resource, std::move(done),
           [body](ResourceBook &book, const Done &answer) { forward(book.create(body), answer); });
}

void AlertAdapter::replace(ProjectId project, std::string resource, std::string id, QJsonObject body,
                           Done done)
{
    onBook(project, resource, std::move(done),
           [id, body](ResourceBook &book, const Done &answer) { forward(book.replace(id, body), answer); });
}

void AlertAdapter::patch(ProjectId project, std::string resource, std::string id, QJsonObject body, Done done)
{
    onBook(project, resource, std::move(done),
           [id, body](ResourceBook &book, const Done &answer) { forward(book.patch(id, body), answer); });
}

void AlertAdapter::remove(ProjectId project, std::string resource, std::string id, Done done)
{
    onBook(project, resource, std::move(done),
           [id](ResourceBook &book, const Done &answer) { forward(book.remove(id), answer); });
}

void AlertAdapter::act(ProjectId project, std::string resource, std::string id, Action action, Done done)
{
    onBook(project, resource, std::move(done), [id, action](ResourceBook &book, const Done &answer) {
        ResourceBook::Action asked;
        asked.name = action.name;
        asked.body = action.body;
        asked.arguments = action.arguments;
        asked.by = action.by;
        forward(book.act(id, asked), answer);
    });
}

} // namespace plimsoll::app

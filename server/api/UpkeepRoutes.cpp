#include "server/api/UpkeepRoutes.h"

#include "server/api/PacedStream.h"
#include "server/http/AccessControl.h"

#include <QFile>

namespace plimsoll::api {

namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr qint64 pieceBytes = 256 * 1024;

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

/// Who manages the appliance sees the jobs of all projects and its own.
Jobs::Viewer viewerOf(const RequestPtr &request)
{
    const http::Principal &principal = request->principal;
    return http::AccessControl::managesAppliance(principal) ? Jobs::Viewer()
                                                            : Jobs::Viewer(principal.project);
}

Response answer(const Result<QJsonObject> &result, int status = 200)
{
    return result ? Response::json(*result, status) : Response::error(result.error());
}

Response answer(const Status &status)
{
    return status ? Response::noContent() : Response::error(status.error());
}

Response listOf(const QJsonArray &items)
{
    return Response::json({{"items", items}, {"next_cursor", QJsonValue()}});
}

/// A route that answers at once.
template<typename Answer>
void add(http::Router &router, Method method, std::string pattern, const char *summary, Answer makeAnswer,
         Access access = Access::Appliance)
{
    http::Route route;
    route.method = method;
    route.pattern = std::move(pattern);
    route.access = access;
    route.about = {.group = "Upkeep", .summary = summary, .text = {}};
    if (method == Method::Post)
        route.about.answers = {{.status = 202, .text = "The job that was started."}};
    if (method == Method::Delete)
        route.about.answers = {{.status = 204, .text = "Done.", .contentType = {}}};
    route.handler = [makeAnswer](const RequestPtr &request, Reply reply) { reply.send(makeAnswer(request)); };
    router.add(std::move(route));
}

void sendFile(Reply &reply, const std::filesystem::path &path, const std::atomic<bool> &cancelled)
{
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::ReadOnly))
        return reply.send(Response::error({ErrorCode::Unavailable, "The backup cannot be read.", {}}));
    Response head;
    head.contentType = "application/octet-stream";
    head.headers = {{"Content-Disposition", "attachment; filename=\"plimsoll-" +
                                                QByteArray::fromStdString(path.filename().string()) + '"'},
                    {"Cache-Control", "no-store"}};
    PacedStream stream(reply.startStream(std::move(head)), cancelled);
    while (!file.atEnd()) {
        if (!stream.write(file.read(pieceBytes)))
            return;
    }
}

void addDownload(http::Router &router, Backups &backups, QueryPool &streams)
{
    router.get("/api/app/backups/{id}/download", Access::Appliance,
               [&backups, &streams](const RequestPtr &request, Reply reply) {
                   const auto file = backups.file(idOf(request));
                   if (!file)
                       return reply.send(Response::error(file.error()));
                   const auto shared = std::make_shared<Reply>(std::move(reply));
                   const auto queued = streams.run([shared, path = *file](const QueryPool::Cancelled &stop) {
                       sendFile(*shared, path, stop);
                   });
                   if (!queued)
                       return shared->send(Response::error(
                           {ErrorCode::Unavailable, "Too many downloads wait.", "Try again in a moment."}));
                   shared->onClientGone([queued] { queued->store(true); });
               },
               {.group = "Upkeep",
                .summary = "A backup as a file, for plimsoll restore",
                .text = {},
                .answers = {{.text = "The file.", .contentType = "application/octet-stream"}}});
}

} // namespace

void addUpkeepRoutes(http::Router &router, Jobs &jobs, Backups &backups, QueryPool &streams)
{
    add(
        router, Method::Get, "/api/app/jobs", "The jobs that run or ran",
        [&jobs](const RequestPtr &request) { return listOf(jobs.list(viewerOf(request))); }, Access::Read);
    add(
        router, Method::Get, "/api/app/jobs/{id}", "How far a job is",
        [&jobs](const RequestPtr &request) { return answer(jobs.get(idOf(request), viewerOf(request))); },
        Access::Read);
    add(
        router, Method::Delete, "/api/app/jobs/{id}", "Cancels a job, or forgets one that ended",
        [&jobs](const RequestPtr &request) { return answer(jobs.cancel(idOf(request), viewerOf(request))); },
        Access::Edit);
    add(router, Method::Get, "/api/app/backups", "The backups, the newest first",
        [&backups](const RequestPtr &) { return listOf(backups.list()); });
    add(router, Method::Post, "/api/app/backups", "Starts a backup",
        [&backups](const RequestPtr &) { return answer(backups.start(), 202); });
    add(router, Method::Get, "/api/app/backups/{id}", "One backup",
        [&backups](const RequestPtr &request) { return answer(backups.get(idOf(request))); });
    add(router, Method::Delete, "/api/app/backups/{id}", "Removes a backup",
        [&backups](const RequestPtr &request) { return answer(backups.remove(idOf(request))); });
    add(router, Method::Post, "/api/app/backups/{id}/verify", "Tests whether a backup can be restored",
        [&backups](const RequestPtr &request) { return answer(backups.verify(idOf(request)), 202); });
    addDownload(router, backups, streams);
}

} // namespace plimsoll::api

#include "server/api/DropRoutes.h"

#include "server/http/JsonBody.h"
#include "server/ingest/NameRules.h"

#include <QJsonArray>

#include <algorithm>
#include <limits>

namespace plimsoll::api {
namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr const char *path = "/api/app/cardinality/drops";
constexpr const char *pathOfOne = "/api/app/cardinality/drops/{id}";
constexpr qint64 maxBodyBytes = 16 * 1024;
constexpr const char *shown =
    R"({"id":"5f0c1a2b3c4d5e6f7081920a0b0c0d0e","name":"logins","label":"user_id","by":"ann",
"created_ms":1793491200000})";

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

Result<std::string> wordIn(const QJsonObject &body, const char *field)
{
    const QJsonValue value = body[QLatin1String(field)];
    if (!value.isString() || value.toString().isEmpty())
        return Error{ErrorCode::Invalid, '`' + std::string(field) + "` is missing or no text.", {}};
    return value.toString().toStdString();
}

/// The kind of a metric of which some series has the label; Unprocessable where there is none.
Result<Kind> kindOf(const SeriesReader &reader, ProjectId project, const DroppedLabel &asked)
{
    constexpr int64_t everMs = std::numeric_limits<int64_t>::max() / 2;
    std::vector<Matcher> matchers{{std::string(nameLabel), Matcher::Op::Equal, asked.name}};
    const auto all = reader.select(project, matchers, 0, everMs);
    if (!all)
        return all.error();
    if (all->empty())
        return Error{ErrorCode::Unprocessable,
                     "There is no metric " + ingest::quoted(asked.name) + " in this project.",
                     "A label can be dropped once it has come in."};
    const bool has =
        std::ranges::any_of(*all, [&](const auto &series) { return series.labels->contains(asked.label); });
    return has ? Result<Kind>(all->front().kind)
               : Error{ErrorCode::Unprocessable,
                       "No series of " + ingest::quoted(asked.name) + " has a label " +
                           ingest::quoted(asked.label) + '.',
                       {}};
}

Status check(const DropParts &parts, ProjectId project, const DroppedLabel &asked)
{
    const auto reader = parts.readers.openReader();
    const auto kind = kindOf(*reader, project, asked);
    return kind ? ingest::mayDrop(asked.name, asked.label, *kind) : Status(kind.error());
}

void create(const DropParts &parts, const RequestPtr &request, Reply reply)
{
    const auto body = http::objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto name = wordIn(*body, "name");
    const auto label = wordIn(*body, "label");
    if (!name || !label)
        return reply.send(Response::error(name ? label.error() : name.error()));
    DroppedLabel asked;
    asked.name = *name;
    asked.label = *label;
    asked.by = http::callerName(request->principal);
    const auto shared = std::make_shared<Reply>(std::move(reply));
    const ProjectId project = request->principal.project;
    const auto queued = parts.pool.run([parts, project, asked, shared](const QueryPool::Cancelled &) {
        if (Status may = check(parts, project, asked); !may)
            return shared->send(Response::error(may.error()));
        parts.drops.create(project, asked, [shared](const Result<DroppedLabel> &made) {
            shared->send(made ? Response::json(made->toJson(), 201) : Response::error(made.error()));
        });
    });
    if (!queued)
        shared->send(Response::error(
            {ErrorCode::Unavailable, "Too many queries are waiting.", "Try again in a moment."}));
}

void list(const DropParts &parts, const RequestPtr &request, Reply reply)
{
    QJsonArray items;
    for (const DroppedLabel &drop : parts.drops.list(request->principal.project))
        items.append(drop.toJson());
    reply.send(Response::json({{"items", items}, {"next_cursor", QJsonValue()}}));
}

void get(const DropParts &parts, const RequestPtr &request, Reply reply)
{
    const auto drop = parts.drops.get(request->principal.project, idOf(request));
    reply.send(drop ? Response::json(drop->toJson()) : Response::error(drop.error()));
}

void remove(const DropParts &parts, const RequestPtr &request, Reply reply)
{
    const auto shared = std::make_shared<Reply>(std::move(reply));
    parts.drops.remove(request->principal.project, idOf(request),
                       [shared](const Result<DroppedLabel> &removed) {
                           shared->send(removed ? Response::noContent() : Response::error(removed.error()));
                       });
}

using Handle = void (*)(const DropParts &, const RequestPtr &, Reply);

void add(http::Router &router, const DropParts &parts, Method method, const char *pattern, Handle handle,
         http::RouteDescription about)
{
    http::Route route;
    route.method = method;
    route.pattern = pattern;
    route.access = method == Method::Get ? Access::Read : Access::Edit;
    route.maxBodyBytes = maxBodyBytes;
    about.group = "Data";
    route.about = std::move(about);
    route.handler = [parts, handle](const RequestPtr &request, Reply reply) {
        handle(parts, request, std::move(reply));
    };
    router.add(std::move(route));
}

} // namespace

void addDropRoutes(http::Router &router, DropParts parts)
{
    const std::string listed = "{\"items\":[" + std::string(shown) + "],\"next_cursor\":null}";
    add(router, parts, Method::Get, path, list,
        {.summary = "Labels that are left out of what comes in",
         .answers = {{.text = "By metric and label.", .example = listed}}});
    add(router, parts, Method::Post, path, create,
        {.summary = "Drops a label of a metric from now on",
         .text = "Samples that come afterwards go to the series without the label: increments and "
                 "observations add up, of gauges the last one wins. Counters, histograms and untyped metrics "
                 "are refused. What is stored stays.",
         .bodies = {{.example = R"({"name":"logins","label":"user_id"})"}},
         .answers = {{.status = 201, .text = "It holds now.", .example = shown}}});
    add(router, parts, Method::Get, pathOfOne, get,
        {.summary = "One dropped label", .answers = {{.text = "Since when and by whom.", .example = shown}}});
    add(router, parts, Method::Delete, pathOfOne, remove,
        {.summary = "Takes a dropped label back: it comes again with the next samples",
         .answers = {{.status = 204, .text = "Done.", .contentType = {}}}});
}

} // namespace plimsoll::api

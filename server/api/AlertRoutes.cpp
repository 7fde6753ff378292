#include "server/api/AlertRoutes.h"

#include <QJsonDocument>

#include <charconv>

namespace plimsoll::api {

namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;
using Resource = AlertControl::Resource;

constexpr qint64 maxBodyBytes = 256 * 1024;

/// Answers with the resource and `status`, or with the error.
AlertControl::Done answerTo(Reply reply, int status)
{
    auto shared = std::make_shared<Reply>(std::move(reply));
    return [shared, status](Result<QJsonObject> answer) {
        if (!answer)
            shared->send(Response::error(answer.error()));
        else
            shared->send(status == 204 ? Response::noContent() : Response::json(*answer, status));
    };
}

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

/// The body as an object; an empty one counts as `{}` where `optional`.
Result<QJsonObject> bodyOf(const http::Request &request, bool optional = false)
{
    if (optional && request.body.trimmed().isEmpty())
        return QJsonObject();
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(request.body, &failure);
    if (failure.error != QJsonParseError::NoError)
        return Error{ErrorCode::Invalid,
                     "The body is not JSON: " + failure.errorString().toStdString() + " at byte " +
                         std::to_string(failure.offset) + ".",
                     {}};
    if (!document.isObject())
        return Error{ErrorCode::Invalid, "The body must be a JSON object.", {}};
    return document.object();
}

Result<AlertControl::Listing> listingOf(const http::Request &request, Resource resource)
{
    AlertControl::Listing listing;
    listing.resource = resource;
    listing.cursor = request.argument("cursor").value_or("");
    listing.state = request.argument("state").value_or("");
    listing.ruleId = request.argument("rule_id").value_or("");
    listing.episodeId = request.argument("episode_id").value_or("");
    const std::string limit = request.argument("limit").value_or("");
    if (limit.empty())
        return listing;
    const char *end = limit.data() + limit.size();
    const auto [rest, failure] = std::from_chars(limit.data(), end, listing.limit);
    if (failure != std::errc() || rest != end || listing.limit < 1 || listing.limit > 500)
        return Error{ErrorCode::Invalid, "`limit` must be a whole number from 1 to 500.", {}};
    return listing;
}

/// What a route says of itself; `what` is done with the resource of `path`.
http::RouteDescription describe(const char *what, const std::string &path,
                                std::vector<http::RouteBody> bodies = {},
                                http::RouteAnswer answer = {.text = "The resource."})
{
    const std::string name = path.substr(path.rfind('/') + 1);
    return {.group = "Alarms",
            .summary = std::string(what) + name,
            .text = {},
            .arguments = {},
            .bodies = std::move(bodies),
            .answers = {std::move(answer)}};
}

const http::RouteBody resourceBody{
    .example =
        R"({"name":"CPU is high","expr":"cpu","op":">","threshold":90,"for":"5m","severity":"warning"})"};
const http::RouteBody channelBody{
    .example = R"({"name":"chat","kind":"webhook","settings":{"url":"https://example.com/hook"}})"};

http::RouteDescription describeList(const std::string &path)
{
    http::RouteDescription about = describe(
        "The ", path, {}, {.text = "The list.", .example = R"({"items":[{"id":"1"}],"next_cursor":null})"});
    about.arguments = {{.name = "cursor", .text = "Of the page before."},
                       {.name = "limit", .text = "1 to 500.", .type = "integer"},
                       {.name = "state", .text = "Of episodes: firing or resolved."},
                       {.name = "rule_id", .text = "Of episodes."},
                       {.name = "episode_id", .text = "Of deliveries."}};
    return about;
}

void addList(http::Router &router, AlertControl &alerts, const std::string &path, Resource resource)
{
    router.get(
        path, Access::Read,
        [&alerts, resource](RequestPtr request, Reply reply) {
            Result<AlertControl::Listing> listing = listingOf(*request, resource);
            if (!listing)
                return reply.send(Response::error(listing.error()));
            alerts.list(request->principal.project, *std::move(listing), answerTo(std::move(reply), 200));
        },
        describeList(path));
}

void addRead(http::Router &router, AlertControl &alerts, const std::string &path, Resource resource)
{
    router.get(
        path + "/{id}", Access::Read,
        [&alerts, resource](RequestPtr request, Reply reply) {
            alerts.read(request->principal.project, resource, idOf(request), answerTo(std::move(reply), 200));
        },
        describe("One of the ", path));
}

/// A route whose handler gets the body as an object.
template<typename Act>
void addChange(http::Router &router, Method method, std::string pattern, http::RouteDescription about,
               Act act)
{
    http::Route route;
    route.method = method;
    route.pattern = std::move(pattern);
    route.access = Access::Edit;
    route.maxBodyBytes = maxBodyBytes;
    route.about = std::move(about);
    route.handler = [act](RequestPtr request, Reply reply) {
        Result<QJsonObject> body = bodyOf(*request, request->method == Method::Post);
        if (!body)
            return reply.send(Response::error(body.error()));
        act(request, *std::move(body), std::move(reply));
    };
    router.add(std::move(route));
}

/// POST, PUT, PATCH and DELETE of rules and channels.
void addEditing(http::Router &router, AlertControl &alerts, const std::string &path, Resource resource)
{
    const http::RouteBody body = resource == Resource::Rules ? resourceBody : channelBody;
    addChange(router, Method::Post, path,
              describe("Makes one of the ", path, {body}, {.status = 201, .text = "The resource."}),
              [&alerts, resource](const RequestPtr &request, QJsonObject body, Reply reply) {
                  alerts.create(request->principal.project, resource, std::move(body),
                                answerTo(std::move(reply), 201));
              });
    addChange(router, Method::Put, path + "/{id}", describe("Replaces one of the ", path, {body}),
              [&alerts, resource](const RequestPtr &request, QJsonObject body, Reply reply) {
                  alerts.replace(request->principal.project, resource, idOf(request), std::move(body),
                                 answerTo(std::move(reply), 200));
              });
    addChange(router, Method::Patch, path + "/{id}",
              describe("Changes fields of one of the ", path, {{.example = R"({"enabled":false})"}}),
              [&alerts, resource](const RequestPtr &request, QJsonObject body, Reply reply) {
                  alerts.patch(request->principal.project, resource, idOf(request), std::move(body),
                               answerTo(std::move(reply), 200));
              });
    http::Route removal;
    removal.method = Method::Delete;
    removal.pattern = path + "/{id}";
    removal.access = Access::Edit;
    removal.handler = [&alerts, resource](RequestPtr request, Reply reply) {
        alerts.remove(request->principal.project, resource, idOf(request), answerTo(std::move(reply), 204));
    };
    removal.about =
        describe("Removes one of the ", path, {}, {.status = 204, .text = "Removed.", .contentType = {}});
    router.add(std::move(removal));
}

} // namespace

void addAlertRoutes(http::Router &router, AlertControl &alerts)
{
    for (const auto &[path, resource] :
         {std::pair("/api/app/rules", Resource::Rules), std::pair("/api/app/channels", Resource::Channels)}) {
        addList(router, alerts, path, resource);
        addRead(router, alerts, path, resource);
        addEditing(router, alerts, path, resource);
    }
    addList(router, alerts, "/api/app/episodes", Resource::Episodes);
    addRead(router, alerts, "/api/app/episodes", Resource::Episodes);
    addList(router, alerts, "/api/app/deliveries", Resource::Deliveries);
    addChange(
        router, Method::Post, "/api/app/channels/{id}/test",
        describe("Sends a test to one of the ", "/channels", {}, {.text = "What the other side answered."}),
        [&alerts](const RequestPtr &request, const QJsonObject &, Reply reply) {
            alerts.testChannel(request->principal.project, idOf(request), answerTo(std::move(reply), 200));
        });
    addChange(router, Method::Post, "/api/app/episodes/{id}/acknowledge",
              describe("Acknowledges one of the ", "/episodes", {{.example = R"({"by":"Ada"})"}}),
              [&alerts](const RequestPtr &request, const QJsonObject &body, Reply reply) {
                  alerts.acknowledge(request->principal.project, idOf(request),
                                     body.value("by").toString().toStdString(),
                                     answerTo(std::move(reply), 200));
              });
}

} // namespace plimsoll::api

#include "server/api/AlertRoutes.h"

#include "server/api/AlertResources.h"

#include <QJsonDocument>

#include <charconv>

namespace plimsoll::api {

namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr qint64 maxBodyBytes = 256 * 1024;

/// Answers with the resource and `status`, or with the error.
/// A picture that is opened by itself keeps the style that it carries; what else it might carry stays dead.
Response textAnswer(const QString &text, const std::string &contentType)
{
    Response response = Response::text(text.toUtf8(), QByteArray::fromStdString(contentType));
    if (contentType == "image/svg+xml")
        response.headers.emplace_back(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox");
    return response;
}

AlertControl::Done answerTo(Reply reply, int status, const std::string &contentType = {})
{
    auto shared = std::make_shared<Reply>(std::move(reply));
    return [shared, status, contentType](Result<QJsonObject> answer) {
        if (!answer)
            shared->send(Response::error(answer.error()));
        else if (!contentType.empty())
            shared->send(textAnswer(answer->value("text").toString(), contentType));
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

/// The body of an action that takes text too: anything that does not call itself JSON is text.
Result<QJsonObject> actionBodyOf(const http::Request &request, const AlertAction &action)
{
    const std::string_view type = request.header("content-type").value_or("");
    if (action.bodyType.empty() || type.starts_with("application/json"))
        return bodyOf(request, true);
    return QJsonObject{{"text", QString::fromUtf8(request.body)}};
}

AlertControl::Arguments argumentsOf(const http::Request &request,
                                    const std::vector<http::RouteArgument> &known)
{
    AlertControl::Arguments arguments;
    for (const http::RouteArgument &argument : known) {
        if (const auto value = request.argument(argument.name))
            arguments.emplace(argument.name, *value);
    }
    return arguments;
}

Result<AlertControl::Listing> listingOf(const http::Request &request, const AlertResource &resource)
{
    AlertControl::Listing listing;
    listing.cursor = request.argument("cursor").value_or("");
    listing.filters = argumentsOf(request, resource.filters);
    const std::string limit = request.argument("limit").value_or("");
    if (limit.empty())
        return listing;
    const char *end = limit.data() + limit.size();
    const auto [rest, failure] = std::from_chars(limit.data(), end, listing.limit);
    if (failure != std::errc() || rest != end || listing.limit < 1 || listing.limit > 500)
        return Error{ErrorCode::Invalid, "`limit` must be a whole number from 1 to 500.", {}};
    return listing;
}

http::RouteDescription describe(std::string summary, std::vector<http::RouteBody> bodies = {},
                                http::RouteAnswer answer = {.text = "The resource."})
{
    return {.group = "Alarms",
            .summary = std::move(summary),
            .text = {},
            .arguments = {},
            .bodies = std::move(bodies),
            .answers = {std::move(answer)}};
}

std::string pathOf(const AlertResource &resource) { return "/api/app/" + resource.name; }

void addList(http::Router &router, AlertControl &alerts, const AlertResource &resource)
{
    http::RouteDescription about =
        describe("The " + resource.name, {},
                 {.text = "The list.", .example = R"({"items":[{"id":"1"}],"next_cursor":null})"});
    about.arguments = {{.name = "cursor", .text = "Of the page before."},
                       {.name = "limit", .text = "1 to 500.", .type = "integer"}};
    about.arguments.insert(about.arguments.end(), resource.filters.begin(), resource.filters.end());
    router.get(
        pathOf(resource), Access::Read,
        [&alerts, &resource](RequestPtr request, Reply reply) {
            Result<AlertControl::Listing> listing = listingOf(*request, resource);
            if (!listing)
                return reply.send(Response::error(listing.error()));
            alerts.list(request->principal.project, resource.name, *std::move(listing),
                        answerTo(std::move(reply), 200));
        },
        std::move(about));
}

void addRead(http::Router &router, AlertControl &alerts, const AlertResource &resource)
{
    router.get(
        pathOf(resource) + "/{id}", Access::Read,
        [&alerts, &resource](RequestPtr request, Reply reply) {
            alerts.read(request->principal.project, resource.name, idOf(request),
                        answerTo(std::move(reply), 200));
        },
        describe("Reads " + resource.one));
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

void addRemoval(http::Router &router, AlertControl &alerts, const AlertResource &resource)
{
    http::Route removal;
    removal.method = Method::Delete;
    removal.pattern = pathOf(resource) + "/{id}";
    removal.access = Access::Edit;
    removal.handler = [&alerts, &resource](RequestPtr request, Reply reply) {
        alerts.remove(request->principal.project, resource.name, idOf(request),
                      answerTo(std::move(reply), 204));
    };
    removal.about =
        describe("Removes " + resource.one, {}, {.status = 204, .text = "Removed.", .contentType = {}});
    router.add(std::move(removal));
}

/// Puts down who did it. Whoever logged in is that one; who did not may name somebody.
void sign(QJsonObject &body, const char *field, bool wanted, const http::Request &request)
{
    const QLatin1String name(field);
    if (wanted && (request.principal.session || body.value(name).toString().isEmpty()))
        body.insert(name, QString::fromStdString(http::callerName(request.principal)));
}

/// POST, PUT, PATCH and DELETE.
void addEditing(http::Router &router, AlertControl &alerts, const AlertResource &resource)
{
    const http::RouteBody body{.example = resource.example};
    addChange(router, Method::Post, pathOf(resource),
              describe("Makes " + resource.one, {body}, {.status = 201, .text = "The resource."}),
              [&alerts, &resource](const RequestPtr &request, QJsonObject body, Reply reply) {
                  sign(body, "created_by", resource.stampsAuthor, *request);
                  alerts.create(request->principal.project, resource.name, std::move(body),
                                answerTo(std::move(reply), 201));
              });
    addChange(router, Method::Put, pathOf(resource) + "/{id}", describe("Replaces " + resource.one, {body}),
              [&alerts, &resource](const RequestPtr &request, QJsonObject body, Reply reply) {
                  sign(body, "created_by", resource.stampsAuthor, *request);
                  alerts.replace(request->principal.project, resource.name, idOf(request), std::move(body),
                                 answerTo(std::move(reply), 200));
              });
    addChange(router, Method::Patch, pathOf(resource) + "/{id}",
              describe("Changes fields of " + resource.one, {{.example = R"({"name":"Another"})"}}),
              [&alerts, &resource](const RequestPtr &request, QJsonObject body, Reply reply) {
                  if (request->principal.session && resource.stampsAuthor)
                      body.remove(QLatin1String("created_by"));
                  alerts.patch(request->principal.project, resource.name, idOf(request), std::move(body),
                               answerTo(std::move(reply), 200));
              });
    addRemoval(router, alerts, resource);
}

http::RouteDescription describeAction(const AlertAction &action)
{
    std::vector<http::RouteBody> bodies;
    if (!action.example.empty())
        bodies.push_back({.example = action.example});
    if (!action.bodyType.empty())
        bodies.push_back({.contentType = action.bodyType});
    http::RouteAnswer answer{.text = "What came of it."};
    if (!action.answerType.empty())
        answer.contentType = action.answerType;
    http::RouteDescription about = describe(action.summary, std::move(bodies), std::move(answer));
    about.arguments = action.arguments;
    return about;
}

void addAction(http::Router &router, AlertControl &alerts, const AlertResource &resource,
               const AlertAction &action)
{
    http::Route route;
    route.method = action.method;
    route.pattern =
        pathOf(resource) + (action.ofOne ? "/{id}" : "") + (action.name.empty() ? "" : "/") + action.name;
    route.access = action.access;
    route.maxBodyBytes = action.maxBodyBytes;
    route.about = describeAction(action);
    route.handler = [&alerts, &resource, &action](RequestPtr request, Reply reply) {
        Result<QJsonObject> body = actionBodyOf(*request, action);
        if (!body)
            return reply.send(Response::error(body.error()));
        if (request->principal.session)
            body->remove(QLatin1String("by"));
        AlertControl::Action asked{action.name, *std::move(body), argumentsOf(*request, action.arguments),
                                   http::callerName(request->principal)};
        alerts.act(request->principal.project, resource.name, action.ofOne ? idOf(request) : std::string(),
                   std::move(asked), answerTo(std::move(reply), 200, action.answerType));
    };
    router.add(std::move(route));
}

} // namespace

void addAlertRoutes(http::Router &router, AlertControl &alerts)
{
    for (const AlertResource &resource : alertResources()) {
        addList(router, alerts, resource);
        if (resource.readable)
            addRead(router, alerts, resource);
        if (resource.writable)
            addEditing(router, alerts, resource);
        for (const AlertAction &action : resource.actions)
            addAction(router, alerts, resource, action);
    }
}

} // namespace plimsoll::api

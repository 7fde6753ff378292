#include "server/api/TargetRoutes.h"

#include "server/http/JsonBody.h"

namespace plimsoll::api {
namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr const char *path = "/api/app/targets";
constexpr const char *pathOfOne = "/api/app/targets/{id}";
constexpr qint64 maxBodyBytes = 256 * 1024;
constexpr size_t usualLimit = 100;
constexpr size_t mostLimit = 500;
constexpr const char *given =
    R"({"url":"http://127.0.0.1:9100/metrics","job":"node","interval":"15s","labels":{"env":"prod"}})";
constexpr const char *shown =
    R"({"id":"4f1c","url":"http://127.0.0.1:9100/metrics","job":"node","interval":"15s","timeout":"10s",
    "labels":{"env":"prod"},"enabled":true,"created_ms":1767700800000,"updated_ms":1767700800000,
    "state":{"health":"up","last_error":"","last_scrape_ms":1767700815000,"duration_ms":4.2,"samples":900,
    "kept":900,"refused":0,"scrapes":1,"failures":0}})";

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

ingest::TargetBook::Answer answerTo(Reply reply, int status)
{
    const auto shared = std::make_shared<Reply>(std::move(reply));
    return [shared, status](const Result<QJsonObject> &answer) {
        if (!answer)
            shared->send(Response::error(answer.error()));
        else
            shared->send(status == 204 ? Response::noContent() : Response::json(*answer, status));
    };
}

void list(const ingest::TargetBook &targets, const RequestPtr &request, Reply reply)
{
    size_t limit = usualLimit;
    const std::string text = request->argument("limit").value_or("");
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (!text.empty() &&
        (failed != std::errc() || end != text.data() + text.size() || limit < 1 || limit > mostLimit))
        return reply.send(
            Response::error({ErrorCode::Invalid, "`limit` must be a whole number from 1 to 500.", {}}));
    answerTo(std::move(reply),
             200)(targets.list(request->principal.project, limit, request->argument("cursor").value_or("")));
}

http::RouteDescription about(const char *summary, http::RouteAnswer answer, bool withBody = false)
{
    http::RouteDescription out{.group = "Scraping", .summary = summary, .answers = {std::move(answer)}};
    if (withBody)
        out.bodies = {{.example = given}};
    return out;
}

using Change =
    std::function<void(const RequestPtr &, const QJsonObject &, const ingest::TargetBook::Answer &)>;

void addChange(http::Router &router, Method method, const char *pattern, int status,
               http::RouteDescription description, Change change)
{
    http::Route route;
    route.method = method;
    route.pattern = pattern;
    route.access = Access::Edit;
    route.maxBodyBytes = maxBodyBytes;
    route.about = std::move(description);
    route.handler = [method, status, change = std::move(change)](const RequestPtr &request, Reply reply) {
        const auto body = http::objectIn(*request, method == Method::Delete);
        if (!body)
            return reply.send(Response::error(body.error()));
        change(request, *body, answerTo(std::move(reply), status));
    };
    router.add(std::move(route));
}

} // namespace

void addTargetRoutes(http::Router &router, ingest::TargetBook &targets)
{
    const http::RouteAnswer resource{.text = "The target and how it is doing. Secrets are \"***\".",
                                     .example = shown};
    http::RouteDescription listing = about(
        "The targets that are scraped",
        {.text = "The list.", .example = "{\"items\":[" + std::string(shown) + "],\"next_cursor\":null}"});
    listing.arguments = {{.name = "cursor", .text = "Of the page before."},
                         {.name = "limit", .text = "1 to 500; 100 unless given.", .type = "integer"}};
    router.get(
        path, Access::Read,
        [&targets](const RequestPtr &request, Reply reply) { list(targets, request, std::move(reply)); },
        listing);
    router.get(
        pathOfOne, Access::Read,
        [&targets](const RequestPtr &request, Reply reply) {
            answerTo(std::move(reply), 200)(targets.read(request->principal.project, idOf(request)));
        },
        about("A target that is scraped", resource));
    http::RouteAnswer made = resource;
    made.status = 201;
    addChange(router, Method::Post, path, 201, about("Adds a target", made, true),
              [&targets](const RequestPtr &request, const QJsonObject &body, const auto &done) {
                  targets.create(request->principal.project, body, done);
              });
    addChange(router, Method::Put, pathOfOne, 200, about("Replaces a target", resource, true),
              [&targets](const RequestPtr &request, const QJsonObject &body, const auto &done) {
                  targets.replace(request->principal.project, idOf(request), body, done);
              });
    addChange(router, Method::Patch, pathOfOne, 200, about("Changes fields of a target", resource, true),
              [&targets](const RequestPtr &request, const QJsonObject &body, const auto &done) {
                  targets.patch(request->principal.project, idOf(request), body, done);
              });
    addChange(router, Method::Delete, pathOfOne, 204,
              about("Removes a target", {.status = 204, .text = "Removed.", .contentType = {}}),
              [&targets](const RequestPtr &request, const QJsonObject &, const auto &done) {
                  targets.remove(request->principal.project, idOf(request), done);
              });
}

} // namespace plimsoll::api

#include "server/api/PublicPages.h"

#include <QCryptographicHash>

#include <charconv>

namespace plimsoll::api {

namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;
using Form = PublicPages::Form;
using Ping = PublicPages::Ping;

/// Larger than any output that is kept: a job is not told off for having much to say.
constexpr qint64 maxPingBytes = 16 << 20;
constexpr size_t maxRunId = 64;

Error noPage() { return {ErrorCode::NotFound, "There is no status page here.", {}}; }

bool mayRead(const http::Principal &principal, ProjectId project)
{
    const bool reads = principal.role == http::Role::Read || principal.role == http::Role::Edit ||
                       principal.role == http::Role::Admin;
    return reads && principal.project == project;
}

QByteArray tagOf(const std::string &body)
{
    const QByteArray bytes = QByteArray::fromRawData(body.data(), qsizetype(body.size()));
    return '"' +
           QCryptographicHash::hash(bytes, QCryptographicHash::Blake2b_160)
               .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals) +
           '"';
}

Response answerOf(const PublicPages::Page &page, const http::Request &request)
{
    Response response;
    response.contentType = QByteArray::fromStdString(page.contentType);
    const QByteArray tag = tagOf(page.body);
    response.headers = {
        {"ETag", tag},
        {"Cache-Control", page.isPublic ? "public, max-age=30" : "private, no-store"},
        // Badges and feeds are read from other sites; there is nothing in them that is not public.
        {"Cross-Origin-Resource-Policy", page.isPublic ? "cross-origin" : "same-origin"}};
    if (!page.styleHash.empty())
        response.headers.emplace_back("Content-Security-Policy",
                                      "default-src 'none'; style-src '" +
                                          QByteArray::fromStdString(page.styleHash) +
                                          "'; img-src data:; base-uri 'none'; form-action 'none'; "
                                          "frame-ancestors 'none'");
    const auto known = request.header("if-none-match");
    if (page.isPublic && known &&
        known->find(std::string_view(tag.data(), size_t(tag.size()))) != known->npos)
        response.status = 304;
    else
        response.body = QByteArray::fromStdString(page.body);
    return response;
}

void addPage(http::Router &router, PublicPages &pages, const char *end, Form form, const char *summary,
             const char *contentType)
{
    router.get(
        std::string("/status/{slug}") + end, Access::Public,
        [&pages, form](const RequestPtr &request, Reply reply) {
            const auto shared = std::make_shared<Reply>(std::move(reply));
            const bool uptime = form == Form::Badge && request->argument("show").value_or("") == "uptime";
            pages.page(std::string(request->parameter("slug")), uptime ? Form::UptimeBadge : form,
                       [shared, request](const Result<PublicPages::Page> &page) {
                           if (!page)
                               shared->send(Response::error(page.error()));
                           else if (!page->isPublic && !mayRead(request->principal, page->project))
                               shared->send(Response::error(noPage()));
                           else
                               shared->send(answerOf(*page, *request));
                       });
        },
        {.group = "Status pages",
         .summary = summary,
         .text = {},
         .arguments = form == Form::Badge
                          ? std::vector<http::RouteArgument>{{.name = "show",
                                                              .text = "uptime: of 90 days, in the place of "
                                                                      "the state."}}
                          : std::vector<http::RouteArgument>(),
         .answers = {{.text = "The page.", .contentType = contentType}}});
}

/// What the end of the address says: start, fail or the exit code of the job.
Result<Ping> pingOf(const http::Request &request)
{
    Ping ping;
    const std::string_view what = request.parameter("what");
    int code = 0;
    const auto [end, failure] = std::from_chars(what.data(), what.data() + what.size(), code);
    const bool isCode = failure == std::errc() && end == what.data() + what.size();
    if (what == "start") {
        ping.kind = Ping::Kind::Start;
    } else if (what == "fail") {
        ping.kind = Ping::Kind::Failure;
    } else if (isCode && code >= 0 && code <= 255) {
        ping.kind = code == 0 ? Ping::Kind::Success : Ping::Kind::Failure;
        ping.exitCode = code;
    } else if (!what.empty()) {
        return Error{ErrorCode::NotFound, "\"" + std::string(what) + "\" says nothing of a job.",
                     "The address ends in /start, /fail or an exit code from 0 to 255."};
    }
    ping.output = request.body.toStdString();
    ping.run = request.argument("rid").value_or("").substr(0, maxRunId);
    return ping;
}

void addPing(http::Router &router, PublicPages &pages, Method method, const char *pattern)
{
    http::Route route;
    route.method = method;
    route.pattern = pattern;
    route.access = Access::Public;
    route.maxBodyBytes = maxPingBytes;
    route.about = {.group = "Heartbeats",
                   .summary = "Says how a job is doing",
                   .text = "The id is the secret. `start` begins a run, `fail` or an exit code above 0 says "
                           "that it failed; without either it is done. The end of the body is kept.",
                   .arguments = {{.name = "rid", .text = "Tells runs apart that overlap."}},
                   .bodies = {},
                   .answers = {{.text = "Heard, and on disk.", .contentType = "text/plain; charset=utf-8"}}};
    if (method == Method::Post)
        route.about.bodies = {{.contentType = "text/plain"}};
    route.handler = [&pages](const RequestPtr &request, Reply reply) {
        Result<Ping> ping = pingOf(*request);
        if (!ping)
            return reply.send(Response::error(ping.error()));
        const auto shared = std::make_shared<Reply>(std::move(reply));
        pages.ping(std::string(request->parameter("id")), std::move(ping).value(),
                   [shared](const Status &heard) {
                       shared->send(heard ? Response::text("OK\n") : Response::error(heard.error()));
                   });
    };
    router.add(std::move(route));
}

} // namespace

void addPublicRoutes(http::Router &router, PublicPages &pages)
{
    addPage(router, pages, "", Form::Html, "A status page", "text/html; charset=utf-8");
    addPage(router, pages, "/feed.atom", Form::Feed, "The incidents of a status page as a feed",
            "application/atom+xml; charset=utf-8");
    addPage(router, pages, "/badge.svg", Form::Badge, "A badge with the state of a status page",
            "image/svg+xml");
    addPage(router, pages, "/status.json", Form::Json, "A status page for programs", "application/json");
    for (const Method method : {Method::Get, Method::Post}) {
        addPing(router, pages, method, "/ping/{id}");
        addPing(router, pages, method, "/ping/{id}/{what}");
    }
}

} // namespace plimsoll::api

#include "server/http/AccessRoutes.h"

#include "server/http/JsonBody.h"
#include "server/http/KeyRoutes.h"
#include "server/http/Method.h"
#include "server/http/ProjectRoutes.h"

#include <QJsonObject>

#include <memory>

namespace plimsoll::http {

namespace {

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

std::string textIn(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

Response wrongPassword() { return Response::error(401, "wrong_password", "The password is not right."); }

Response busy()
{
    return Response::error(
        {ErrorCode::Unavailable, "Too many logins are under way.", "Try again in a moment."});
}

Response waitFirst(int seconds)
{
    Response response =
        Response::error(429, "too_many_failures", "Too many failed attempts from this address.",
                        "Wait " + std::to_string(seconds) + " seconds.");
    response.headers = {{"Retry-After", QByteArray::number(seconds)}};
    return response;
}

void setCookie(Response &response, const Request &request, std::string_view token, int64_t lifetimeMs)
{
    QByteArray cookie(Sessions::cookieName.data(), qsizetype(Sessions::cookieName.size()));
    cookie += '=';
    cookie.append(token.data(), qsizetype(token.size()));
    cookie += "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + QByteArray::number(qint64(lifetimeMs / 1000));
    if (request.secure)
        cookie += "; Secure";
    response.headers.emplace_back("Set-Cookie", cookie);
}

std::optional<std::string_view> sessionToken(const Request &request)
{
    const auto cookies = request.header("cookie");
    return cookies ? Sessions::tokenIn(*cookies) : std::nullopt;
}

QJsonObject sessionOf(const Request &request, const AccessControl &access, const ApplianceInfo &info)
{
    const Principal &who = request.principal;
    QJsonObject session{{"version", qt(info.version)},
                        {"password_set", access.passwordSet()},
                        {"authenticated", who.role != Role::None},
                        {"open_loopback", who.openLoopback},
                        {"role", QJsonValue()},
                        {"project", qt(access.projects().find(who.project).value_or(Project()).name)},
                        {"csrf", QJsonValue()},
                        {"started_ms", double(info.startedMs)},
                        {"host", qt(info.host)}};
    if (who.role != Role::None)
        session["role"] = qt(roleName(who.role));
    if (who.session)
        session["csrf"] = qt(Sessions::csrfOf(*sessionToken(request)));
    return session;
}

void logIn(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    if (!AccessControl::isSameOrigin(*request))
        return reply.send(Response::error(403, "foreign_origin", "Another site cannot log in here."));
    if (!access.passwordSet())
        return reply.send(Response::error(409, "no_password", "No admin password has been set yet.",
                                          "Open the page on the machine itself and set one."));
    if (const int seconds = access.loginLimiter().secondsToWait(request->peer))
        return reply.send(waitFirst(seconds));
    access.loginLimiter().noteFailure(request->peer);
    const auto answer = std::make_shared<Reply>(std::move(reply));
    const bool started =
        access.verifyPassword(textIn(*body, "password"), [&access, request, answer](bool right) {
            if (!right)
                return answer->send(wrongPassword());
            access.loginLimiter().noteSuccess(request->peer);
            Response response = Response::json({{"role", "admin"}});
            setCookie(response, *request, access.sessions().start(), Sessions::lifetimeMs);
            answer->send(std::move(response));
        });
    if (!started)
        answer->send(busy());
}

void logOut(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto token = sessionToken(*request);
    if (token && !AccessControl::carriesCsrf(*request, *token))
        return reply.send(Response::error(403, "csrf",
                                          "The request does not carry this session's X-Plimsoll-Csrf header.",
                                          "Reload the page."));
    if (token)
        access.sessions().end(*token);
    Response response = Response::noContent();
    setCookie(response, *request, {}, 0);
    reply.send(std::move(response));
}

void changePassword(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    if (const int seconds = access.loginLimiter().secondsToWait(request->peer))
        return reply.send(waitFirst(seconds));
    if (access.passwordSet())
        access.loginLimiter().noteFailure(request->peer);
    const auto answer = std::make_shared<Reply>(std::move(reply));
    const auto done = [&access, request, answer](const Status &changed) {
        const bool wrong = !changed && changed.error().code == ErrorCode::Unauthorized;
        if (!wrong)
            access.loginLimiter().noteSuccess(request->peer);
        if (!changed)
            return answer->send(wrong ? wrongPassword() : Response::error(changed.error()));
        Response response = Response::noContent();
        setCookie(response, *request, access.sessions().start(), Sessions::lifetimeMs);
        answer->send(std::move(response));
    };
    if (!access.changePassword(textIn(*body, "password"), textIn(*body, "current"), done))
        answer->send(busy());
}

void add(Router &router, Method method, const char *pattern, Access access, RouteDescription about,
         Handler handler)
{
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.access = access;
    route.handler = std::move(handler);
    route.maxBodyBytes = 16 * 1024;
    route.about = std::move(about);
    route.about.group = "Access";
    router.add(std::move(route));
}

} // namespace

void addAccessRoutes(Router &router, AccessControl &access, ApplianceInfo info)
{
    add(router, Method::Get, "/api/app/session", Access::Public,
        {.summary = "Who is asking, and what may be done"},
        [&access, info = std::move(info)](const RequestPtr &request, Reply reply) {
            reply.send(Response::json(sessionOf(*request, access, info)));
        });
    add(router, Method::Post, "/login", Access::Public,
        {.summary = "Starts a session",
         .text = "Sets a cookie. Slowed down after failures.",
         .bodies = {{.example = R"({"password":"…"})"}},
         .answers = {{.text = "Logged in.", .example = R"({"role":"admin"})"}}},
        [&access](const RequestPtr &request, Reply reply) { logIn(access, request, std::move(reply)); });
    add(router, Method::Post, "/logout", Access::Public,
        {.summary = "Ends the session",
         .answers = {{.status = 204, .text = "It has ended.", .contentType = {}}}},
        [&access](const RequestPtr &request, Reply reply) { logOut(access, request, std::move(reply)); });
    add(router, Method::Put, "/api/app/password", Access::Appliance,
        {.summary = "Sets or changes the admin password",
         .text = "At least 12 characters; all other sessions end.",
         .bodies = {{.example = R"({"password":"…","current":"…"})"}},
         .answers = {{.status = 204, .text = "Changed.", .contentType = {}}}},
        [&access](const RequestPtr &request, Reply reply) {
            changePassword(access, request, std::move(reply));
        });
    addKeyRoutes(router, access);
    addProjectRoutes(router, access);
}

} // namespace plimsoll::http

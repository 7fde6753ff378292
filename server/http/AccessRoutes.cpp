#include "server/http/AccessRoutes.h"

#include "server/http/Method.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <memory>

namespace plimsoll::http {

namespace {

constexpr size_t unusedWelcomeKeys = 4; ///< of the first-run page; older ones that nobody used go
constexpr const char *welcomeKeyName = "First run";
constexpr const char *keyList =
    R"({"items":[{"id":"k1","name":"retool","role":"read","prefix":"plm_default_ab","project":"default",
    "created_ms":1767700800000,"last_used_ms":null,"temporary":false}],"next_cursor":null})";

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

Result<QJsonObject> objectIn(const Request &request)
{
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(request.body, &failure);
    if (failure.error != QJsonParseError::NoError)
        return Error{
            ErrorCode::Invalid, "The body is not JSON: " + failure.errorString().toStdString() + ".", {}};
    if (!document.isObject())
        return Error{ErrorCode::Invalid, "The body is not a JSON object.", {}};
    return document.object();
}

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
                        {"project", "default"},
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

QJsonObject jsonOf(const ApiKey &key)
{
    return {{"id", qt(key.id)},
            {"name", qt(key.name)},
            {"role", qt(roleName(key.role))},
            {"prefix", qt(key.prefix)},
            {"project", qt(key.projectName)},
            {"created_ms", double(key.createdMs)},
            {"last_used_ms", key.lastUsedMs ? QJsonValue(double(key.lastUsedMs)) : QJsonValue()},
            {"temporary", key.temporary}};
}

void listKeys(AccessControl &access, Reply reply)
{
    QJsonArray items;
    for (const ApiKey &key : access.keys().list())
        items.append(jsonOf(key));
    reply.send(Response::json({{"items", items}, {"next_cursor", QJsonValue()}}));
}

void makeKey(AccessControl &access, std::string name, Role role, bool temporary, Reply reply)
{
    const auto answer = std::make_shared<Reply>(std::move(reply));
    access.keys().create(std::move(name), role, "default", temporary, [answer](Result<CreatedKey> created) {
        if (!created)
            return answer->send(Response::error(created.error()));
        QJsonObject object = jsonOf(created->key);
        object["key"] = qt(created->secret);
        answer->send(Response::json(object, 201));
    });
}

void createKey(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    makeKey(access, textIn(*body, "name"), roleNamed(textIn(*body, "role")).value_or(Role::None), false,
            std::move(reply));
}

/// The page makes a key per first visit; those that nobody used are not kept.
void createWelcomeKey(AccessControl &access, Reply reply)
{
    std::vector<ApiKey> unused = access.keys().list();
    std::erase_if(unused, [](const ApiKey &key) { return !key.temporary || key.lastUsedMs; });
    for (size_t i = 0; i + unusedWelcomeKeys <= unused.size(); i++)
        access.keys().remove(unused[i].id, [](const Status &) {});
    makeKey(access, welcomeKeyName, Role::Ingest, true, std::move(reply));
}

void removeKey(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto answer = std::make_shared<Reply>(std::move(reply));
    access.keys().remove(std::string(request->parameter("id")), [answer](const Status &removed) {
        answer->send(removed ? Response::noContent() : Response::error(removed.error()));
    });
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
    add(router, Method::Put, "/api/app/password", Access::Admin,
        {.summary = "Sets or changes the admin password",
         .text = "At least 12 characters; all other sessions end.",
         .bodies = {{.example = R"({"password":"…","current":"…"})"}},
         .answers = {{.status = 204, .text = "Changed.", .contentType = {}}}},
        [&access](const RequestPtr &request, Reply reply) {
            changePassword(access, request, std::move(reply));
        });
    add(router, Method::Get, "/api/app/keys", Access::Admin,
        {.summary = "API keys",
         .answers = {{.text = "The keys, without their secrets.", .example = keyList}}},
        [&access](const RequestPtr &, Reply reply) { listKeys(access, std::move(reply)); });
    add(router, Method::Post, "/api/app/keys", Access::Admin,
        {.summary = "Makes an API key",
         .bodies = {{.example = R"({"name":"retool","role":"read"})"}},
         .answers = {{.status = 201, .text = "The key, shown this once."}}},
        [&access](const RequestPtr &request, Reply reply) { createKey(access, request, std::move(reply)); });
    add(router, Method::Delete, "/api/app/keys/{id}", Access::Admin,
        {.summary = "Withdraws an API key",
         .answers = {{.status = 204, .text = "Withdrawn.", .contentType = {}}}},
        [&access](const RequestPtr &request, Reply reply) { removeKey(access, request, std::move(reply)); });
    add(router, Method::Post, "/api/app/welcome-key", Access::Admin,
        {.summary = "Makes an ingest key for the first-run page",
         .answers = {{.status = 201, .text = "The key, shown this once."}}},
        [&access](const RequestPtr &, Reply reply) { createWelcomeKey(access, std::move(reply)); });
}

} // namespace plimsoll::http

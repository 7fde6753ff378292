#include "server/http/AccessRoutes.h"

#include "server/http/JsonBody.h"
#include "server/http/KeyRoutes.h"
#include "server/http/Method.h"
#include "server/http/ProjectRoutes.h"
#include "server/http/SessionCookie.h"
#include "server/http/SessionRoutes.h"
#include "server/http/UserRoutes.h"

#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>
#include <memory>

namespace plimsoll::http {

namespace {

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

std::string textIn(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

Response waitFirst(int seconds, const char *whose)
{
    Response response =
        Response::error(429, "too_many_failures", std::string("Too many failed attempts ") + whose + ".",
                        "Wait " + std::to_string(seconds) + " seconds.");
    response.headers = {{"Retry-After", QByteArray::number(seconds)}};
    return response;
}

/// Guesses at the password of one name from one address.
class Guess
{
public:
    /// `knows`: somebody of that name is logged in from there, and is not kept out by guesses from elsewhere.
    Guess(AccessControl &access, const Request &request, std::string_view name)
        : m_access(access)
        , m_address(GuessLimiter::nameOf(request.peer))
        , m_name(foldedName(name.substr(0, maxNameBytes)))
    {
        const auto user = access.users().named(name);
        m_known = user && access.sessions().isKnown(user->id, request.peer.toString().toStdString());
    }

    std::optional<Response> refusal() const
    {
        if (const int seconds = m_access.addressLimiter().secondsToWait(m_address))
            return waitFirst(seconds, "from this address");
        const int seconds = m_known ? 0 : m_access.nameLimiter().secondsToWait(m_name);
        return seconds ? std::optional(waitFirst(seconds, "for this name")) : std::nullopt;
    }
    void noteFailure() const
    {
        m_access.addressLimiter().noteFailure(m_address);
        m_access.nameLimiter().noteFailure(m_name);
    }
    void noteSuccess() const
    {
        m_access.addressLimiter().noteSuccess(m_address);
        m_access.nameLimiter().noteSuccess(m_name);
    }
    /// What is said of a wrong one, which was noted.
    Response wrong() const
    {
        const int ofAddress = m_access.addressLimiter().triesLeft(m_address);
        const int left = m_known ? ofAddress : std::min(ofAddress, m_access.nameLimiter().triesLeft(m_name));
        const std::string hint = left == 0 ? "Now a minute's wait."
                                           : std::to_string(left) + (left == 1 ? " try" : " tries") +
                                                 " left, then a minute's wait.";
        return Response::error(401, "wrong_password", "That is not it.", hint);
    }

private:
    static constexpr size_t maxNameBytes = 64;

    AccessControl &m_access;
    std::string m_address;
    std::string m_name;
    bool m_known = false;
};

QJsonObject shortly(const User &user) { return {{"id", qt(user.id)}, {"name", qt(user.name)}}; }

/// Role by project, for the projects that the caller may open.
QJsonObject rolesOf(const AccessControl &access, const Principal &who)
{
    const auto user = who.session ? access.users().withId(who.userId) : std::nullopt;
    const bool everywhere = AccessControl::managesAppliance(who) && who.keyId.empty();
    QJsonObject roles;
    for (const Project &project : access.projects().list()) {
        if (everywhere || (user ? user->grant.covers(project.id) : project.id == who.project))
            roles[qt(project.name)] = qt(roleName(who.role));
    }
    return roles;
}

void addCaller(QJsonObject &session, const Request &request, const AccessControl &access)
{
    const Principal &who = request.principal;
    const QJsonObject roles = rolesOf(access, who);
    const bool all = who.session ? who.allProjects : who.keyId.empty();
    session["role"] = qt(roleName(who.role));
    session["caller"] = qt(callerName(who));
    session["roles"] = roles;
    session["projects"] = all ? QJsonArray{QStringLiteral("*")} : QJsonArray::fromStringList(roles.keys());
    session["appliance"] = AccessControl::managesAppliance(who);
    if (who.session) {
        session["user"] = QJsonObject{{"id", qt(who.userId)}, {"name", qt(who.userName)}};
        session["csrf"] = qt(Sessions::csrfOf(*sessionTokenOf(request)));
    }
}

QJsonObject sessionOf(const Request &request, const AccessControl &access, const ApplianceInfo &info)
{
    const Principal &who = request.principal;
    QJsonObject session{{"version", qt(info.version)},
                        {"password_set", access.passwordSet()},
                        {"names", access.users().hasOthers()},
                        {"authenticated", who.role != Role::None},
                        {"open_loopback", who.openLoopback},
                        {"role", QJsonValue()},
                        {"user", QJsonValue()},
                        {"caller", QJsonValue()},
                        {"projects", QJsonArray()},
                        {"roles", QJsonObject()},
                        {"appliance", false},
                        {"project", qt(access.projects().find(who.project).value_or(Project()).name)},
                        {"csrf", QJsonValue()},
                        {"started_ms", double(info.startedMs)},
                        {"host", qt(info.host)}};
    if (who.role != Role::None)
        addCaller(session, request, access);
    return session;
}

LogIn attemptOf(const Request &request, const QJsonObject &body, std::string name)
{
    return {std::move(name), textIn(body, "password"), request.peer.toString().toStdString(),
            std::string(request.header("user-agent").value_or(std::string_view()))};
}

/// The session that the browser had before ends: nobody goes on under a token that others may know.
Response welcome(AccessControl &access, const Request &request, const LoggedIn &in)
{
    if (!access.firstProjectOf(in.user)) {
        access.sessions().end(in.token);
        return Response::error(403, "no_project", "None of your projects is there any more.",
                               "Ask an admin of all projects.");
    }
    if (const auto old = sessionTokenOf(request))
        access.sessions().end(*old);
    Response response = Response::json({{"role", qt(roleName(in.user.role))}, {"user", shortly(in.user)}});
    setSessionCookie(response, request, in.token);
    return response;
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
    const std::string name = body->contains("name") ? textIn(*body, "name") : std::string(firstUserId);
    const Guess guess(access, *request, name);
    if (auto refused = guess.refusal())
        return reply.send(*std::move(refused));
    guess.noteFailure();
    const auto answer = std::make_shared<Reply>(std::move(reply));
    access.users().logIn(attemptOf(*request, *body, name),
                         [&access, request, answer, guess](const Result<LoggedIn> &in) {
                             const bool wrong = !in && in.error().code == ErrorCode::Unauthorized;
                             if (wrong)
                                 return answer->send(guess.wrong());
                             guess.noteSuccess();
                             answer->send(in ? welcome(access, *request, *in) : Response::error(in.error()));
                         });
}

void logOut(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto token = sessionTokenOf(*request);
    if (token && !AccessControl::carriesCsrf(*request, *token))
        return reply.send(Response::error(403, "csrf",
                                          "The request does not carry this session's X-Plimsoll-Csrf header.",
                                          "Reload the page."));
    if (token)
        access.sessions().end(*token);
    Response response = Response::noContent();
    setSessionCookie(response, *request, {});
    reply.send(std::move(response));
}

/// Whose password a caller may change: its own or, for an admin key of `default` and on open loopback, that
/// of the first user.
std::optional<std::string> ownUserOf(const Principal &who)
{
    if (who.session)
        return who.userId;
    return AccessControl::managesAppliance(who) ? std::optional(std::string(firstUserId)) : std::nullopt;
}

void changePassword(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto id = ownUserOf(request->principal);
    const auto user = id ? access.users().withId(*id) : std::nullopt;
    if (!user)
        return reply.send(Response::error(403, "no_user", "A key has no password of its own.", "Log in."));
    const Guess guess(access, *request, user->name);
    if (auto refused = guess.refusal())
        return reply.send(*std::move(refused));
    const bool counts = access.passwordSet();
    if (counts)
        guess.noteFailure();
    const auto answer = std::make_shared<Reply>(std::move(reply));
    const auto done = [&access, request, answer, guess, counts](const Result<User> &changed) {
        const bool wrong = !changed && changed.error().code == ErrorCode::Unauthorized;
        if (counts && !wrong)
            guess.noteSuccess();
        if (!changed)
            return answer->send(wrong ? guess.wrong() : Response::error(changed.error()));
        Response response = Response::noContent();
        setSessionCookie(response, *request,
                         access.sessions().start(changed->id, request->peer.toString().toStdString(),
                                                 request->header("user-agent").value_or("")));
        answer->send(std::move(response));
    };
    access.users().changePassword(user->id, textIn(*body, "current"), textIn(*body, "password"), done);
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
         .text = "Sets a cookie. Without a name it is admin. Slowed down after failures.",
         .bodies = {{.example = R"({"name":"mara","password":"…"})"}},
         .answers = {{.text = "Logged in.",
                      .example = R"({"role":"edit","user":{"id":"5f0c61d2a90b7e34","name":"mara"}})"}}},
        [&access](const RequestPtr &request, Reply reply) { logIn(access, request, std::move(reply)); });
    add(router, Method::Post, "/logout", Access::Public,
        {.summary = "Ends the session",
         .answers = {{.status = 204, .text = "It has ended.", .contentType = {}}}},
        [&access](const RequestPtr &request, Reply reply) { logOut(access, request, std::move(reply)); });
    add(router, Method::Put, "/api/app/password", Access::Read,
        {.summary = "Changes one's own password, or sets the first one",
         .text =
             "At least 12 characters; all other sessions of the user end. An admin key of default changes "
             "that of admin; other keys have none.",
         .bodies = {{.example = R"({"password":"…","current":"…"})"}},
         .answers = {{.status = 204, .text = "Changed.", .contentType = {}}}},
        [&access](const RequestPtr &request, Reply reply) {
            changePassword(access, request, std::move(reply));
        });
    addKeyRoutes(router, access);
    addProjectRoutes(router, access);
    addUserRoutes(router, access);
    addSessionRoutes(router, access);
}

} // namespace plimsoll::http

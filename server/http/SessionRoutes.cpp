#include "server/http/SessionRoutes.h"

#include "server/http/AccessRoute.h"
#include "server/http/SessionCookie.h"

#include <QJsonArray>
#include <QJsonObject>

namespace plimsoll::http {

namespace {

constexpr const char *listExample =
    R"({"items":[{"id":"Zk3r0aQx91LmB2cd","started_ms":1767700800000,"used_ms":1767787200000,
    "address":"192.0.2.7","agent":"Mozilla/5.0 …","current":true}],"next_cursor":null})";

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

/// Whose sessions are asked for: one's own, or those of the user named, for who manages the appliance.
Result<std::string> userIn(const AccessControl &access, const Request &request)
{
    const Principal &who = request.principal;
    const std::string named = request.argument("user").value_or(who.userId);
    if (named.empty())
        return Error{ErrorCode::Unprocessable, "Keys and open loopback have no sessions.",
                     "Name a user: ?user=admin."};
    const bool own = who.session && named == who.userId;
    if (!own && (!AccessControl::managesAppliance(who) || !access.users().withId(named)))
        return Error{ErrorCode::NotFound, "There is no such user.", {}};
    return named;
}

QJsonObject jsonOf(const Session &session, const Principal &who)
{
    return {{"id", qt(session.id)},
            {"started_ms", double(session.startedMs)},
            {"used_ms", double(session.usedMs)},
            {"address", qt(session.address)},
            {"agent", qt(session.agent)},
            {"current", session.id == who.sessionId}};
}

void listSessions(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto user = userIn(access, *request);
    if (!user)
        return reply.send(Response::error(user.error()));
    QJsonArray items;
    for (const Session &session : access.sessions().list(*user))
        items.append(jsonOf(session, request->principal));
    reply.send(Response::json({{"items", items}, {"next_cursor", QJsonValue()}}));
}

void endSessions(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto user = userIn(access, *request);
    if (!user)
        return reply.send(Response::error(user.error()));
    const bool keepsThis = request->argument("others") == "1";
    access.sessions().endOf(*user, keepsThis ? request->principal.sessionId : std::string());
    Response response = Response::noContent();
    if (!keepsThis && *user == request->principal.userId)
        setSessionCookie(response, *request, {});
    reply.send(std::move(response));
}

void endSession(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto user = userIn(access, *request);
    if (!user)
        return reply.send(Response::error(user.error()));
    if (!access.sessions().endOne(*user, request->parameter("id")))
        return reply.send(Response::error({ErrorCode::NotFound, "There is no such session.", {}}));
    reply.send(Response::noContent());
}

void add(Router &router, AccessControl &access, Method method, const char *pattern, AccessAct act,
         RouteDescription about)
{
    about.arguments.push_back(
        {.name = "user", .text = "Of this one, by id, for who manages the appliance; else one's own."});
    addAccessRoute(router, access, Access::Read, method, pattern, act, std::move(about));
}

} // namespace

void addSessionRoutes(Router &router, AccessControl &access)
{
    add(router, access, Method::Get, "/api/app/sessions", listSessions,
        {.summary = "Where a user is logged in",
         .answers = {{.text = "The one used last first.", .example = listExample}}});
    add(router, access, Method::Delete, "/api/app/sessions", endSessions,
        {.summary = "Logs a user out everywhere",
         .arguments = {{.name = "others", .text = "All but the one that asks.", .oneOf = {"1"}}},
         .answers = {{.status = 204, .text = "They have ended.", .contentType = {}}}});
    add(router, access, Method::Delete, "/api/app/sessions/{id}", endSession,
        {.summary = "Ends one session",
         .answers = {{.status = 204, .text = "It has ended.", .contentType = {}}}});
}

} // namespace plimsoll::http

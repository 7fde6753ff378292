#include "server/http/AccessControl.h"

#include "server/http/Method.h"
#include "server/http/Secret.h"

#include <algorithm>

namespace plimsoll::http {

namespace {

constexpr int maxFailuresOfName = 20;

bool allows(Role role, Access access)
{
    switch (access) {
    case Access::Public:
        return true;
    case Access::Ingest:
        return role == Role::Ingest || role == Role::Edit || role == Role::Admin;
    case Access::Read:
        return role == Role::Read || role == Role::Edit || role == Role::Admin;
    case Access::Edit:
        return role == Role::Edit || role == Role::Admin;
    case Access::Admin:
    case Access::Appliance:
        return role == Role::Admin;
    }
    return false;
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

/// "127.0.0.1:9510" -> "127.0.0.1"; "[::1]:9510" -> "::1".
std::string hostOf(std::string_view authority)
{
    if (authority.starts_with('[')) {
        const size_t end = authority.find(']');
        return std::string(authority.substr(1, end == std::string_view::npos ? end : end - 1));
    }
    return lowered(authority.substr(0, authority.find(':')));
}

bool isLoopbackName(const std::string &host)
{
    if (host == "localhost" || host.ends_with(".localhost"))
        return true;
    const QHostAddress literal(QString::fromStdString(host));
    return !literal.isNull() && literal.isLoopback();
}

bool cameThroughProxy(const Request &request)
{
    return std::any_of(request.headers.begin(), request.headers.end(), [](const auto &header) {
        return header.first == "forwarded" || header.first.starts_with("x-forwarded-") ||
               header.first == "x-real-ip" || header.first == "via";
    });
}

Response waitFirst(int seconds)
{
    Response response =
        Response::error(429, "too_many_failures", "Too many failed attempts from this address.",
                        "Wait " + std::to_string(seconds) + " seconds.");
    response.headers = {{"Retry-After", QByteArray::number(seconds)}};
    return response;
}

Response unauthorized(const std::string &message)
{
    Response response = Response::error(401, "unauthorized", message,
                                        "Log in at /login, or send an API key: Authorization: Bearer plm_…");
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"Plimsoll\"");
    return response;
}

/// What stands behind the first colon, or all where there is none.
std::string passwordOf(const std::string &pair) { return pair.substr(pair.find(':') + 1); }

/// The password that clients of InfluxDB 1 put into the address of its own endpoints.
std::optional<std::string> influxPassword(const Request &request)
{
    if (request.path != "/write" && request.path != "/query")
        return std::nullopt;
    auto password = request.argument("p");
    return password && password->empty() ? std::nullopt : password;
}

/// The API key in an Authorization header: "Bearer k", "Token k" or "Token user:k", or the password of
/// "Basic".
std::optional<std::string> secretIn(const Request &request)
{
    const auto header = request.header("authorization");
    if (!header)
        return influxPassword(request);
    const size_t space = header->find(' ');
    const std::string scheme = lowered(header->substr(0, space));
    const std::string_view rest =
        space == std::string_view::npos ? std::string_view() : header->substr(space + 1);
    if (scheme == "bearer" || scheme == "token")
        return scheme == "token" ? passwordOf(std::string(rest)) : std::string(rest);
    if (scheme != "basic")
        return std::string();
    const std::string pair =
        QByteArray::fromBase64(QByteArray(rest.data(), qsizetype(rest.size()))).toStdString();
    const size_t colon = pair.find(':');
    return colon == std::string::npos ? std::string() : pair.substr(colon + 1);
}

/// The API key in the argument `key`, which spreadsheets need: they cannot send headers. Only the plain
/// reading endpoints look at it.
std::optional<std::string> secretInAddress(const Route &route, const Request &request)
{
    const bool plain = request.path == "/metrics" || request.path.starts_with("/metrics/");
    if (!plain || route.access != Access::Read || !isSafe(request.method))
        return std::nullopt;
    return request.argument("key");
}

/// The project that a request names. The arguments of /track are labels, of which `project` may be one.
std::string projectIn(const Route &route, const Request &request)
{
    if (const auto header = request.header("x-plimsoll-project"))
        return std::string(*header);
    if (route.pattern.starts_with("/track/"))
        return {};
    return request.argument("project").value_or(std::string());
}

Response foreignProject(const Principal &who)
{
    return who.session ? Response::error(403, "foreign_project", "This project is not one of yours.",
                                         "An admin of all projects can change that under Settings, Users.")
                       : Response::error(403, "foreign_project", "This key belongs to another project.",
                                         "Leave the project out, or use a key of that project.");
}

} // namespace

AccessControl::AccessControl(DocumentStore &documents, const Clock &clock)
    : m_clock(clock)
    , m_projects(documents, clock)
    , m_keys(documents, clock, m_projects)
    , m_quotas(m_projects, m_keys)
    , m_sessions(documents, clock)
    , m_addressLimiter(clock)
    , m_nameLimiter(clock, maxFailuresOfName)
    , m_keyLimiter(clock)
    , m_users(documents, clock, m_projects, m_sessions)
{
}

Status AccessControl::load()
{
    if (Status loaded = m_projects.load(); !loaded)
        return loaded;
    if (Status loaded = m_keys.load(); !loaded)
        return loaded;
    if (Status loaded = m_sessions.load(); !loaded)
        return loaded;
    return m_users.load();
}

bool AccessControl::openTo(const Request &request) const
{
    return !passwordSet() && request.peer.isLoopback() && !cameThroughProxy(request) &&
           isSameOrigin(request) && isLoopbackName(hostOf(request.header("host").value_or("localhost")));
}

bool AccessControl::isSameOrigin(const Request &request)
{
    const auto site = request.header("sec-fetch-site");
    if (site && (*site == "cross-site" || *site == "same-site"))
        return false;
    const auto origin = request.header("origin");
    if (!origin)
        return true;
    const size_t scheme = origin->find("://");
    return scheme != std::string_view::npos &&
           lowered(origin->substr(scheme + 3)) ==
               lowered(request.header("host").value_or(std::string_view()));
}

bool AccessControl::carriesCsrf(const Request &request, std::string_view sessionToken)
{
    return isSameOrigin(request) &&
           equalInConstantTime(request.header("x-plimsoll-csrf").value_or(std::string_view()),
                               Sessions::csrfOf(sessionToken));
}

bool AccessControl::managesAppliance(const Principal &principal)
{
    return principal.role == Role::Admin &&
           (principal.session ? principal.allProjects
                              : principal.openLoopback || principal.project == defaultProject);
}

bool AccessControl::opens(const Principal &principal, ProjectId project) const
{
    if (project == principal.project || managesAppliance(principal))
        return true;
    const auto user = principal.session ? m_users.withId(principal.userId) : std::nullopt;
    return user && user->grant.covers(project);
}

bool AccessControl::stillReads(const Principal &principal) const
{
    if (!m_projects.contains(principal.project))
        return false;
    if (!principal.session)
        return principal.keyId.empty() || m_keys.works(principal.keyId);
    const auto user = m_users.withId(principal.userId);
    return user && !user->disabled && user->grant.covers(principal.project) &&
           m_sessions.works(principal.sessionId);
}

std::optional<Response> AccessControl::refusal(const Route &route, Request &request)
{
    auto refused = openTo(request) ? refusalOnOpenLoopback(request) : refusalWithCredentials(route, request);
    if (refused)
        request.principal = {};
    else
        refused = refusalOfProject(route, request);
    if (refused && route.access != Access::Public)
        return refused;
    request.principal.quota = m_quotas.of(request.principal.project, request.principal.keyId);
    return std::nullopt;
}

/// No key is needed here, and what is none is overlooked: many senders must be given some token. One that is
/// sent anyway still says whose data it is; so one of another project that works no more is refused, lest its
/// data land in this one.
std::optional<Response> AccessControl::refusalOnOpenLoopback(Request &request)
{
    const auto secret = secretIn(request);
    auto key = secret ? m_keys.find(*secret) : std::nullopt;
    if (key && key->expired(m_clock.nowMs()))
        key.reset();
    if (secret && !key && secret->starts_with("plm_") && !secret->starts_with("plm_default_"))
        return unauthorized("The API key is not valid, or has expired.");
    request.principal.role = Role::Admin;
    request.principal.openLoopback = true;
    if (key) {
        request.principal.project = key->project;
        request.principal.keyId = key->id;
        request.principal.keyName = key->name;
    }
    return std::nullopt;
}

/// Puts a session, or open loopback without a key, into the project that it names. A key stays in its own.
std::optional<Response> AccessControl::refusalOfProject(const Route &route, Request &request) const
{
    Principal &who = request.principal;
    const std::string asked = who.role == Role::None ? std::string() : projectIn(route, request);
    if (asked.empty())
        return std::nullopt;
    const auto project = m_projects.named(asked);
    if (project && project->id == who.project)
        return std::nullopt;
    if (!who.keyId.empty())
        return foreignProject(who);
    if (who.session && !who.allProjects) {
        // Whether it is there is not told either.
        const auto user = m_users.withId(who.userId);
        if (!project || !user || !user->grant.covers(project->id))
            return foreignProject(who);
    }
    if (!project)
        return Response::error(unknownProject(asked));
    who.project = project->id;
    return std::nullopt;
}

std::optional<Response> AccessControl::refusalWithCredentials(const Route &route, Request &request)
{
    if (const auto secret = secretIn(request))
        return refusalOfKey(route, request, *secret);
    if (const auto secret = secretInAddress(route, request))
        return refusalOfKeyInAddress(route, request, *secret);
    if (const auto cookies = request.header("cookie"); cookies && Sessions::tokenIn(*cookies))
        return refusalOfSession(route, request);
    if (passwordSet())
        return unauthorized("This needs a login or an API key.");
    if (!request.peer.isLoopback())
        return Response::error(
            403, "password_required", "Other machines are let in once an admin password is set.",
            "Open this page on the machine itself, or start it with PLIMSOLL_ADMIN_PASSWORD.");
    if (cameThroughProxy(request))
        return Response::error(403, "password_required",
                               "Requests through a proxy are let in once an admin password is set.",
                               "Set it on the machine itself, or start it with PLIMSOLL_ADMIN_PASSWORD.");
    return Response::error(403, "foreign_origin",
                           "The request was led here by another site or under a foreign name.",
                           "Use http://127.0.0.1 or http://localhost, or set an admin password first.");
}

/// A right key passes even while its peer is limited: 256 bits cannot be guessed, and one misconfigured
/// sender must not silence the others on its machine.
std::optional<Response> AccessControl::refusalOfKey(const Route &route, Request &request,
                                                    std::string_view secret)
{
    const auto key = m_keys.find(secret);
    if (!key) {
        const std::string peer = GuessLimiter::nameOf(request.peer);
        if (const int seconds = m_keyLimiter.secondsToWait(peer))
            return waitFirst(seconds);
        m_keyLimiter.noteFailure(peer);
        return unauthorized("The API key is not valid.");
    }
    if (key->expired(m_clock.nowMs()))
        return unauthorized("The API key has expired.");
    request.principal.role = key->role;
    request.principal.project = key->project;
    request.principal.keyId = key->id;
    request.principal.keyName = key->name;
    if (route.access == Access::Appliance && key->role == Role::Admin && !managesAppliance(request.principal))
        return Response::error(403, "forbidden", "This concerns all projects; the key is of one.",
                               "Log in, or use an admin key of the project default.");
    if (allows(key->role, route.access))
        return std::nullopt;
    return Response::error(403, "forbidden",
                           "This key has the role " + std::string(roleName(key->role)) + "; this needs " +
                               std::string(accessName(route.access)) + ".",
                           "Make a key with that role under Keys.");
}

/// Addresses end up in histories and logs: a key in one may not be able to change anything.
std::optional<Response> AccessControl::refusalOfKeyInAddress(const Route &route, Request &request,
                                                             std::string_view secret)
{
    auto refused = refusalOfKey(route, request, secret);
    if (refused || request.principal.role == Role::Read)
        return refused;
    request.principal = {};
    return Response::error(403, "forbidden", "A key in an address must have the role read and no other.",
                           "Make one under Keys, or send this one as Authorization: Bearer plm_…");
}

/// Role and projects are looked up with every request: what is changed of a user holds from the next one on.
std::optional<Response> AccessControl::refusalOfSession(const Route &route, Request &request)
{
    const auto token = Sessions::tokenIn(*request.header("cookie"));
    const auto session = m_sessions.find(*token);
    const auto user = session ? m_users.withId(session->userId) : std::nullopt;
    if (!user || user->disabled)
        return unauthorized("The session has ended.");
    if (!isSafe(request.method) && route.access != Access::Public && !carriesCsrf(request, *token))
        return Response::error(403, "csrf",
                               "The request does not carry this session's X-Plimsoll-Csrf header.",
                               "Reload the page.");
    const auto project = firstProjectOf(*user);
    if (!project)
        return Response::error(403, "forbidden", "None of your projects is there any more.",
                               "An admin of all projects can change that under Settings, Users.");
    Principal &who = request.principal;
    who.role = user->role;
    who.project = *project;
    who.session = true;
    who.allProjects = user->grant.all;
    who.userId = user->id;
    who.userName = user->name;
    who.sessionId = session->id;
    if (allows(user->role, route.access) && (route.access != Access::Appliance || user->managesAppliance()))
        return std::nullopt;
    if (allows(user->role, route.access))
        return Response::error(403, "forbidden", "This concerns all projects; you are an admin of some.",
                               "Ask an admin of all projects.");
    return Response::error(403, "forbidden",
                           "You have the role " + std::string(roleName(user->role)) + "; this needs " +
                               std::string(accessName(route.access)) + ".",
                           "An admin of all projects can change that under Settings, Users.");
}

std::optional<ProjectId> AccessControl::firstProjectOf(const User &user) const
{
    if (user.grant.covers(defaultProject))
        return defaultProject;
    for (const Project &project : m_projects.list()) {
        if (user.grant.covers(project.id))
            return project.id;
    }
    return std::nullopt;
}

} // namespace plimsoll::http

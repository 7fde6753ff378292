#pragma once

#include "server/http/ApiKeys.h"
#include "server/http/Authority.h"
#include "server/http/GuessLimiter.h"
#include "server/http/KeyQuotas.h"
#include "server/http/Sessions.h"
#include "server/http/Users.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::http {

/// Who may do what: users, their sessions, API keys, and the loopback that is open until the first user has a
/// password. Thread-safe.
class AccessControl final : public Authority
{
public:
    AccessControl(DocumentStore &documents, const Clock &clock);

    /// Reads users, projects, keys and sessions. Call it before the first request.
    Status load();

    std::optional<Response> refusal(const Route &route, Request &request) override;

    /// True once an admin password exists: then everything that is not public needs a key or a session.
    bool passwordSet() const { return m_users.hasPassword(); }
    /// True for a request that open loopback lets in: no password yet, from this machine, and not led here by
    /// a foreign page or a proxy.
    bool openTo(const Request &request) const;

    /// False if a browser says that another site's page made this request.
    static bool isSameOrigin(const Request &request);
    /// True if the request repeats its session's word in X-Plimsoll-Csrf and comes from our own page.
    static bool carriesCsrf(const Request &request, std::string_view sessionToken);

    /// True for who may see and change what concerns all projects (Access::Appliance).
    static bool managesAppliance(const Principal &principal);
    /// False once what let this caller in does so no more: the key withdrawn, the session ended, the user
    /// removed, disabled or kept out of the project, the project gone. For streams.
    bool stillReads(const Principal &principal) const;
    /// True where this caller may name that project, or is in it.
    bool opens(const Principal &principal, ProjectId project) const;
    /// Where a session of that user is that names no project: in `default` or, where the user may not open
    /// it, in the first by name. None where all are gone.
    std::optional<ProjectId> firstProjectOf(const User &user) const;

    Projects &projects() { return m_projects; }
    const Projects &projects() const { return m_projects; }
    const Quotas &quotas() const { return m_quotas; }
    ApiKeys &keys() { return m_keys; }
    const ApiKeys &keys() const { return m_keys; }
    Sessions &sessions() { return m_sessions; }
    const Sessions &sessions() const { return m_sessions; }
    Users &users() { return m_users; }
    const Users &users() const { return m_users; }
    /// Of addresses that guess at passwords.
    GuessLimiter &addressLimiter() { return m_addressLimiter; }
    /// Of names that are guessed at, from wherever: it lets more pass, so that nobody is kept out by others
    /// too easily.
    GuessLimiter &nameLimiter() { return m_nameLimiter; }
    const Clock &clock() const { return m_clock; }

    /// Sets the password of the first user at once, for start-up (PLIMSOLL_ADMIN_PASSWORD) and tests; blocks.
    Status setPassword(const std::string &password) { return m_users.setPassword(firstUserId, password); }
    /// Blocks; for tests.
    bool passwordMatches(const std::string &password) const
    {
        return m_users.passwordMatches(firstUserId, password);
    }

private:
    std::optional<Response> refusalOnOpenLoopback(Request &request);
    std::optional<Response> refusalWithCredentials(const Route &route, Request &request);
    std::optional<Response> refusalOfKey(const Route &route, Request &request, std::string_view secret);
    std::optional<Response> refusalOfKeyInAddress(const Route &route, Request &request,
                                                  std::string_view secret);
    std::optional<Response> refusalOfSession(const Route &route, Request &request);
    std::optional<Response> refusalOfProject(const Route &route, Request &request) const;
    const Clock &m_clock;
    Projects m_projects;
    ApiKeys m_keys;
    KeyQuotas m_quotas;
    Sessions m_sessions;
    GuessLimiter m_addressLimiter;
    GuessLimiter m_nameLimiter;
    GuessLimiter m_keyLimiter;
    Users m_users; ///< last: its thread works with what is above
};

} // namespace plimsoll::http

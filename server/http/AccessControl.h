#pragma once

#include "server/http/ApiKeys.h"
#include "server/http/Authority.h"
#include "server/http/GuessLimiter.h"
#include "server/http/HashingThread.h"
#include "server/http/KeyQuotas.h"
#include "server/http/Sessions.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace plimsoll::http {

/// Who may do what: the admin password, sessions, API keys, and the loopback that is open until a password
/// exists. Thread-safe. Password hashing runs on a thread of its own, one at a time.
class AccessControl final : public Authority
{
public:
    AccessControl(DocumentStore &documents, const Clock &clock);

    /// Reads password, projects, keys and sessions. Call it before the first request.
    Status load();

    std::optional<Response> refusal(const Route &route, Request &request) override;

    /// True once an admin password exists: then everything that is not public needs a key or a session.
    bool passwordSet() const { return m_passwordSet.load(std::memory_order_acquire); }
    /// True for a request that open loopback lets in: no password yet, from this machine, and not led here by
    /// a foreign page or a proxy.
    bool openTo(const Request &request) const;

    /// False if a browser says that another site's page made this request.
    static bool isSameOrigin(const Request &request);
    /// True if the request repeats its session's word in X-Plimsoll-Csrf and comes from our own page.
    static bool carriesCsrf(const Request &request, std::string_view sessionToken);

    /// True for who may see and change what concerns all projects (Access::Appliance).
    static bool managesAppliance(const Principal &principal);

    Projects &projects() { return m_projects; }
    const Projects &projects() const { return m_projects; }
    const Quotas &quotas() const { return m_quotas; }
    ApiKeys &keys() { return m_keys; }
    const ApiKeys &keys() const { return m_keys; }
    Sessions &sessions() { return m_sessions; }
    GuessLimiter &loginLimiter() { return m_loginLimiter; }
    const Clock &clock() const { return m_clock; }

    /// Compares a password off the calling thread; `done` is called on the hashing thread. False, and never
    /// called, if too many wait already.
    bool verifyPassword(std::string password, std::function<void(bool)> done);
    /// Changes the password off the calling thread, or sets the first one; `current` must be right once there
    /// is one (Unauthorized). All sessions end. `done` is called as above, after the change is durable.
    bool changePassword(std::string password, std::string current, std::function<void(Status)> done);
    /// Sets the password at once, for start-up (PLIMSOLL_ADMIN_PASSWORD) and the shell; blocks.
    Status setPassword(const std::string &password);
    /// Blocks; for the shell and tests.
    bool passwordMatches(const std::string &password) const;

private:
    std::optional<Response> refusalOnOpenLoopback(Request &request);
    std::optional<Response> refusalWithCredentials(const Route &route, Request &request);
    std::optional<Response> refusalOfKey(const Route &route, Request &request, std::string_view secret);
    std::optional<Response> refusalOfKeyInAddress(const Route &route, Request &request,
                                                  std::string_view secret);
    std::optional<Response> refusalOfSession(const Route &route, Request &request);
    std::optional<Response> refusalOfProject(const Route &route, Request &request) const;

    DocumentStore &m_documents;
    const Clock &m_clock;
    Projects m_projects;
    ApiKeys m_keys;
    KeyQuotas m_quotas;
    Sessions m_sessions;
    GuessLimiter m_loginLimiter;
    GuessLimiter m_keyLimiter;
    mutable std::mutex m_mutex;
    std::string m_passwordHash; ///< argon2id, as libsodium writes it
    std::atomic<bool> m_passwordSet{false};
    HashingThread m_hashing;
};

} // namespace plimsoll::http

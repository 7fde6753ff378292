#pragma once

#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"
#include "storage/model/Result.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::http {

/// Browsers that logged in. A session is named by 256 random bits in a cookie, of which a hash is kept here
/// and in the collection "sessions" of project 0, so that it survives a restart. It ends 30 days after the
/// login or 7 days after its last use. Thread-safe.
class Sessions
{
public:
    static constexpr std::string_view cookieName = "plimsoll_session";
    static constexpr int64_t lifetimeMs = int64_t(30) * 24 * 3600 * 1000;
    static constexpr int64_t idleMs = int64_t(7) * 24 * 3600 * 1000;

    Sessions(DocumentStore &documents, const Clock &clock);

    Status load();

    /// Starts a session and returns its token.
    std::string start();
    /// True if the token names a session that has not ended. Notes the use.
    bool isValid(std::string_view token);
    void end(std::string_view token);
    void endAll();

    /// The word that requests of this session repeat in X-Plimsoll-Csrf.
    static std::string csrfOf(std::string_view token);
    /// The session token in a Cookie header, if there is one.
    static std::optional<std::string_view> tokenIn(std::string_view cookieHeader);

private:
    struct Session
    {
        int64_t startedMs = 0;
        int64_t usedMs = 0;
        int64_t storedUseMs = 0;
    };

    bool ended(const Session &session, int64_t nowMs) const;
    void store(const std::string &hash, const Session &session);
    void dropEnded(int64_t nowMs);

    DocumentStore &m_documents;
    const Clock &m_clock;
    std::mutex m_mutex;
    std::map<std::string, Session, std::less<>> m_sessions; ///< by hash of the token
};

} // namespace plimsoll::http

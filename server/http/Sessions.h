#pragma once

#include "server/http/PendingWrites.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"
#include "storage/model/Result.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::http {

/// A browser that logged in, as its user may see it.
struct Session
{
    std::string id;     ///< told to people; opens nothing
    std::string userId; ///< whose it is
    int64_t startedMs = 0;
    int64_t usedMs = 0;
    std::string address; ///< where it was started from
    std::string agent;   ///< the browser, in its own words; at most 200 bytes
};

/// Browsers that logged in. A session is named by 256 random bits in a cookie, of which a hash is kept here
/// and in the collection "sessions" of project 0, so that it survives a restart. It ends 30 days after the
/// login or 7 days after its last use. Of one user at most 50 are kept, those used last. Thread-safe.
class Sessions
{
public:
    static constexpr std::string_view cookieName = "plimsoll_session";
    static constexpr int64_t lifetimeMs = int64_t(30) * 24 * 3600 * 1000;
    static constexpr int64_t idleMs = int64_t(7) * 24 * 3600 * 1000;
    static constexpr size_t maxOfUser = 50;

    Sessions(DocumentStore &documents, const Clock &clock);

    Status load();

    /// Starts a session of that user and returns its token.
    std::string start(std::string userId, std::string address = {}, std::string_view agent = {});
    /// The session of that token, if it has not ended. Notes the use.
    std::optional<Session> find(std::string_view token);
    /// False once it has ended. Notes nothing.
    bool works(std::string_view id) const;
    /// Those of a user, the one used last first.
    std::vector<Session> list(std::string_view userId) const;
    /// True if one of that user was started from there and has not ended.
    bool isKnown(std::string_view userId, std::string_view address) const;

    void end(std::string_view token);
    /// False if that user has no such session.
    bool endOne(std::string_view userId, std::string_view id);
    /// All of a user, but for the one of that id.
    void endOf(std::string_view userId, std::string_view exceptId = {});

    /// The word that requests of this session repeat in X-Plimsoll-Csrf.
    static std::string csrfOf(std::string_view token);
    /// The session token in a Cookie header, if there is one.
    static std::optional<std::string_view> tokenIn(std::string_view cookieHeader);

private:
    struct Entry
    {
        Session session;
        int64_t storedUseMs = 0;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    static bool ended(const Session &session, int64_t nowMs);
    void store(const std::string &hash, const Session &session);
    Entries::iterator drop(Entries::iterator it);
    void dropEnded(int64_t nowMs);
    void dropOldest(std::string_view userId);

    DocumentStore &m_documents;
    const Clock &m_clock;
    std::shared_ptr<PendingWrites> m_pending = std::make_shared<PendingWrites>();
    mutable std::mutex m_mutex;
    Entries m_sessions; ///< by hash of the token
};

} // namespace plimsoll::http

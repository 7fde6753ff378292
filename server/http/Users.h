#pragma once

#include "server/http/HashingThread.h"
#include "server/http/PendingWrites.h"
#include "server/http/Projects.h"
#include "server/http/Sessions.h"
#include "server/http/User.h"
#include "storage/model/Clock.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::http {

/// What is asked for a new user.
struct UserWish
{
    std::string name;
    std::string password;
    Role role = Role::Read;
    ProjectGrant grant = {};
};

/// What is to become different of a user; the rest stays.
struct UserChange
{
    std::optional<std::string> name = {};
    std::optional<Role> role = {};
    std::optional<ProjectGrant> grant = {};
    std::optional<bool> disabled = {};
    std::optional<std::string> password = {};
};

/// Somebody at the door.
struct LogIn
{
    std::string name;
    std::string password;
    std::string address;
    std::string agent;
};

/// Somebody who was let in.
struct LoggedIn
{
    User user;
    std::string token; ///< of the new session
};

/// The users: collection "access" of project 0. Thread-safe; lookups take a shared lock only. Passwords are
/// hashed on a thread of its own, one at a time; what it cannot take any more is Unavailable.
///
/// A change holds from the moment at which it is made here, before it is durable; `done` is called when it
/// is, on the store's or the hashing thread. A new password, disabling and removal end the user's sessions;
/// none can begin with what was right before, because logins that are being checked look once more at the
/// end.
class Users
{
public:
    using Done = std::function<void(Result<User>)>;
    static constexpr size_t maxUsers = 200;

    Users(DocumentStore &documents, const Clock &clock, const Projects &projects, Sessions &sessions);

    Status load();

    /// What a password is compared with where there is no such user, so that the answer takes as long.
    static const std::string &nobodysHash();

    /// True once the first user has a password.
    bool hasPassword() const { return m_hasPassword.load(std::memory_order_acquire); }
    /// True if there is anybody but the first user.
    bool hasOthers() const { return m_hasOthers.load(std::memory_order_acquire); }

    std::optional<User> withId(std::string_view id) const;
    std::optional<User> named(std::string_view name) const;
    /// The first one first, the others by name.
    std::vector<User> list() const;
    /// When that user last logged in; 0: never.
    int64_t lastLoginMs(std::string_view id) const;

    void create(UserWish wish, Done done);
    void change(std::string id, UserChange change, Done done);
    /// Conflict for the first one.
    void remove(const std::string &id, DocumentStore::Done done);
    /// Unauthorized if `current` is wrong. The first user needs none while it has no password.
    void changePassword(std::string id, std::string current, std::string password, Done done);
    /// Unauthorized if name and password do not fit, or the user is disabled; it takes as long where there is
    /// no such user.
    void logIn(LogIn asked, std::function<void(Result<LoggedIn>)> done);

    /// Sets a password at once, for start-up and tests; blocks.
    Status setPassword(std::string_view id, const std::string &password);
    /// Blocks; for tests.
    bool passwordMatches(std::string_view id, const std::string &password) const;

private:
    void hashed(std::string password, std::function<void(Result<std::string>)> done);
    void insert(const UserWish &wish, std::string hash, const Done &done);
    void apply(const std::string &id, const UserChange &change, const std::string &hash, const Done &done);
    void replaceHash(const std::string &id, const std::string &known, std::string hash, const Done &done);
    Result<LoggedIn> begin(const User &checked, const LogIn &asked);
    Status checkedNew(const std::string &name) const;
    Status checkedChange(const User &user, const UserChange &change) const;
    Status checkedGrant(const ProjectGrant &grant) const;
    void write(const User &user, const Done &done);
    void restore(const std::string &id);
    void keep(const User &user);
    void forget(const std::string &id);
    void tell();

    DocumentStore &m_documents;
    const Clock &m_clock;
    const Projects &m_projects;
    Sessions &m_sessions;
    std::shared_ptr<PendingWrites> m_pending = std::make_shared<PendingWrites>();
    std::atomic<bool> m_hasPassword{false};
    std::atomic<bool> m_hasOthers{false};
    std::recursive_mutex m_writing;    ///< keeps changes in the order of their checks, and logins out of them
    mutable std::shared_mutex m_mutex; ///< of all below
    std::map<std::string, User, std::less<>> m_users;
    std::map<std::string, int64_t, std::less<>> m_logins;
    HashingThread m_hashing;
};

/// Waits for one of the calls above; never on an event loop that serves requests.
Result<User> waitForUser(const std::function<void(Users::Done)> &call);

} // namespace plimsoll::http

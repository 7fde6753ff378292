#include "server/http/Users.h"

#include "server/http/Secret.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <future>

namespace plimsoll::http {

namespace {

constexpr ProjectId applianceProject = 0;
constexpr std::string_view collection = "access";
constexpr std::string_view loginCollection = "logins";
constexpr size_t maxPasswordBytes = 1024;

/// Of a random password that nobody has, made with the parameters of passwordHash().
const std::string hashOfNobody =
    "$argon2id$v=19$m=65536,t=2,p=1$gqCOGTcsDEpxU2633F21Ng$VvHH2jHKR4zVkkppN8OyFH3jh+TvldJzZfU7GRZfJzU";

Error wrong() { return {ErrorCode::Unauthorized, "The name and the password do not fit.", {}}; }
Error unknownUser() { return {ErrorCode::NotFound, "There is no such user.", {}}; }
Error busy() { return {ErrorCode::Unavailable, "Too many logins are under way.", "Try again in a moment."}; }

Error taken(const std::string &name)
{
    return {ErrorCode::Conflict, "There is a user \"" + name + "\" already.", "Take another name."};
}

bool matches(const std::string &hash, const std::string &password)
{
    return password.size() <= maxPasswordBytes && passwordMatchesHash(hash, password);
}

User firstUser()
{
    User user;
    user.id = firstUserId;
    user.name = firstUserId;
    user.role = Role::Admin;
    return user;
}

} // namespace

Users::Users(DocumentStore &documents, const Clock &clock, const Projects &projects, Sessions &sessions)
    : m_documents(documents)
    , m_clock(clock)
    , m_projects(projects)
    , m_sessions(sessions)
{
}

const std::string &Users::nobodysHash() { return hashOfNobody; }

Status Users::load()
{
    const auto documents = m_documents.list(applianceProject, collection);
    const auto logins = m_documents.list(applianceProject, loginCollection);
    if (!documents || !logins)
        return documents ? logins.error() : documents.error();
    const std::unique_lock lock(m_mutex);
    std::erase_if(m_users, [this](const auto &entry) { return !m_pending->contains(entry.first); });
    m_users.try_emplace(std::string(firstUserId), firstUser());
    for (const Document &document : *documents) {
        if (m_pending->contains(document.id))
            continue;
        if (const auto user = userOf(document))
            m_users.insert_or_assign(user->id, *user);
        else if (document.id == firstUserId)
            return Error{ErrorCode::Corrupt, "The stored admin password cannot be read.",
                         "Set it again with PLIMSOLL_ADMIN_PASSWORD."};
    }
    for (const Document &login : *logins) {
        const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(login.body)).object();
        int64_t &atMs = m_logins[login.id];
        atMs = std::max(atMs, int64_t(object.value("at_ms").toDouble()));
    }
    tell();
    return {};
}

std::optional<User> Users::withId(std::string_view id) const
{
    const std::shared_lock lock(m_mutex);
    const auto it = m_users.find(id);
    return it == m_users.end() ? std::nullopt : std::optional(it->second);
}

std::optional<User> Users::named(std::string_view name) const
{
    const std::string folded = foldedName(name);
    const std::shared_lock lock(m_mutex);
    for (const auto &[id, user] : m_users) {
        if (foldedName(user.name) == folded)
            return user;
    }
    return std::nullopt;
}

std::vector<User> Users::list() const
{
    std::vector<User> users;
    {
        const std::shared_lock lock(m_mutex);
        for (const auto &[id, user] : m_users)
            users.push_back(user);
    }
    std::sort(users.begin(), users.end(), [](const User &left, const User &right) {
        return std::pair(!left.isFirst(), foldedName(left.name)) <
               std::pair(!right.isFirst(), foldedName(right.name));
    });
    return users;
}

int64_t Users::lastLoginMs(std::string_view id) const
{
    const std::shared_lock lock(m_mutex);
    const auto it = m_logins.find(id);
    return it == m_logins.end() ? 0 : it->second;
}

void Users::create(UserWish wish, Done done)
{
    Status right = checkedNew(wish.name);
    if (right)
        right = checkedGrant(wish.grant);
    if (right)
        right = checkedPassword(wish.password);
    if (!right)
        return done(right.error());
    std::string password = std::exchange(wish.password, {});
    hashed(std::move(password), [this, wish = std::move(wish), done](Result<std::string> hash) {
        if (!hash)
            return done(hash.error());
        insert(wish, *std::move(hash), done);
    });
}

void Users::insert(const UserWish &wish, std::string hash, const Done &done)
{
    const std::lock_guard order(m_writing);
    if (const Status right = checkedNew(wish.name); !right)
        return done(right.error());
    User user;
    user.id = randomId();
    user.name = wish.name;
    user.role = wish.role;
    user.grant = wish.grant;
    user.hash = std::move(hash);
    user.createdMs = m_clock.nowMs();
    user.changedMs = user.createdMs;
    write(user, done);
}

void Users::change(std::string id, UserChange change, Done done)
{
    if (!change.password)
        return apply(id, change, {}, done);
    const auto user = withId(id);
    Status right = user ? checkedChange(*user, change) : Status(unknownUser());
    if (right)
        right = checkedPassword(*change.password);
    if (!right)
        return done(right.error());
    std::string password = *std::exchange(change.password, std::nullopt);
    hashed(std::move(password),
           [this, id = std::move(id), change = std::move(change), done](const Result<std::string> &hash) {
               if (!hash)
                   return done(hash.error());
               apply(id, change, *hash, done);
           });
}

void Users::apply(const std::string &id, const UserChange &change, const std::string &hash, const Done &done)
{
    const std::lock_guard order(m_writing);
    std::optional<User> user = withId(id);
    if (!user)
        return done(unknownUser());
    if (const Status right = checkedChange(*user, change); !right)
        return done(right.error());
    user->name = change.name.value_or(user->name);
    user->role = change.role.value_or(user->role);
    user->grant = change.grant.value_or(user->grant);
    user->disabled = change.disabled.value_or(user->disabled);
    if (!hash.empty()) {
        user->hash = hash;
        user->changedMs = m_clock.nowMs();
    }
    keep(*user);
    if (!hash.empty() || user->disabled)
        m_sessions.endOf(id);
    write(*user, done);
}

void Users::remove(const std::string &id, DocumentStore::Done done)
{
    const std::lock_guard order(m_writing);
    const auto user = withId(id);
    if (!user)
        return done(unknownUser());
    if (user->isFirst())
        return done(Error{ErrorCode::Conflict, "The user admin is always there.",
                          "Change its password instead, should somebody know it who must not."});
    forget(id);
    m_sessions.endOf(id);
    m_documents.remove(applianceProject, loginCollection, id, [](const Status &) {});
    m_documents.remove(applianceProject, collection, id,
                       [write = PendingWrites::begin(m_pending, id),
                        done = std::move(done)](const Status &removed) { done(removed); });
}

void Users::changePassword(std::string id, std::string current, std::string password, Done done)
{
    const auto work = [this, id = std::move(id), current = std::move(current), password = std::move(password),
                       done] {
        const auto user = withId(id);
        const bool needed = user && !user->hash.empty();
        if (!user || (needed && !matches(user->hash, current)))
            return done(Error{ErrorCode::Unauthorized, "The current password is not right.", {}});
        if (const Status right = checkedPassword(password); !right)
            return done(right.error());
        std::string hash = passwordHash(password);
        if (hash.empty())
            return done(Error{ErrorCode::Unavailable, "There is not enough memory to hash the password.",
                              "Try again later."});
        replaceHash(id, user->hash, std::move(hash), done);
    };
    if (!m_hashing.post(work))
        done(busy());
}

/// Unauthorized if the password that was right is not that of the user any more.
void Users::replaceHash(const std::string &id, const std::string &known, std::string hash, const Done &done)
{
    const std::lock_guard order(m_writing);
    std::optional<User> user = withId(id);
    if (!user || user->hash != known)
        return done(Error{ErrorCode::Unauthorized, "The current password is not right.", {}});
    user->hash = std::move(hash);
    user->changedMs = m_clock.nowMs();
    keep(*user);
    m_sessions.endOf(id);
    write(*user, done);
}

void Users::logIn(LogIn asked, std::function<void(Result<LoggedIn>)> done)
{
    const auto work = [this, asked = std::move(asked), done] {
        const auto user = named(asked.name);
        const bool known = user && !user->hash.empty();
        const bool right = matches(known ? user->hash : hashOfNobody, asked.password);
        done(known && right ? begin(*user, asked) : wrong());
    };
    if (!m_hashing.post(work))
        done(busy());
}

/// The user may have been removed, disabled or given another password while the hash was made.
Result<LoggedIn> Users::begin(const User &checked, const LogIn &asked)
{
    const std::lock_guard order(m_writing);
    const auto user = withId(checked.id);
    if (!user || user->disabled || user->hash != checked.hash)
        return wrong();
    const int64_t nowMs = m_clock.nowMs();
    {
        const std::unique_lock lock(m_mutex);
        m_logins[user->id] = nowMs;
    }
    const QJsonObject login{{"at_ms", double(nowMs)}};
    m_documents.put(applianceProject, loginCollection,
                    {user->id, QJsonDocument(login).toJson(QJsonDocument::Compact).toStdString(), 0},
                    [](const Status &) {});
    return LoggedIn{*user, m_sessions.start(user->id, asked.address, asked.agent)};
}

Status Users::setPassword(std::string_view id, const std::string &password)
{
    const auto set =
        waitForUser([&](Done done) { change(std::string(id), {.password = password}, std::move(done)); });
    return set ? Status() : Status(set.error());
}

bool Users::passwordMatches(std::string_view id, const std::string &password) const
{
    const auto user = withId(id);
    return user && matches(user->hash, password);
}

void Users::hashed(std::string password, std::function<void(Result<std::string>)> done)
{
    const auto work = [password = std::move(password), done] {
        std::string hash = passwordHash(password);
        if (hash.empty())
            return done(Error{ErrorCode::Unavailable, "There is not enough memory to hash the password.",
                              "Try again later."});
        done(std::move(hash));
    };
    if (!m_hashing.post(work))
        done(busy());
}

Status Users::checkedNew(const std::string &name) const
{
    if (!hasPassword())
        return Error{ErrorCode::Conflict, "The user admin has no password yet.",
                     "Set it first: until then this machine needs none."};
    if (const Status right = checkedUserName(name); !right)
        return right;
    if (named(name))
        return taken(name);
    const std::shared_lock lock(m_mutex);
    if (m_users.size() >= maxUsers)
        return Error{ErrorCode::Unprocessable, "There are 200 users already.", "Remove those who left."};
    return {};
}

Status Users::checkedChange(const User &user, const UserChange &change) const
{
    const bool touchesFirst = change.name || change.role || change.grant || change.disabled.value_or(false);
    if (user.isFirst() && touchesFirst)
        return Error{ErrorCode::Conflict, "Name, role and projects of the user admin are for ever.",
                     "Make another user, and change the password of this one."};
    if (change.name) {
        if (const Status right = checkedUserName(*change.name); !right)
            return right;
        const auto other = named(*change.name);
        if (other && other->id != user.id)
            return taken(*change.name);
    }
    return change.grant ? checkedGrant(*change.grant) : Status();
}

Status Users::checkedGrant(const ProjectGrant &grant) const
{
    if (!grant.all && grant.projects.empty())
        return Error{ErrorCode::Unprocessable, "A user needs a project.",
                     "Name some in \"projects\", or [\"*\"] for all."};
    for (const ProjectId id : grant.projects) {
        if (!m_projects.contains(id))
            return unknownProject();
    }
    return {};
}

/// Under m_writing, so that the store sees changes in the order in which memory does.
void Users::write(const User &user, const Done &done)
{
    keep(user);
    m_documents.put(
        applianceProject, collection, documentOf(user),
        [this, user, done, pending = PendingWrites::begin(m_pending, user.id)](const Status &written) {
            if (written)
                return done(user);
            restore(user.id);
            done(written.error());
        });
}

/// What could not be written is as it is stored, as far as that can be read.
void Users::restore(const std::string &id)
{
    const auto document = m_documents.get(applianceProject, collection, id);
    if (!document && document.error().code != ErrorCode::NotFound)
        return;
    const auto stored = document ? userOf(*document) : std::nullopt;
    if (stored)
        keep(*stored);
    else if (id == firstUserId)
        keep(firstUser());
    else
        forget(id);
}

void Users::keep(const User &user)
{
    const std::unique_lock lock(m_mutex);
    m_users.insert_or_assign(user.id, user);
    tell();
}

void Users::forget(const std::string &id)
{
    const std::unique_lock lock(m_mutex);
    m_users.erase(id);
    m_logins.erase(id);
    tell();
}

/// Under m_mutex.
void Users::tell()
{
    const auto first = m_users.find(firstUserId);
    m_hasPassword = first != m_users.end() && !first->second.hash.empty();
    m_hasOthers = m_users.size() > 1;
}

Result<User> waitForUser(const std::function<void(Users::Done)> &call)
{
    const auto promise = std::make_shared<std::promise<Result<User>>>();
    auto answer = promise->get_future();
    call([promise](Result<User> user) { promise->set_value(std::move(user)); });
    return answer.get();
}

} // namespace plimsoll::http

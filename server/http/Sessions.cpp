#include "server/http/Sessions.h"

#include "server/http/Secret.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <utility>

namespace plimsoll::http {

namespace {

constexpr ProjectId applianceProject = 0;
constexpr std::string_view collection = "sessions";
constexpr int64_t useWriteMs = 3600'000;
constexpr size_t maxAgentBytes = 200;
constexpr size_t idCharacters = 16;
/// Of sessions from before there were other users.
constexpr const char *firstUserId = "admin";

std::string hashOf(std::string_view token) { return secretHash(token, "plimsoll session"); }

Session sessionOf(const Document &document)
{
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
    const auto text = [&object](const char *name, const char *otherwise) {
        return object.value(QLatin1String(name)).toString(QLatin1String(otherwise)).toStdString();
    };
    return {document.id.substr(0, idCharacters),
            text("user", firstUserId),
            int64_t(object.value("started_ms").toDouble()),
            int64_t(object.value("used_ms").toDouble()),
            text("address", ""),
            text("agent", "")};
}

/// Whole characters of at most so many bytes.
std::string cut(std::string_view text)
{
    size_t size = std::min(text.size(), maxAgentBytes);
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
        size--;
    return std::string(text.substr(0, size));
}

} // namespace

Sessions::Sessions(DocumentStore &documents, const Clock &clock)
    : m_documents(documents)
    , m_clock(clock)
{
}

Status Sessions::load()
{
    const auto documents = m_documents.list(applianceProject, collection);
    if (!documents)
        return documents.error();
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_sessions, [this](const auto &entry) { return !m_pending->contains(entry.first); });
    for (const Document &document : *documents) {
        if (m_pending->contains(document.id))
            continue;
        const Session session = sessionOf(document);
        m_sessions[document.id] = {session, session.usedMs};
    }
    dropEnded(m_clock.nowMs());
    return {};
}

std::string Sessions::start(std::string userId, std::string address, std::string_view agent)
{
    std::string token = randomSecret();
    const std::string hash = hashOf(token);
    const int64_t nowMs = m_clock.nowMs();
    const Session session{hash.substr(0, idCharacters), std::move(userId), nowMs, nowMs,
                          std::move(address),           cut(agent)};
    const std::lock_guard lock(m_mutex);
    dropEnded(nowMs);
    dropOldest(session.userId);
    m_sessions[hash] = {session, nowMs};
    store(hash, session);
    return token;
}

std::optional<Session> Sessions::find(std::string_view token)
{
    const std::string hash = hashOf(token);
    const int64_t nowMs = m_clock.nowMs();
    const std::lock_guard lock(m_mutex);
    const auto it = m_sessions.find(hash);
    if (it == m_sessions.end() || ended(it->second.session, nowMs))
        return std::nullopt;
    Entry &entry = it->second;
    entry.session.usedMs = nowMs;
    if (nowMs - entry.storedUseMs >= useWriteMs) {
        entry.storedUseMs = nowMs;
        store(hash, entry.session);
    }
    return entry.session;
}

bool Sessions::works(std::string_view id) const
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_sessions.lower_bound(id); // ids are how the hashes begin
    return it != m_sessions.end() && it->second.session.id == id &&
           !ended(it->second.session, m_clock.nowMs());
}

std::vector<Session> Sessions::list(std::string_view userId) const
{
    std::vector<Session> sessions;
    const int64_t nowMs = m_clock.nowMs();
    {
        const std::lock_guard lock(m_mutex);
        for (const auto &[hash, entry] : m_sessions) {
            if (entry.session.userId == userId && !ended(entry.session, nowMs))
                sessions.push_back(entry.session);
        }
    }
    std::stable_sort(sessions.begin(), sessions.end(),
                     [](const Session &left, const Session &right) { return left.usedMs > right.usedMs; });
    return sessions;
}

bool Sessions::isKnown(std::string_view userId, std::string_view address) const
{
    const std::vector<Session> sessions = list(userId);
    return std::any_of(sessions.begin(), sessions.end(),
                       [address](const Session &session) { return session.address == address; });
}

void Sessions::end(std::string_view token)
{
    const std::lock_guard lock(m_mutex);
    if (const auto it = m_sessions.find(hashOf(token)); it != m_sessions.end())
        drop(it);
}

bool Sessions::endOne(std::string_view userId, std::string_view id)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_sessions.lower_bound(id);
    if (it == m_sessions.end() || it->second.session.id != id || it->second.session.userId != userId)
        return false;
    drop(it);
    return true;
}

void Sessions::endOf(std::string_view userId, std::string_view exceptId)
{
    const std::lock_guard lock(m_mutex);
    for (auto it = m_sessions.begin(); it != m_sessions.end();) {
        const Session &session = it->second.session;
        const bool goes = session.userId == userId && (exceptId.empty() || session.id != exceptId);
        it = goes ? drop(it) : std::next(it);
    }
}

std::string Sessions::csrfOf(std::string_view token) { return secretHash(token, "plimsoll csrf"); }

std::optional<std::string_view> Sessions::tokenIn(std::string_view cookies)
{
    while (!cookies.empty()) {
        const size_t end = cookies.find(';');
        std::string_view cookie = cookies.substr(0, end);
        cookies.remove_prefix(end == std::string_view::npos ? cookies.size() : end + 1);
        while (cookie.starts_with(' '))
            cookie.remove_prefix(1);
        if (cookie.starts_with(cookieName) && cookie.substr(cookieName.size()).starts_with('='))
            return cookie.substr(cookieName.size() + 1);
    }
    return std::nullopt;
}

bool Sessions::ended(const Session &session, int64_t nowMs)
{
    return nowMs - session.startedMs > lifetimeMs || nowMs - session.usedMs > idleMs;
}

void Sessions::store(const std::string &hash, const Session &session)
{
    const QJsonObject object{{"user", QString::fromStdString(session.userId)},
                             {"started_ms", double(session.startedMs)},
                             {"used_ms", double(session.usedMs)},
                             {"address", QString::fromStdString(session.address)},
                             {"agent", QString::fromStdString(session.agent)}};
    m_documents.put(applianceProject, collection,
                    {hash, QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString(), 0},
                    [write = PendingWrites::begin(m_pending, hash)](const Status &) {});
}

Sessions::Entries::iterator Sessions::drop(Entries::iterator it)
{
    m_documents.remove(applianceProject, collection, it->first,
                       [write = PendingWrites::begin(m_pending, it->first)](const Status &) {});
    return m_sessions.erase(it);
}

void Sessions::dropEnded(int64_t nowMs)
{
    for (auto it = m_sessions.begin(); it != m_sessions.end();)
        it = ended(it->second.session, nowMs) ? drop(it) : std::next(it);
}

/// Makes room for one more.
void Sessions::dropOldest(std::string_view userId)
{
    size_t count = 0;
    auto oldest = m_sessions.end();
    for (auto it = m_sessions.begin(); it != m_sessions.end(); ++it) {
        if (it->second.session.userId != userId)
            continue;
        count++;
        if (oldest == m_sessions.end() || it->second.session.usedMs < oldest->second.session.usedMs)
            oldest = it;
    }
    if (count >= maxOfUser)
        drop(oldest);
}

} // namespace plimsoll::http

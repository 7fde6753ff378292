#include "server/http/Sessions.h"

#include "server/http/Secret.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <vector>

namespace plimsoll::http {

namespace {

constexpr ProjectId applianceProject = 0;
constexpr std::string_view collection = "sessions";
constexpr int64_t useWriteMs = 3600'000;
constexpr size_t maxSessions = 1000;

std::string hashOf(std::string_view token) { return secretHash(token, "plimsoll session"); }

void ignored(const Status &) {}

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
    m_sessions.clear();
    for (const Document &document : *documents) {
        const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
        const int64_t usedMs = int64_t(object.value("used_ms").toDouble());
        m_sessions[document.id] = {int64_t(object.value("started_ms").toDouble()), usedMs, usedMs};
    }
    dropEnded(m_clock.nowMs());
    return {};
}

std::string Sessions::start()
{
    std::string token = randomSecret();
    const int64_t nowMs = m_clock.nowMs();
    const std::lock_guard lock(m_mutex);
    dropEnded(nowMs);
    const Session session{nowMs, nowMs, nowMs};
    const std::string hash = hashOf(token);
    m_sessions[hash] = session;
    store(hash, session);
    return token;
}

bool Sessions::isValid(std::string_view token)
{
    const std::string hash = hashOf(token);
    const int64_t nowMs = m_clock.nowMs();
    const std::lock_guard lock(m_mutex);
    const auto it = m_sessions.find(hash);
    if (it == m_sessions.end() || ended(it->second, nowMs))
        return false;
    it->second.usedMs = nowMs;
    if (nowMs - it->second.storedUseMs >= useWriteMs) {
        it->second.storedUseMs = nowMs;
        store(hash, it->second);
    }
    return true;
}

void Sessions::end(std::string_view token)
{
    const std::string hash = hashOf(token);
    const std::lock_guard lock(m_mutex);
    if (m_sessions.erase(hash) > 0)
        m_documents.remove(applianceProject, collection, hash, ignored);
}

void Sessions::endAll()
{
    const std::lock_guard lock(m_mutex);
    for (const auto &[hash, session] : m_sessions)
        m_documents.remove(applianceProject, collection, hash, ignored);
    m_sessions.clear();
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

bool Sessions::ended(const Session &session, int64_t nowMs) const
{
    return nowMs - session.startedMs > lifetimeMs || nowMs - session.usedMs > idleMs;
}

void Sessions::store(const std::string &hash, const Session &session)
{
    const QJsonObject object{{"started_ms", double(session.startedMs)}, {"used_ms", double(session.usedMs)}};
    m_documents.put(applianceProject, collection,
                    {hash, QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString(), 0}, ignored);
}

/// Drops what has ended and, should there be very many, the one that was used longest ago.
void Sessions::dropEnded(int64_t nowMs)
{
    std::vector<std::string> hashes;
    auto oldest = m_sessions.end();
    for (auto it = m_sessions.begin(); it != m_sessions.end(); ++it) {
        if (ended(it->second, nowMs))
            hashes.push_back(it->first);
        else if (oldest == m_sessions.end() || it->second.usedMs < oldest->second.usedMs)
            oldest = it;
    }
    if (m_sessions.size() - hashes.size() >= maxSessions)
        hashes.push_back(oldest->first);
    for (const std::string &hash : hashes) {
        m_sessions.erase(hash);
        m_documents.remove(applianceProject, collection, hash, ignored);
    }
}

} // namespace plimsoll::http

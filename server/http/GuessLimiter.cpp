#include "server/http/GuessLimiter.h"

#include <algorithm>

namespace plimsoll::http {

namespace {

constexpr size_t maxGuessers = 10'000;

} // namespace

std::string GuessLimiter::nameOf(const QHostAddress &peer)
{
    if (peer.protocol() != QAbstractSocket::IPv6Protocol)
        return peer.toString().toStdString();
    Q_IPV6ADDR bytes = peer.toIPv6Address();
    std::fill(bytes.c + 8, bytes.c + 16, quint8(0));
    return QHostAddress(bytes).toString().toStdString();
}

int GuessLimiter::secondsToWait(const std::string &who)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_guessers.find(who);
    if (it == m_guessers.end() || it->second.failures < m_maxFailures)
        return 0;
    const int64_t leftMs = it->second.lastMs + waitMs - m_clock.nowMs();
    if (leftMs > 0)
        return int((leftMs + 999) / 1000);
    m_guessers.erase(it);
    return 0;
}

int GuessLimiter::triesLeft(const std::string &who)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_guessers.find(who);
    return it == m_guessers.end() ? m_maxFailures : std::max(0, m_maxFailures - it->second.failures);
}

void GuessLimiter::noteFailure(const std::string &who)
{
    const std::lock_guard lock(m_mutex);
    const int64_t nowMs = m_clock.nowMs();
    if (m_guessers.size() >= maxGuessers)
        std::erase_if(m_guessers,
                      [nowMs](const auto &entry) { return entry.second.lastMs + waitMs < nowMs; });
    if (m_guessers.size() >= maxGuessers)
        m_guessers.erase(m_guessers.begin());
    Guesser &entry = m_guessers[who];
    if (entry.lastMs + waitMs < nowMs)
        entry.failures = 0;
    entry.failures++;
    entry.lastMs = nowMs;
}

void GuessLimiter::noteSuccess(const std::string &who)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_guessers.find(who);
    if (it != m_guessers.end() && --it->second.failures <= 0)
        m_guessers.erase(it);
}

} // namespace plimsoll::http

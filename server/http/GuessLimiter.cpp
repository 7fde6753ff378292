#include "server/http/GuessLimiter.h"

#include <algorithm>

namespace plimsoll::http {

namespace {

constexpr size_t maxPeers = 10'000;

QString nameOf(const QHostAddress &peer)
{
    if (peer.protocol() != QAbstractSocket::IPv6Protocol)
        return peer.toString();
    Q_IPV6ADDR bytes = peer.toIPv6Address();
    std::fill(bytes.c + 8, bytes.c + 16, quint8(0));
    return QHostAddress(bytes).toString();
}

} // namespace

int GuessLimiter::secondsToWait(const QHostAddress &peer)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_peers.find(nameOf(peer));
    if (it == m_peers.end() || it->second.failures < maxFailures)
        return 0;
    const int64_t leftMs = it->second.lastMs + waitMs - m_clock.nowMs();
    if (leftMs > 0)
        return int((leftMs + 999) / 1000);
    m_peers.erase(it);
    return 0;
}

void GuessLimiter::noteFailure(const QHostAddress &peer)
{
    const std::lock_guard lock(m_mutex);
    const int64_t nowMs = m_clock.nowMs();
    if (m_peers.size() >= maxPeers)
        std::erase_if(m_peers, [nowMs](const auto &entry) { return entry.second.lastMs + waitMs < nowMs; });
    if (m_peers.size() >= maxPeers)
        m_peers.erase(m_peers.begin());
    Peer &entry = m_peers[nameOf(peer)];
    if (entry.lastMs + waitMs < nowMs)
        entry.failures = 0;
    entry.failures++;
    entry.lastMs = nowMs;
}

void GuessLimiter::noteSuccess(const QHostAddress &peer)
{
    const std::lock_guard lock(m_mutex);
    m_peers.erase(nameOf(peer));
}

} // namespace plimsoll::http

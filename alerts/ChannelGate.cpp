#include "alerts/ChannelGate.h"

#include <algorithm>

namespace plimsoll::alerts {

void ChannelGate::setRate(int count, int64_t perMs)
{
    m_count = count;
    m_perMs = perMs;
}

bool ChannelGate::admits(int64_t nowMs, size_t inFlight, size_t maxInFlight) const
{
    return inFlight < (m_failures > 0 ? 1 : maxInFlight) && opensMs(nowMs) <= nowMs;
}

int64_t ChannelGate::opensMs(int64_t nowMs) const
{
    const bool wentBack = nowMs < m_pausedMs;
    int64_t opens = wentBack ? nowMs : std::max(nowMs, m_opensMs);
    const bool full = m_count > 0 && m_begun.size() >= size_t(m_count) && m_begun.front() <= nowMs;
    if (full)
        opens = std::max(opens, m_begun.front() + m_perMs);
    return opens;
}

void ChannelGate::begun(int64_t nowMs)
{
    if (m_count <= 0)
        return;
    m_begun.push_back(nowMs);
    while (m_begun.size() > size_t(m_count))
        m_begun.pop_front();
}

void ChannelGate::failed(int64_t nowMs, int64_t pauseMs)
{
    m_failures++;
    m_pausedMs = nowMs;
    m_opensMs = nowMs + pauseMs;
}

void ChannelGate::answered(int64_t nowMs)
{
    if (m_failures > 0)
        m_recoveredMs = nowMs;
    m_failures = 0;
    m_opensMs = nowMs;
}

} // namespace plimsoll::alerts

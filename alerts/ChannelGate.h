#pragma once

#include <cstdint>
#include <deque>

namespace plimsoll::alerts {

/// Whether a channel may be sent to now: a receiver that does not answer is asked again by one delivery at a
/// time and ever more seldom, one that says how long to wait is left alone as long, and one that takes so
/// many in a time gets no more. Pure: times come in.
class ChannelGate
{
public:
    /// At most `count` in every `perMs`; 0: any number.
    void setRate(int count, int64_t perMs);

    /// May a further one begin while `inFlight` are under way?
    bool admits(int64_t nowMs, size_t inFlight, size_t maxInFlight) const;
    /// When admits() may be true again, as far as time alone decides.
    int64_t opensMs(int64_t nowMs) const;

    void begun(int64_t nowMs);
    void failed(int64_t nowMs, int64_t pauseMs);
    void answered(int64_t nowMs);

    uint32_t failures() const { return m_failures; } ///< in a row
    /// True where the receiver has answered since: what failed before for its sake may be tried at once.
    bool recoveredSince(int64_t scheduledMs) const { return m_recoveredMs >= scheduledMs; }

private:
    int m_count = 0;
    int64_t m_perMs = 0;
    std::deque<int64_t> m_begun; ///< within the last `perMs`, at most `count`
    uint32_t m_failures = 0;
    int64_t m_pausedMs = 0; ///< when the pause was set
    int64_t m_opensMs = 0;
    int64_t m_recoveredMs = INT64_MIN;
};

} // namespace plimsoll::alerts

#pragma once

#include <algorithm>
#include <chrono>

namespace plimsoll::api {

/// The time of processors that queries may take as equals of all other threads, before they give way: enough
/// for a page that somebody opens, next to nothing for those who ask without a pause. A bucket that fills
/// slowly. Not safe from several threads.
class HeadStart
{
public:
    using Time = std::chrono::steady_clock::time_point;
    using Nanoseconds = std::chrono::nanoseconds;

    /// Full from the beginning.
    explicit HeadStart(Time now)
        : m_seen(now)
    {
    }

    /// Takes what was spent since; less than nothing is never owed.
    void spend(Nanoseconds processorTime, Time now)
    {
        fill(now);
        m_left = std::max(m_left - processorTime, Nanoseconds::zero());
    }
    bool isEmpty() const { return m_left == Nanoseconds::zero(); }
    /// Whether it is worth beginning with a fresh thread.
    bool isAmple(Time now)
    {
        fill(now);
        return m_left >= most / 4;
    }

private:
    static constexpr Nanoseconds most = std::chrono::seconds(2);
    static constexpr int refillParts = 10; ///< a tenth of a processor

    void fill(Time now)
    {
        m_left = std::min(m_left + (now - m_seen) / refillParts, most);
        m_seen = now;
    }

    Nanoseconds m_left = most;
    Time m_seen;
};

} // namespace plimsoll::api

#pragma once

#include <chrono>
#include <random>

namespace plimsoll {

/// When to try again what failed: after 100 ms, then twice as long each time up to a bound, each time with
/// jitter of a half, so that many who wait do not come together.
class Backoff
{
public:
    using Clock = std::chrono::steady_clock;

    explicit Backoff(std::chrono::milliseconds longest = std::chrono::seconds(5))
        : m_longest(longest)
    {
    }

    bool isDue(Clock::time_point now = Clock::now()) const { return now >= m_next; }
    Clock::time_point next() const { return m_next; }

    void failed(Clock::time_point now = Clock::now())
    {
        m_delay = m_delay.count() == 0 ? first : std::min(m_delay * 2, m_longest);
        std::uniform_int_distribution<int64_t> jitter(m_delay.count() / 2, m_delay.count());
        m_next = now + std::chrono::milliseconds(jitter(m_random));
    }
    void succeeded()
    {
        m_delay = {};
        m_next = {};
    }

private:
    static constexpr std::chrono::milliseconds first{100};

    std::chrono::milliseconds m_longest;
    std::chrono::milliseconds m_delay{0};
    Clock::time_point m_next{};
    std::minstd_rand m_random{std::random_device{}()};
};

} // namespace plimsoll

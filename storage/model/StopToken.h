#pragma once

#include "storage/model/Result.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace plimsoll {

/// Whether work for an asker should go on: not once the asker has gone or the time is up. Immutable; safe to
/// ask from any thread. Asking costs a load and a look at the clock (about 25 ns): ask every few thousand
/// samples, labels or comparisons, so that work ends within milliseconds.
class StopToken
{
public:
    using Clock = std::chrono::steady_clock;

    /// Never stops.
    StopToken() = default;
    /// `cancelled` may be null; it may be set from any thread and outlives the token. `timeoutMs` is from
    /// now.
    StopToken(const std::atomic<bool> *cancelled, int64_t timeoutMs)
        : m_cancelled(cancelled)
        , m_timeoutMs(timeoutMs)
        , m_deadline(Clock::now() + std::chrono::milliseconds(timeoutMs))
    {
    }

    static const StopToken &never()
    {
        static const StopToken token;
        return token;
    }

    bool cancelled() const { return m_cancelled && m_cancelled->load(std::memory_order_relaxed); }
    bool late() const { return m_deadline != Clock::time_point::max() && Clock::now() > m_deadline; }
    bool stopped() const { return cancelled() || late(); }

    /// Cancelled, Timeout, or success. One query stops for one reason: who saw stopped() asks here for it.
    Status status() const
    {
        if (cancelled())
            return Error{ErrorCode::Cancelled, "The query was cancelled.", {}};
        if (late())
            return Error{ErrorCode::Timeout,
                         "The query took longer than " + std::to_string(m_timeoutMs) + " ms.",
                         "Ask for a shorter time range or fewer series."};
        return {};
    }

private:
    const std::atomic<bool> *m_cancelled = nullptr;
    int64_t m_timeoutMs = 0;
    Clock::time_point m_deadline = Clock::time_point::max();
};

/// Asks a token once in so much work, so that a tight loop may ask at each turn.
class StopCheck
{
public:
    /// The token outlives it.
    explicit StopCheck(const StopToken &token, uint32_t workBetweenChecks = 4096)
        : m_token(token)
        , m_workBetweenChecks(workBetweenChecks)
    {
    }

    /// Notes work that was done. False from when the token was seen to stop.
    bool proceed(uint32_t work = 1)
    {
        m_work += work;
        if (m_work < m_workBetweenChecks)
            return !m_stopped;
        m_work = 0;
        m_stopped = m_stopped || m_token.stopped();
        return !m_stopped;
    }
    Status status() const { return m_token.status(); }

private:
    const StopToken &m_token;
    const uint32_t m_workBetweenChecks;
    uint32_t m_work = 0;
    bool m_stopped = false;
};

} // namespace plimsoll

#pragma once

#include "storage/model/Clock.h"

#include <atomic>

namespace plimsoll::test {

/// A clock that stands still until a test moves it. Safe from any thread.
class ManualClock final : public Clock
{
public:
    /// Tuesday, 2026-01-06 12:00:00 UTC unless told otherwise.
    explicit ManualClock(int64_t nowMs = 1'767'700'800'000)
        : m_nowMs(nowMs)
    {
    }

    int64_t nowMs() const override { return m_nowMs; }
    void set(int64_t nowMs) { m_nowMs = nowMs; }
    void advance(int64_t byMs) { m_nowMs += byMs; }

private:
    std::atomic<int64_t> m_nowMs;
};

} // namespace plimsoll::test

#include "app/SampleCadence.h"

#include <algorithm>

namespace plimsoll::app {

namespace {

constexpr int64_t eagerForMs = 5 * 60'000;
constexpr int64_t eagerIntervalMs = 1'000;
constexpr int64_t intervalMs = 10'000;

} // namespace

SampleCadence::SampleCadence(const Clock &clock, Callback callback)
    : m_clock(clock)
    , m_callback(std::move(callback))
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &SampleCadence::tick);
}

void SampleCadence::start()
{
    m_startedMs = m_clock.nowMs();
    m_dueMs = m_startedMs - m_startedMs % eagerIntervalMs;
    m_callback(m_dueMs);
    arm();
}

int64_t SampleCadence::nextDueMs(int64_t startedMs, int64_t nowMs)
{
    const int64_t interval = nowMs - startedMs < eagerForMs ? eagerIntervalMs : intervalMs;
    return nowMs - nowMs % interval + interval;
}

/// A timer that fires early, or a clock that was set back, waits for its instant again.
void SampleCadence::tick()
{
    const int64_t nowMs = m_clock.nowMs();
    if (nowMs >= m_dueMs)
        m_callback(m_dueMs);
    arm();
}

void SampleCadence::arm()
{
    const int64_t nowMs = m_clock.nowMs();
    m_dueMs = nextDueMs(m_startedMs, nowMs);
    m_timer.start(static_cast<int>(std::clamp<int64_t>(m_dueMs - nowMs, 1, intervalMs)));
}

} // namespace plimsoll::app

#pragma once

#include "storage/model/Clock.h"

#include <QObject>
#include <QTimer>

#include <functional>

namespace plimsoll::app {

/// Calls back at once, every second for the first 5 minutes, so that the first page shows a line at once, and
/// then every 10 s. Calls are aligned: they carry a time that is a multiple of the interval, whatever the
/// timer's jitter, so that samples lie on a grid. The very first one carries the second that just began.
class SampleCadence final : public QObject
{
public:
    using Callback = std::function<void(int64_t timestampMs)>;

    /// Lives on the thread that makes it, which needs an event loop.
    SampleCadence(const Clock &clock, Callback callback);

    void start();
    void stop() { m_timer.stop(); }

    /// The instant after `nowMs` at which something started at `startedMs` is due.
    static int64_t nextDueMs(int64_t startedMs, int64_t nowMs);

private:
    void tick();
    void arm();

    const Clock &m_clock;
    Callback m_callback;
    QTimer m_timer;
    int64_t m_startedMs = 0;
    int64_t m_dueMs = 0;
};

} // namespace plimsoll::app

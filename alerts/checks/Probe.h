#pragma once

#include "alerts/checks/ProbeResult.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace plimsoll::alerts {

class ProbeContext;
struct Check;

/// One run of a check: started once, finished once, at the latest when its time is up. It lives on the
/// probes' thread with an event loop and never blocks it; what it needs ends with its destruction.
class Probe : public QObject
{
    Q_OBJECT

public:
    explicit Probe(const Check &check);
    ~Probe() override;

    /// Runs; may finish before it returns.
    void start();

Q_SIGNALS:
    /// Exactly once after start(), unless it is destroyed before.
    void finished(const plimsoll::alerts::ProbeResult &result);

protected:
    /// Begins the work of the kind.
    virtual void begin() = 0;
    /// What is said when the time is up; "No answer" where the kind knows no better.
    virtual std::string lateMessage() const;

    /// Ends the run. A good outcome that took `degraded_ms` or longer becomes degraded. Further calls do
    /// nothing. The duration is that since start(), or since the clock was restarted.
    void finish(ProbeResult result);
    void fail(std::string message) { finish(ProbeResult::failed(std::move(message))); }
    bool isFinished() const { return m_finished; }
    /// What is left of its time, at least 1 ms.
    int64_t remainingMs() const;
    /// What is measured begins here.
    void restartClock() { m_measured.restart(); }

private:
    int64_t m_timeoutMs;
    int64_t m_degradedMs;
    QElapsedTimer m_elapsed;
    QElapsedTimer m_measured;
    QTimer m_deadline;
    bool m_finished = false;
};

} // namespace plimsoll::alerts

#pragma once

#include <QFuture>
#include <QObject>

namespace plimsoll::alerts {

/// Pauses for coroutines that can be ended early. Unlike a wait for a signal, the future finishes also when
/// its owner is destroyed, so that the coroutine always runs to its end. Belongs to one thread with an event
/// loop.
class WaitableTimer : public QObject
{
    Q_OBJECT

public:
    explicit WaitableTimer(QObject *parent = nullptr);
    ~WaitableTimer() override;

    /// True once the time is over, false when it was interrupted.
    QFuture<bool> wait(int64_t ms);
    /// Ends all waits, and later ones at once.
    void interrupt();

Q_SIGNALS:
    void interrupted();

private:
    bool m_interrupted = false;
};

} // namespace plimsoll::alerts

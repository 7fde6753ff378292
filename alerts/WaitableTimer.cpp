#include "alerts/WaitableTimer.h"

#include <QPromise>
#include <QTimer>

namespace plimsoll::alerts {

WaitableTimer::WaitableTimer(QObject *parent)
    : QObject(parent)
{
}

WaitableTimer::~WaitableTimer() { interrupt(); }

QFuture<bool> WaitableTimer::wait(int64_t ms)
{
    auto promise = std::make_shared<QPromise<bool>>();
    promise->start();
    const QFuture<bool> future = promise->future();
    auto *timer = new QTimer(this);
    const auto end = [promise, timer](bool elapsed) {
        if (promise->future().isFinished())
            return;
        promise->addResult(elapsed);
        promise->finish();
        timer->stop();
        timer->deleteLater();
    };
    if (m_interrupted) {
        end(false);
        return future;
    }
    timer->setSingleShot(true);
    connect(timer, &QTimer::timeout, timer, [end] { end(true); });
    connect(this, &WaitableTimer::interrupted, timer, [end] { end(false); });
    timer->start(std::chrono::milliseconds(std::max<int64_t>(ms, 0)));
    return future;
}

void WaitableTimer::interrupt()
{
    m_interrupted = true;
    Q_EMIT interrupted();
}

} // namespace plimsoll::alerts

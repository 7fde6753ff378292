#include "app/AlertThread.h"

namespace plimsoll::app {

Status AlertThread::start(const alerts::AlertOptions &options, const ReaderSource &source,
                          DocumentStore &store, const Clock &clock,
                          const std::function<void(alerts::AlertService &)> &prepare)
{
    m_thread.setObjectName(QStringLiteral("alerts"));
    m_thread.start();
    auto entry = std::make_unique<QObject>();
    entry->moveToThread(&m_thread);
    Status opened;
    const auto open = [&] {
        m_service = std::make_unique<alerts::AlertService>(options, source, store, clock);
        opened = m_service->open();
        if (opened) {
            prepare(*m_service);
            m_service->start();
        }
    };
    QMetaObject::invokeMethod(entry.get(), open, Qt::BlockingQueuedConnection);
    entry.release()->deleteLater();
    if (!opened)
        stop();
    return opened;
}

void AlertThread::stop()
{
    if (m_service) {
        const auto close = [this] {
            m_service->stop();
            // Coroutines that still wait end with the thread's event loop; the service goes there too.
            m_service.release()->deleteLater();
        };
        QMetaObject::invokeMethod(m_service.get(), close, Qt::BlockingQueuedConnection);
    }
    m_thread.quit();
    m_thread.wait();
}

} // namespace plimsoll::app

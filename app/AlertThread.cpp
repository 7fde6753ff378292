#include "app/AlertThread.h"

namespace plimsoll::app {

Status AlertThread::start(const alerts::AlertOptions &options, const ReaderSource &source,
                          DocumentStore &store, const Clock &clock, Prepare prepare)
{
    m_thread.setObjectName(QStringLiteral("alerts"));
    m_thread.start();
    m_entry = std::make_unique<QObject>();
    m_entry->moveToThread(&m_thread);
    m_open = [this, options, &source, &store, &clock, prepare = std::move(prepare)](bool leads) {
        alerts::AlertOptions now = options;
        now.leads = leads;
        m_service = std::make_unique<alerts::AlertService>(now, source, store, clock);
        const Status opened = m_service->open();
        if (opened) {
            prepare(*m_service);
            m_service->start();
        }
        return opened;
    };
    Status opened;
    QMetaObject::invokeMethod(
        m_entry.get(), [&] { opened = m_open(options.leads); }, Qt::BlockingQueuedConnection);
    if (!opened)
        stop();
    return opened;
}

void AlertThread::closeService()
{
    m_service->stop();
    // Coroutines that still wait end with the thread's event loop; the service goes there too.
    m_service.release()->deleteLater();
}

void AlertThread::restart(bool leads)
{
    QMetaObject::invokeMethod(
        m_entry.get(),
        [this, leads] {
            closeService();
            if (const Status opened = m_open(leads); !opened)
                qWarning("Alarms could not be read again: %s", opened.error().message.c_str());
        },
        Qt::QueuedConnection);
}

void AlertThread::post(std::function<void(alerts::AlertService &)> work)
{
    QMetaObject::invokeMethod(
        m_entry.get(), [this, work = std::move(work)] { work(*m_service); }, Qt::AutoConnection);
}

void AlertThread::stop()
{
    if (m_entry) {
        const auto close = [this] {
            if (m_service)
                closeService();
        };
        QMetaObject::invokeMethod(m_entry.get(), close, Qt::BlockingQueuedConnection);
        m_entry.release()->deleteLater();
    }
    m_thread.quit();
    m_thread.wait();
}

} // namespace plimsoll::app

#pragma once

#include "alerts/AlertService.h"

#include <QThread>

#include <functional>
#include <memory>

namespace plimsoll::app {

/// The alert service on a thread of its own: made, opened, run and destroyed there.
class AlertThread
{
public:
    AlertThread() = default;
    ~AlertThread() { stop(); }
    AlertThread(const AlertThread &) = delete;
    AlertThread &operator=(const AlertThread &) = delete;

    /// Opens the service; blocks until it is there. `prepare` runs on the thread before the clockwork starts,
    /// to connect signals.
    Status start(const alerts::AlertOptions &options, const ReaderSource &source, DocumentStore &store,
                 const Clock &clock, const std::function<void(alerts::AlertService &)> &prepare);
    /// Ends what is under way, destroys the service, joins. Safe to call again.
    void stop();

    /// Lives on the thread; valid from a successful start() to stop().
    alerts::AlertService &service() { return *m_service; }

private:
    QThread m_thread;
    std::unique_ptr<alerts::AlertService> m_service;
};

} // namespace plimsoll::app

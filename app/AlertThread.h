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
    using Prepare = std::function<void(alerts::AlertService &)>;

    AlertThread() = default;
    ~AlertThread() { stop(); }
    AlertThread(const AlertThread &) = delete;
    AlertThread &operator=(const AlertThread &) = delete;

    /// Opens the service; blocks until it is there. `prepare` runs on the thread before the clockwork starts,
    /// to connect signals, and again with each service that takes the place of another.
    Status start(const alerts::AlertOptions &options, const ReaderSource &source, DocumentStore &store,
                 const Clock &clock, Prepare prepare);
    /// Puts a service that reads all records anew into the place of this one, and leads or not. Returns at
    /// once.
    void restart(bool leads);
    /// Ends what is under way, destroys the service, joins. Safe to call again.
    void stop();

    /// Runs on the thread, with the service that is there then; from any thread, between start() and stop().
    void post(std::function<void(alerts::AlertService &)> work);

private:
    void closeService();

    QThread m_thread;
    std::unique_ptr<QObject> m_entry; ///< lives on the thread
    std::unique_ptr<alerts::AlertService> m_service;
    std::function<Status(bool leads)> m_open;
};

} // namespace plimsoll::app

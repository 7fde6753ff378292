#pragma once

#include "app/Configuration.h"
#include "storage/model/Result.h"

#include <QUrl>

#include <memory>

namespace plimsoll::app {

/// The composition root: makes every room, joins them, and takes them down in order.
///
/// Threads: the thread that starts it (listener, timers, control socket), one ingest thread, one page thread,
/// one for alerts, the store thread inside the backend, the query pool. Needs a running event loop on the
/// starting thread.
class Appliance
{
public:
    /// Opens the data directory, recovers, binds the port. Everything is up when it returns; a failure leaves
    /// nothing running. Fails with Forbidden for a listen address that others can reach while no admin
    /// password exists.
    static Result<std::unique_ptr<Appliance>> start(const Configuration &configuration);
    ~Appliance();
    Appliance(const Appliance &) = delete;
    Appliance &operator=(const Appliance &) = delete;

    /// Where it answers: http://127.0.0.1:9510.
    QUrl address() const;
    /// True while no admin password exists, so that reading and writing on loopback need no key.
    bool isOpenOnLoopback() const;
    /// Reads certificates and scrape targets again. What is wrong changes nothing.
    Status reload();
    /// The clean stop: answers what is in flight, seals the head, releases the journal.
    Status stop();

private:
    struct Rooms;
    explicit Appliance(std::unique_ptr<Rooms> rooms);
    std::unique_ptr<Rooms> m_rooms;
};

} // namespace plimsoll::app

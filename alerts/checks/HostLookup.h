#pragma once

#include "alerts/checks/SideThreads.h"
#include "storage/model/Result.h"

#include <QHostAddress>

namespace plimsoll::alerts {

/// The only way by which checks come to an address: loopback and private ones are allowed, link-local,
/// metadata, multicast, reserved and unspecified ones never (DESIGN section 7), and the connection goes to an
/// address that was judged here.
class HostLookup
{
public:
    using Addresses = Result<QList<QHostAddress>>;
    using Done = std::function<void(const Addresses &)>;

    /// `threads` outlives it.
    explicit HostLookup(SideThreads &threads)
        : m_threads(threads)
    {
    }

    /// The allowed addresses of a name, or of an address in any of the forms that the system takes; at least
    /// one, or why there is none. May answer before it returns; never once `context` has gone.
    void find(const std::string &host, QObject *context, Done done);

    static Status allowed(const QHostAddress &address);
    /// Loopback, private and other addresses that are not of the public internet.
    static bool isPrivate(const QHostAddress &address);

private:
    SideThreads &m_threads;
};

} // namespace plimsoll::alerts

#pragma once

#include "storage/model/AddressSort.h"
#include "storage/model/Result.h"

#include <QHostAddress>
#include <QUrl>

#include <string>

namespace plimsoll::alerts {

/// Where a request of ours may go (DESIGN section 7), decided on the address that will be connected to, never
/// on the name.
///
/// Refused everywhere: unspecified (0.0.0.0/8, ::), link-local (169.254/16, fe80::/10), the metadata services
/// of clouds, multicast, reserved and broadcast addresses. Loopback, private and shared ones (RFC 1918, 6598,
/// 4193, 2544) are allowed only with `allowPrivate`. IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged as the
/// IPv4 it is.
class OutboundPolicy
{
public:
    /// Of notifications.
    explicit OutboundPolicy(bool allowPrivate = false)
        : OutboundPolicy(allowPrivate, "notifications")
    {
    }
    /// Of checks: they watch what stands on loopback and in private networks, whatever the listener.
    static OutboundPolicy ofChecks() { return {true, "checks"}; }

    Status checkAddress(const QHostAddress &address) const;

    /// What can be said about a URL before any look-up: http or https, a host, no user or password, an
    /// allowed address where the host is one. The message continues a sentence that began with the URL's
    /// field.
    static Status checkUrl(const QUrl &url);

    static AddressSort sortOf(const QHostAddress &address);

    bool allowsPrivate() const { return m_allowPrivate; }

private:
    OutboundPolicy(bool allowPrivate, std::string sent)
        : m_allowPrivate(allowPrivate)
        , m_sent(std::move(sent))
    {
    }

    bool m_allowPrivate;
    std::string m_sent; ///< what is sent, in the plural
};

} // namespace plimsoll::alerts

#include "alerts/OutboundPolicy.h"

#include <array>

namespace plimsoll::alerts {

AddressSort OutboundPolicy::sortOf(const QHostAddress &address)
{
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        return AddressSort::of({bytes.c, sizeof bytes.c});
    }
    if (address.protocol() != QAbstractSocket::IPv4Protocol)
        return AddressSort();
    const quint32 number = address.toIPv4Address();
    const std::array<uint8_t, 4> bytes{uint8_t(number >> 24), uint8_t(number >> 16), uint8_t(number >> 8),
                                       uint8_t(number)};
    return AddressSort::of(bytes);
}

Status OutboundPolicy::checkAddress(const QHostAddress &address) const
{
    const AddressSort sort = sortOf(address);
    const std::string text = address.toString().toStdString();
    if (address.isNull())
        return Error{ErrorCode::Forbidden, "There is no address to connect to.", {}};
    if (sort.reach == AddressSort::Reach::Refused)
        return Error{
            ErrorCode::Forbidden, text + " is " + sort.what + "; " + m_sent + " never go there.", {}};
    if (sort.reach == AddressSort::Reach::Private && !m_allowPrivate)
        return Error{ErrorCode::Forbidden,
                     text + " is " + sort.what + ", and this appliance listens beyond loopback.",
                     "Set outbound.private=allow if " + m_sent + " may go to private addresses."};
    return {};
}

Status OutboundPolicy::checkUrl(const QUrl &url)
{
    const QString scheme = url.scheme().toLower();
    if (!url.isValid() || url.isRelative())
        return Error{ErrorCode::Invalid, "is not a URL.", "Write it whole: https://example.org/hook"};
    if (scheme != "http" && scheme != "https")
        return Error{ErrorCode::Invalid, "must begin with http:// or https://.", {}};
    if (url.host().isEmpty())
        return Error{ErrorCode::Invalid, "has no host.", {}};
    if (!url.userInfo().isEmpty())
        return Error{ErrorCode::Invalid, "must not hold a user or password.",
                     "Put them into a header: {\"Authorization\": \"…\"}."};
    const QHostAddress literal(url.host());
    if (literal.isNull())
        return {};
    const Status allowed = OutboundPolicy(true).checkAddress(literal);
    return allowed ? allowed : Error{ErrorCode::Invalid, "is not allowed: " + allowed.error().message, {}};
}

} // namespace plimsoll::alerts

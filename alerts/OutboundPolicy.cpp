#include "alerts/OutboundPolicy.h"

#include <array>
#include <optional>

namespace plimsoll::alerts {

namespace {

struct Range
{
    const char *subnet;
    const char *what;
};

constexpr std::array refusedRanges{Range{"0.0.0.0/8", "an unspecified address"},
                                   Range{"169.254.0.0/16", "a link-local or metadata address"},
                                   Range{"168.63.129.16/32", "a metadata address"},
                                   Range{"100.100.100.200/32", "a metadata address"},
                                   Range{"192.0.0.0/24", "a reserved address"},
                                   Range{"224.0.0.0/4", "a multicast address"},
                                   Range{"240.0.0.0/4", "a reserved address"},
                                   Range{"::/128", "an unspecified address"},
                                   Range{"fe80::/10", "a link-local address"},
                                   Range{"fd00:ec2::/32", "a metadata address"},
                                   Range{"fd20:ce::/32", "a metadata address"},
                                   Range{"2001::/32", "a tunnel address"},
                                   Range{"ff00::/8", "a multicast address"}};

constexpr std::array privateRanges{Range{"127.0.0.0/8", "a loopback address"},
                                   Range{"10.0.0.0/8", "a private address"},
                                   Range{"172.16.0.0/12", "a private address"},
                                   Range{"192.168.0.0/16", "a private address"},
                                   Range{"100.64.0.0/10", "a private address"},
                                   Range{"198.18.0.0/15", "a private address"},
                                   Range{"192.0.2.0/24", "a documentation address"},
                                   Range{"198.51.100.0/24", "a documentation address"},
                                   Range{"203.0.113.0/24", "a documentation address"},
                                   Range{"::1/128", "a loopback address"},
                                   Range{"fc00::/7", "a private address"},
                                   Range{"fec0::/10", "a private address"},
                                   Range{"64:ff9b:1::/48", "a private address"},
                                   Range{"2001:db8::/32", "a documentation address"}};

template<size_t N>
const Range *findRange(const std::array<Range, N> &ranges, const QHostAddress &address)
{
    for (const Range &range : ranges) {
        const auto subnet = QHostAddress::parseSubnet(QLatin1String(range.subnet));
        if (subnet.first.protocol() == address.protocol() && address.isInSubnet(subnet))
            return &range;
    }
    return nullptr;
}

QHostAddress ipv4At(const Q_IPV6ADDR &bytes, int offset)
{
    const auto byte = [&](int i) { return quint32(bytes[offset + i]); };
    return QHostAddress(byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3));
}

/// The IPv4 address that an IPv6 one stands for, or the address itself.
QHostAddress unwrapped(const QHostAddress &address)
{
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return address;
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    const auto under = [&](const char *subnet) {
        return address.isInSubnet(QHostAddress::parseSubnet(QLatin1String(subnet)));
    };
    if (under("::ffff:0:0/96") || under("64:ff9b::/96") || under("::ffff:0:0:0/96"))
        return ipv4At(bytes, 12);
    if (under("::/96") && !under("::/127"))
        return ipv4At(bytes, 12);
    if (under("2002::/16"))
        return ipv4At(bytes, 2);
    return address;
}

} // namespace

Status OutboundPolicy::checkAddress(const QHostAddress &address) const
{
    const QHostAddress plain = unwrapped(address);
    const std::string text = address.toString().toStdString();
    if (plain.isNull())
        return Error{ErrorCode::Forbidden, "There is no address to connect to.", {}};
    if (const Range *range = findRange(refusedRanges, plain))
        return Error{
            ErrorCode::Forbidden, text + " is " + range->what + "; notifications never go there.", {}};
    if (const Range *range = findRange(privateRanges, plain); range && !m_allowPrivate)
        return Error{ErrorCode::Forbidden,
                     text + " is " + range->what + ", and this appliance listens beyond loopback.",
                     "Set outbound.private=allow if notifications may go to private addresses."};
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

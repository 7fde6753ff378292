#include "alerts/checks/HostLookup.h"

#include "storage/model/AddressSort.h"

#include <netdb.h>
#include <sys/socket.h>

namespace plimsoll::alerts {

namespace {

struct Found
{
    QList<QHostAddress> addresses;
    std::string problem;
};

AddressSort sortOf(const QHostAddress &address)
{
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        return AddressSort::of({bytes.c, sizeof bytes.c});
    }
    if (address.protocol() != QAbstractSocket::IPv4Protocol)
        return {};
    const quint32 number = address.toIPv4Address();
    const std::array<uint8_t, 4> bytes{uint8_t(number >> 24), uint8_t(number >> 16), uint8_t(number >> 8),
                                       uint8_t(number)};
    return AddressSort::of(bytes);
}

Found lookUp(const std::string &host)
{
    Found found;
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *list = nullptr;
    if (const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list)) {
        found.problem = failure == EAI_AGAIN ? "The name server gave no answer about " + host + "."
                                             : "The name " + host + " was not found.";
        return found;
    }
    for (const addrinfo *entry = list; entry; entry = entry->ai_next) {
        const QHostAddress address(entry->ai_addr);
        if (!found.addresses.contains(address))
            found.addresses.append(address);
    }
    ::freeaddrinfo(list);
    return found;
}

HostLookup::Addresses judge(const std::string &host, const QList<QHostAddress> &addresses)
{
    QList<QHostAddress> kept;
    Status refused = Error{ErrorCode::NotFound, "The name " + host + " has no address.", {}};
    for (const QHostAddress &address : addresses) {
        const Status status = HostLookup::allowed(address);
        if (status)
            kept.append(address);
        else
            refused = status;
    }
    if (kept.isEmpty())
        return refused.error();
    return kept;
}

} // namespace

Status HostLookup::allowed(const QHostAddress &address)
{
    const AddressSort sort = sortOf(address);
    if (sort.reach == AddressSort::Reach::Refused)
        return Error{ErrorCode::Forbidden,
                     address.toString().toStdString() + " is " + sort.what + "; checks never go there.",
                     {}};
    return {};
}

bool HostLookup::isPrivate(const QHostAddress &address)
{
    return sortOf(address).reach != AddressSort::Reach::Public;
}

void HostLookup::find(const std::string &host, QObject *context, Done done)
{
    if (const QHostAddress literal(QString::fromStdString(host)); !literal.isNull())
        return done(judge(host, {literal}));
    const auto answer = [host, done = std::move(done)](const std::any &result) {
        const Found *found = std::any_cast<Found>(&result);
        if (!found)
            return done(Error{ErrorCode::Unavailable, "Too many name look-ups hang.", {}});
        if (!found->problem.empty())
            return done(Error{ErrorCode::NotFound, found->problem, {}});
        done(judge(host, found->addresses));
    };
    m_threads.run(
        "host " + host, [host] { return std::any(lookUp(host)); }, context, answer);
}

} // namespace plimsoll::alerts

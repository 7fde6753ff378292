#include "server/ingest/SocketBinding.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace plimsoll::ingest {
namespace {

constexpr int backlog = 256;

bool setHost(sockaddr_storage &storage, socklen_t &size, const std::string &host)
{
    auto *ipv4 = reinterpret_cast<sockaddr_in *>(&storage);
    if (::inet_pton(AF_INET, host.c_str(), &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        size = sizeof *ipv4;
        return true;
    }
    auto *ipv6 = reinterpret_cast<sockaddr_in6 *>(&storage);
    ipv6->sin6_family = AF_INET6;
    size = sizeof *ipv6;
    return ::inet_pton(AF_INET6, host.c_str(), &ipv6->sin6_addr) == 1;
}

in_port_t &portField(sockaddr_storage &storage)
{
    return storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6 *>(&storage)->sin6_port
                                         : reinterpret_cast<sockaddr_in *>(&storage)->sin_port;
}

std::optional<uint16_t> portIn(std::string_view digits)
{
    uint16_t port = 0;
    const char *end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, port);
    return read.ec == std::errc() && read.ptr == end ? std::optional(port) : std::nullopt;
}

Error bindError(int code, const SocketEndpoint &endpoint)
{
    if (code == EADDRINUSE)
        return {ErrorCode::Conflict, "Another program listens on " + endpoint.text + ".", {}};
    if (code == EACCES)
        return {ErrorCode::Forbidden, "Listening on " + endpoint.text + " is not permitted.",
                "Choose a port above 1023."};
    if (code == EADDRNOTAVAIL)
        return {ErrorCode::Invalid, "This machine has no address " + endpoint.text + ".", {}};
    return {
        ErrorCode::Internal, "Listening on " + endpoint.text + " failed: " + std::strerror(code) + ".", {}};
}

} // namespace

Result<SocketEndpoint> SocketEndpoint::parse(std::string_view text)
{
    const Error malformed{ErrorCode::Invalid, '"' + std::string(text) + "\" is not an address to listen on.",
                          "Write ADDR:PORT, for example 127.0.0.1:8125 or [::1]:8125."};
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return malformed;
    std::string host(text.substr(0, colon));
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string::npos)
        return malformed;
    if (host.empty() || host == "*")
        host = "::";
    else if (host == "localhost")
        host = "127.0.0.1";
    SocketEndpoint out;
    const auto port = portIn(text.substr(colon + 1));
    if (!port || !setHost(out.storage, out.size, host))
        return malformed;
    out.text = text;
    out.setPort(*port);
    return out;
}

uint16_t SocketEndpoint::port() const { return ntohs(portField(const_cast<sockaddr_storage &>(storage))); }

void SocketEndpoint::setPort(uint16_t port) { portField(storage) = htons(port); }

Result<Descriptor> bindSocket(const SocketEndpoint &endpoint, int type)
{
    Descriptor socket(::socket(endpoint.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid())
        return bindError(errno, endpoint);
    const int on = 1;
    const int off = 0;
    if (type == SOCK_STREAM)
        ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (endpoint.storage.ss_family == AF_INET6)
        ::setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    const auto *address = reinterpret_cast<const sockaddr *>(&endpoint.storage);
    if (::bind(socket.number(), address, endpoint.size) != 0 ||
        (type == SOCK_STREAM && ::listen(socket.number(), backlog) != 0))
        return bindError(errno, endpoint);
    return socket;
}

uint16_t boundPort(const Descriptor &socket)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(socket.number(), reinterpret_cast<sockaddr *>(&storage), &size);
    return ntohs(portField(storage));
}

} // namespace plimsoll::ingest

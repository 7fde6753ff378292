#include "server/http/Listener.h"

#include "server/http/Head.h"
#include "server/http/Method.h"
#include "server/http/ResponseWriter.h"

#include <QHostAddress>

#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plimsoll::http {

namespace {

constexpr int backlog = 1024;
constexpr int acceptPauseMs = 100;
constexpr uint8_t tlsHandshake = 0x16;

struct HostAndPort
{
    std::string host;
    quint16 port = 0;
};

std::optional<HostAndPort> parsedAddress(std::string_view text)
{
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    HostAndPort out;
    out.host = text.substr(0, colon);
    if (out.host.size() >= 2 && out.host.front() == '[' && out.host.back() == ']')
        out.host = text.substr(1, colon - 2);
    else if (out.host.find(':') != std::string::npos)
        return std::nullopt;
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return out;
}

struct SocketAddress
{
    sockaddr_storage storage{};
    socklen_t size = 0;

    SocketAddress(const QHostAddress &address, quint16 port)
    {
        if (address.protocol() == QAbstractSocket::IPv4Protocol) {
            auto *ipv4 = reinterpret_cast<sockaddr_in *>(&storage);
            ipv4->sin_family = AF_INET;
            ipv4->sin_port = htons(port);
            ipv4->sin_addr.s_addr = htonl(address.toIPv4Address());
            size = sizeof *ipv4;
            return;
        }
        auto *ipv6 = reinterpret_cast<sockaddr_in6 *>(&storage);
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        std::memcpy(&ipv6->sin6_addr, &bytes, sizeof bytes);
        size = sizeof *ipv6;
    }
};

quint16 boundPort(int descriptor)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(descriptor, reinterpret_cast<sockaddr *>(&storage), &size);
    return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6 *>(&storage)->sin6_port
                                               : reinterpret_cast<sockaddr_in *>(&storage)->sin_port);
}

Error bindError(int code, const QHostAddress &address, quint16 port)
{
    const std::string where = address.toString().toStdString() + " port " + std::to_string(port);
    if (code == EADDRINUSE)
        return {ErrorCode::Conflict, "The port is taken: another program listens on " + where + ".",
                "Stop it, or choose another port with --listen ADDR:PORT."};
    if (code == EACCES)
        return {ErrorCode::Forbidden, "Listening on " + where + " is not permitted.",
                "Choose a port above 1023 with --listen ADDR:PORT."};
    if (code == EADDRNOTAVAIL)
        return {ErrorCode::Invalid, "This machine has no address " + address.toString().toStdString() + ".",
                "Choose one of its own with --listen ADDR:PORT."};
    return {ErrorCode::Internal, "Listening on " + where + " failed: " + std::strerror(code) + ".", {}};
}

void sendRefusal(int descriptor)
{
    const WireAnswer answer = wireAnswer(
        Response::error({ErrorCode::Unavailable, "Too many connections are open.", "Try again in a moment."}),
        AnswerShape{false, false, true, {}}, {});
    const QByteArray bytes = answer.head + answer.body;
    [[maybe_unused]] const ssize_t sent =
        ::send(descriptor, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(descriptor, SHUT_WR);
}

} // namespace

Listener::Listener(const ServerContext &context, Server *ingest, std::vector<Server *> pages)
    : m_context(context)
    , m_ingest(ingest)
    , m_pages(std::move(pages))
{
    connect(&m_sweeper, &QTimer::timeout, this, &Listener::sweep);
    m_resume.setSingleShot(true);
    connect(&m_resume, &QTimer::timeout, this, &Listener::resumeAccepting);
}

Listener::~Listener() { close(); }

Status Listener::listen(std::string_view address)
{
    const auto parsed = parsedAddress(address);
    if (!parsed)
        return Error{ErrorCode::Invalid,
                     std::string("\"") + std::string(address) + "\" is not an address to listen on.",
                     "Write ADDR:PORT, for example 127.0.0.1:9510 or [::1]:9510."};
    if (parsed->host.empty() || parsed->host == "*") {
        m_host = "127.0.0.1";
        if (bindTo(QHostAddress(QHostAddress::AnyIPv6), parsed->port, true))
            return {};
        return bindTo(QHostAddress(QHostAddress::AnyIPv4), parsed->port, false);
    }
    if (parsed->host == "localhost") {
        m_host = "localhost";
        if (Status bound = bindTo(QHostAddress(QHostAddress::LocalHost), parsed->port, false); !bound)
            return bound;
        if (Status second = bindTo(QHostAddress(QHostAddress::LocalHostIPv6), m_port, false); !second)
            qInfo("not listening on ::1: %s", second.error().message.c_str());
        return {};
    }
    const QHostAddress literal(QString::fromStdString(parsed->host));
    if (literal.isNull())
        return Error{ErrorCode::Invalid, std::string("\"") + parsed->host + "\" is not an IP address.",
                     "Write an address of this machine, such as 127.0.0.1:9510, or *:9510 for all."};
    const bool any = literal == QHostAddress::AnyIPv4 || literal == QHostAddress::AnyIPv6;
    m_host = any                                           ? "127.0.0.1"
             : parsed->host.find(':') == std::string::npos ? parsed->host
                                                           : std::string("[") + parsed->host + "]";
    return bindTo(literal, parsed->port, literal == QHostAddress::AnyIPv6);
}

Status Listener::bindTo(const QHostAddress &address, quint16 port, bool both)
{
    const SocketAddress target(address, port);
    const int one = 1;
    const int onlyIPv6 = both ? 0 : 1;
    const int descriptor = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return bindError(errno, address, port);
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (target.storage.ss_family == AF_INET6)
        ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &onlyIPv6, sizeof onlyIPv6);
    if (::bind(descriptor, reinterpret_cast<const sockaddr *>(&target.storage), target.size) != 0 ||
        ::listen(descriptor, backlog) != 0) {
        const int code = errno;
        ::close(descriptor);
        return bindError(code, address, port);
    }
    m_port = boundPort(descriptor);
    m_loopbackOnly = m_loopbackOnly && address.isLoopback();
    auto notifier = std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Read);
    connect(notifier.get(), &QSocketNotifier::activated, this, [this, descriptor] { acceptAll(descriptor); });
    m_sockets.push_back({descriptor, std::move(notifier)});
    return {};
}

std::string Listener::url() const
{
    return std::string(m_context.tls.enabled() ? "https://" : "http://") + m_host + ":" +
           std::to_string(m_port);
}

void Listener::acceptAll(int listening)
{
    for (;;) {
        const int descriptor = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                pauseAccepting();
            return;
        }
        if (m_context.stats.connections >= m_context.limits.maxConnections && !makeRoom()) {
            m_context.stats.refusedConnections++;
            sendRefusal(descriptor);
            ::close(descriptor);
            continue;
        }
        m_context.stats.accepted++;
        m_context.stats.connections++;
        firstBytes(descriptor);
    }
}

/// Gives up a connection that only holds a place, so that slow clients cannot keep the others out. It may
/// take a moment to go, so a few more than the cap are let in; false beyond those, and where all are of use.
bool Listener::makeRoom()
{
    const auto oldest =
        std::min_element(m_waiting.begin(), m_waiting.end(),
                         [](const auto &a, const auto &b) { return a.second.deadline < b.second.deadline; });
    if (oldest != m_waiting.end()) {
        drop(oldest->first);
        return true;
    }
    const int cap = m_context.limits.maxConnections;
    if (m_context.stats.connections >= cap + cap / 10)
        return false;
    for (size_t tried = 0; tried <= m_pages.size(); tried++) {
        const size_t which = m_nextShed++ % (m_pages.size() + 1);
        Server *server = which < m_pages.size() ? m_pages[which] : m_ingest;
        if (server && server->shed())
            return true;
    }
    return false;
}

/// Descriptors or memory ran out (EMFILE, ENFILE, ENOBUFS): the port would be reported readable without end.
void Listener::pauseAccepting()
{
    for (const Socket &socket : m_sockets)
        socket.notifier->setEnabled(false);
    m_resume.start(acceptPauseMs);
}

void Listener::resumeAccepting()
{
    for (const Socket &socket : m_sockets)
        socket.notifier->setEnabled(true);
}

/// Routes a connection whose first bytes are there, else waits for them.
void Listener::firstBytes(int descriptor)
{
    char bytes[2048];
    const ssize_t count = ::recv(descriptor, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) {
        stopWaiting(descriptor);
        route(descriptor, {bytes, size_t(count)});
        return;
    }
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        drop(descriptor);
        return;
    }
    if (m_waiting.contains(descriptor))
        return;
    auto notifier = std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Read);
    connect(notifier.get(), &QSocketNotifier::activated, this,
            [this, descriptor] { firstBytes(descriptor); });
    m_waiting.emplace(descriptor, Waiting{std::move(notifier), QDeadlineTimer(m_context.limits.headMs)});
    if (!m_sweeper.isActive())
        m_sweeper.start(m_context.limits.sweepMs);
}

void Listener::route(int descriptor, std::string_view bytes)
{
    const bool tls = uint8_t(bytes.front()) == tlsHandshake;
    Server *server = nullptr;
    if (!tls && m_ingest) {
        const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
        const size_t space = line.find(' ');
        const auto method = methodNamed(line.substr(0, space));
        const std::string_view target = line.substr(std::min(space, line.size() - 1) + 1);
        const auto path = decodedPath(target.substr(0, target.find_first_of(" ?")));
        const Route *first = method && path ? m_context.router.match(*method, *path).route : nullptr;
        server = first && first->onIngestThread ? m_ingest : nullptr;
    }
    if (!server)
        server = m_pages[m_nextPage++ % m_pages.size()];
    server->adopt(descriptor, tls);
}

/// The notifier may be the one that is calling, so it goes a moment later.
void Listener::stopWaiting(int descriptor)
{
    const auto it = m_waiting.find(descriptor);
    if (it == m_waiting.end())
        return;
    it->second.notifier->setEnabled(false);
    it->second.notifier.release()->deleteLater();
    m_waiting.erase(it);
}

void Listener::drop(int descriptor)
{
    stopWaiting(descriptor);
    ::close(descriptor);
    m_context.stats.connections--;
}

void Listener::sweep()
{
    std::vector<int> expired;
    for (const auto &[descriptor, waiting] : m_waiting) {
        if (waiting.deadline.hasExpired())
            expired.push_back(descriptor);
    }
    for (const int descriptor : expired)
        drop(descriptor);
    if (m_waiting.empty())
        m_sweeper.stop();
}

void Listener::close()
{
    while (!m_waiting.empty())
        drop(m_waiting.begin()->first);
    for (Socket &socket : m_sockets) {
        socket.notifier.reset();
        ::close(socket.descriptor);
    }
    m_sockets.clear();
    m_resume.stop();
}

} // namespace plimsoll::http

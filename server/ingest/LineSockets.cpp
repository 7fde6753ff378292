#include "server/ingest/LineSockets.h"

#include "server/ingest/SocketBinding.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace plimsoll::ingest {
namespace {

constexpr size_t packetsAtOnce = 32;
constexpr size_t packetBytes = 64 << 10;
constexpr int roundsAtOnce = 16; ///< of reading one socket, before the others get their turn
constexpr int receiveBufferBytes = 8 << 20;
constexpr int eventsAtOnce = 64;
constexpr int stalledWaitMs = 100;

bool looksLikeHttp(std::string_view line)
{
    while (line.ends_with('\r'))
        line.remove_suffix(1);
    return line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0");
}

} // namespace

/// What the poll wakes us for.
class LineSockets::Watched
{
public:
    virtual ~Watched() = default;
    virtual void happened() = 0;
};

/// Datagrams, each with whole lines. `dropped` is the kernel's count of those that its buffer had no room
/// for.
class LineSockets::UdpSocket final : public Watched
{
public:
    UdpSocket(Descriptor socket, LineDoor &door)
        : m_socket(std::move(socket))
        , m_door(door)
    {
        const int on = 1;
        ::setsockopt(m_socket.number(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
        // The first is for those who may go beyond the system's bound.
        for (const int option : {SO_RCVBUFFORCE, SO_RCVBUF}) {
            if (::setsockopt(m_socket.number(), SOL_SOCKET, option, &receiveBufferBytes,
                             sizeof receiveBufferBytes) == 0)
                break;
        }
        for (size_t i = 0; i < packetsAtOnce; i++) {
            m_pieces[i] = {m_bytes.get() + i * packetBytes, packetBytes};
            msghdr &head = m_messages[i].msg_hdr;
            head.msg_iov = &m_pieces[i];
            head.msg_iovlen = 1;
            head.msg_control = m_control[i];
        }
    }

    void happened() override
    {
        for (int round = 0; round < roundsAtOnce && !m_door.stalled(); round++) {
            for (mmsghdr &message : m_messages)
                message.msg_hdr.msg_controllen = sizeof m_control[0];
            const int count = ::recvmmsg(m_socket.number(), m_messages, packetsAtOnce, MSG_DONTWAIT, nullptr);
            if (count <= 0)
                return;
            take(static_cast<size_t>(count));
            if (static_cast<size_t>(count) < packetsAtOnce)
                return;
        }
    }

private:
    void take(size_t count)
    {
        m_door.figures().packets += count;
        for (size_t i = 0; i < count; i++)
            m_door.take({static_cast<const char *>(m_pieces[i].iov_base), m_messages[i].msg_len});
        noteDropped(m_messages[count - 1].msg_hdr);
    }

    void noteDropped(msghdr &head)
    {
        for (cmsghdr *part = CMSG_FIRSTHDR(&head); part; part = CMSG_NXTHDR(&head, part)) {
            if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_RXQ_OVFL)
                continue;
            uint32_t dropped = 0;
            std::memcpy(&dropped, CMSG_DATA(part), sizeof dropped);
            m_door.figures().droppedPackets += dropped - std::exchange(m_dropped, dropped);
        }
    }

    Descriptor m_socket;
    LineDoor &m_door;
    // Not cleared: pages that no packet reaches take no memory.
    const std::unique_ptr<char[]> m_bytes =
        std::make_unique_for_overwrite<char[]>(packetsAtOnce * packetBytes);
    iovec m_pieces[packetsAtOnce]{};
    mmsghdr m_messages[packetsAtOnce]{};
    alignas(cmsghdr) char m_control[packetsAtOnce][CMSG_SPACE(sizeof(uint32_t))]{};
    uint32_t m_dropped = 0;
};

/// One sender over TCP.
class LineSockets::Connection final : public Watched
{
public:
    using Place = std::list<std::unique_ptr<Connection>>::iterator;

    Connection(Descriptor socket, LineSockets &sockets, Door &door)
        : m_socket(std::move(socket))
        , m_sockets(sockets)
        , m_door(door)
    {
        m_door.door->figures().connections++;
    }
    ~Connection() override { m_door.door->figures().connections--; }

    int descriptor() const { return m_socket.number(); }
    void setPlace(Place place) { m_place = place; }

    void happened() override
    {
        if (m_closed)
            return;
        char bytes[16 << 10];
        for (int round = 0; round < roundsAtOnce && !m_closed && !m_door.door->stalled(); round++) {
            const ssize_t count = ::recv(m_socket.number(), bytes, sizeof bytes, 0);
            if (count < 0 && (errno == EAGAIN || errno == EINTR))
                break;
            if (count <= 0) {
                end();
                return;
            }
            take({bytes, static_cast<size_t>(count)});
        }
        m_door.connections.splice(m_door.connections.end(), m_door.connections, m_place);
    }

    /// The last line needs no line feed.
    void end()
    {
        if (!m_rest.empty() && !m_closed)
            takeLines(std::exchange(m_rest, {}));
        close();
    }

private:
    void take(std::string_view bytes)
    {
        m_rest += bytes;
        const size_t feed = m_rest.rfind('\n');
        if (feed != std::string::npos) {
            takeLines(std::string_view(m_rest).substr(0, feed + 1));
            m_rest.erase(0, feed + 1);
        }
        if (m_rest.size() <= maxLineBytes || m_closed)
            return;
        m_door.door->refuse(
            {ErrorCode::TooLarge,
             "A line has more than " + std::to_string(maxLineBytes) + " bytes; the connection was closed.",
             {}});
        close();
    }

    void takeLines(std::string_view lines)
    {
        const bool first = std::exchange(m_isNew, false);
        if (first && looksLikeHttp(lines.substr(0, lines.find('\n')))) {
            m_door.door->refuse({ErrorCode::Invalid,
                                 "An HTTP request came to a port that takes lines of text.",
                                 "Send it to the HTTP port."});
            close();
            return;
        }
        m_door.door->take(lines);
    }

    void close()
    {
        if (!std::exchange(m_closed, true))
            m_sockets.m_closing.push_back(this);
    }

    friend class LineSockets;

    Descriptor m_socket;
    LineSockets &m_sockets;
    Door &m_door;
    Place m_place;
    std::string m_rest; ///< of a line that is not complete
    bool m_isNew = true;
    bool m_closed = false;
};

class LineSockets::TcpListener final : public Watched
{
public:
    TcpListener(Descriptor socket, LineSockets &sockets, Door &door)
        : m_socket(std::move(socket))
        , m_sockets(sockets)
        , m_door(door)
    {
    }

    void happened() override
    {
        for (int round = 0; round < roundsAtOnce; round++) {
            Descriptor accepted(::accept4(m_socket.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (!accepted.valid())
                return;
            auto &all = m_door.connections;
            if (all.size() >= maxConnections) {
                all.front()->end();
                all.splice(all.end(), all, all.begin());
            }
            all.push_back(std::make_unique<Connection>(std::move(accepted), m_sockets, m_door));
            all.back()->setPlace(std::prev(all.end()));
            m_sockets.watch(all.back()->descriptor(), all.back().get());
        }
    }

private:
    Descriptor m_socket;
    LineSockets &m_sockets;
    Door &m_door;
};

LineSockets::LineSockets()
    : m_poll(::epoll_create1(EPOLL_CLOEXEC))
    , m_wakeUp(std::make_shared<Descriptor>(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)))
{
    if (!m_poll.valid() || !m_wakeUp->valid())
        qFatal("no descriptor is left for the sockets that take lines");
    watch(m_wakeUp->number(), nullptr);
}

LineSockets::~LineSockets() { stop(); }

Result<uint16_t> LineSockets::listen(LineDoor &door, std::string_view address, bool alsoUdp)
{
    Door &entry = m_doors.emplace_back();
    entry.door = &door;
    door.setWakeUp(m_wakeUp);
    auto port = bindBoth(entry, address, alsoUdp);
    if (!port)
        m_doors.pop_back();
    return port;
}

Result<uint16_t> LineSockets::bindBoth(Door &door, std::string_view address, bool alsoUdp)
{
    auto endpoint = SocketEndpoint::parse(address);
    if (!endpoint)
        return endpoint.error();
    auto tcp = bindSocket(*endpoint, SOCK_STREAM);
    if (!tcp)
        return tcp.error();
    endpoint->setPort(boundPort(*tcp));
    Descriptor udp;
    if (alsoUdp) {
        auto bound = bindSocket(*endpoint, SOCK_DGRAM);
        if (!bound)
            return bound.error();
        udp = std::move(*bound);
    }
    const int tcpNumber = tcp->number();
    const int udpNumber = udp.number();
    m_sockets.push_back(std::make_unique<TcpListener>(std::move(*tcp), *this, door));
    watch(tcpNumber, m_sockets.back().get());
    if (alsoUdp) {
        m_sockets.push_back(std::make_unique<UdpSocket>(std::move(udp), *door.door));
        watch(udpNumber, m_sockets.back().get());
    }
    return endpoint->port();
}

void LineSockets::watch(int descriptor, Watched *watched) const
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.ptr = watched;
    ::epoll_ctl(m_poll.number(), EPOLL_CTL_ADD, descriptor, &event);
}

void LineSockets::start()
{
    if (!m_sockets.empty())
        m_thread = std::thread([this] { run(); });
}

void LineSockets::stop()
{
    if (!m_thread.joinable())
        return;
    m_stops = true;
    ::eventfd_write(m_wakeUp->number(), 1);
    m_thread.join();
}

void LineSockets::run()
{
    while (!m_stops) {
        if (stalled()) {
            pollfd wake{m_wakeUp->number(), POLLIN, 0};
            ::poll(&wake, 1, stalledWaitMs);
            eventfd_t count = 0;
            ::eventfd_read(m_wakeUp->number(), &count);
        } else {
            serve(waitMs());
        }
        flushDue(false);
    }
    serve(0);
    for (Door &door : m_doors) {
        for (const auto &connection : door.connections)
            connection->end();
    }
    flushDue(true);
    m_closing.clear();
    for (Door &door : m_doors)
        door.connections.clear();
}

bool LineSockets::stalled() const
{
    return std::any_of(m_doors.begin(), m_doors.end(), [](const Door &door) { return door.door->stalled(); });
}

/// Milliseconds until the next batch is due; -1: until something happens.
int LineSockets::waitMs() const
{
    int64_t wait = -1;
    for (const Door &door : m_doors) {
        if (const auto due = door.door->dueInMs())
            wait = wait < 0 ? *due : std::min(wait, *due);
    }
    return static_cast<int>(wait);
}

void LineSockets::serve(int waitMs)
{
    epoll_event events[eventsAtOnce];
    const int count = ::epoll_wait(m_poll.number(), events, eventsAtOnce, waitMs);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr) {
            static_cast<Watched *>(events[i].data.ptr)->happened();
        } else {
            eventfd_t written = 0;
            ::eventfd_read(m_wakeUp->number(), &written);
        }
    }
    for (Connection *closed : std::exchange(m_closing, {}))
        closed->m_door.connections.erase(closed->m_place);
}

void LineSockets::flushDue(bool all)
{
    for (Door &door : m_doors) {
        const auto due = door.door->dueInMs();
        if (due && (all || *due == 0))
            door.door->flush();
    }
}

} // namespace plimsoll::ingest

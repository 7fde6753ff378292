#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QList>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

namespace plimsoll::tests {

/// An answer as it came over the wire; chunked bodies are put together.
struct RawAnswer
{
    int status = 0;
    QByteArray head;
    QByteArray body;

    /// The value of a header, without regard to case; empty where there is none.
    QByteArray header(const QByteArray &name) const
    {
        for (const QByteArray &line : head.split('\n')) {
            if (line.size() > name.size() && line[name.size()] == ':' &&
                !line.left(name.size()).compare(name, Qt::CaseInsensitive))
                return line.mid(name.size() + 1).trimmed();
        }
        return {};
    }
    bool hasHeader(const QByteArray &name) const
    {
        return head.toLower().contains("\n" + name.toLower() + ":");
    }
};

/// A blocking TCP client that sends whatever bytes it is given.
class RawClient
{
public:
    explicit RawClient(quint16 port)
    {
        m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        m_connected = ::connect(m_socket, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
        const int one = 1;
        ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    ~RawClient() { close(); }
    RawClient(const RawClient &) = delete;
    RawClient &operator=(const RawClient &) = delete;

    bool connected() const { return m_connected; }
    int descriptor() const { return m_socket; }

    void close()
    {
        if (m_socket >= 0)
            ::close(m_socket);
        m_socket = -1;
    }

    /// False once the other side does not take bytes any more.
    bool send(const QByteArray &bytes)
    {
        qsizetype sent = 0;
        while (sent < bytes.size()) {
            const ssize_t count =
                ::send(m_socket, bytes.constData() + sent, size_t(bytes.size() - sent), MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            sent += count;
        }
        return true;
    }

    /// The next answer; nothing if the connection ends or `timeoutMs` passes before it is complete.
    std::optional<RawAnswer> receive(bool headOnly = false, int timeoutMs = 20'000)
    {
        QElapsedTimer timer;
        timer.start();
        for (;;) {
            if (auto answer = takeAnswer(headOnly))
                return answer;
            if (!fill(timeoutMs - int(timer.elapsed())))
                return std::nullopt;
        }
    }

    /// Sends a request and returns its answer.
    std::optional<RawAnswer> ask(const QByteArray &request, bool headOnly = false)
    {
        send(request);
        return receive(headOnly);
    }

    /// True if the other side ends the connection within the time; what comes before is kept.
    bool closedByPeer(int timeoutMs = 20'000)
    {
        QElapsedTimer timer;
        timer.start();
        while (fill(timeoutMs - int(timer.elapsed()))) {
        }
        return m_ended;
    }

    /// What was received and not yet taken.
    const QByteArray &pending() const { return m_in; }
    /// Waits for bytes; false on the end or after the time.
    bool fill(int timeoutMs)
    {
        pollfd poller{m_socket, POLLIN, 0};
        if (timeoutMs <= 0 || ::poll(&poller, 1, timeoutMs) <= 0)
            return false;
        char block[64 * 1024];
        const ssize_t count = ::recv(m_socket, block, sizeof block, 0);
        if (count <= 0) {
            m_ended = true;
            return false;
        }
        m_in.append(block, count);
        return true;
    }

private:
    std::optional<RawAnswer> takeAnswer(bool headOnly)
    {
        const qsizetype end = m_in.indexOf("\r\n\r\n");
        if (end < 0)
            return std::nullopt;
        RawAnswer answer;
        answer.head = m_in.left(end + 2);
        answer.status = answer.head.mid(9, 3).toInt();
        qsizetype size = end + 4;
        const bool bodyless = headOnly || answer.status == 204 || answer.status == 304 || answer.status < 200;
        if (!bodyless && answer.header("transfer-encoding") == "chunked") {
            if (!takeChunks(size, answer.body))
                return std::nullopt;
        } else if (!bodyless) {
            const qsizetype length = answer.header("content-length").toLongLong();
            if (m_in.size() < size + length)
                return std::nullopt;
            answer.body = m_in.mid(size, length);
            size += length;
        }
        m_in.remove(0, size);
        return answer;
    }

    bool takeChunks(qsizetype &at, QByteArray &body)
    {
        // Not worth a try before what looks like the last chunk is there.
        if (m_in.indexOf("0\r\n\r\n", std::max(m_searched, at)) < 0) {
            m_searched = std::max<qsizetype>(0, m_in.size() - 5);
            return false;
        }
        m_searched = 0;
        for (;;) {
            const qsizetype end = m_in.indexOf("\r\n", at);
            if (end < 0)
                return false;
            const qsizetype size = m_in.mid(at, end - at).toLongLong(nullptr, 16);
            if (m_in.size() < end + 4 + size)
                return false;
            body += m_in.mid(end + 2, size);
            at = end + 4 + size;
            if (size == 0)
                return true;
        }
    }

    int m_socket = -1;
    bool m_connected = false;
    bool m_ended = false;
    qsizetype m_searched = 0;
    QByteArray m_in;
};

} // namespace plimsoll::tests

#include "server/http/DirectTransport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace plimsoll::http {

DirectTransport::DirectTransport(int descriptor, Poller &poller)
    : m_descriptor(descriptor)
    , m_poller(poller)
{
    const int one = 1;
    ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

DirectTransport::~DirectTransport() { close(); }

void DirectTransport::listen(Listener &listener)
{
    m_listener = &listener;
    m_watched = EPOLLIN;
    m_poller.watch(m_descriptor, m_watched, *this);
}

QHostAddress DirectTransport::peer() const
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(m_descriptor, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        return {};
    return QHostAddress(reinterpret_cast<const sockaddr *>(&address));
}

qint64 DirectTransport::read(QByteArray &out, qint64 maxBytes)
{
    const qsizetype size = out.size();
    out.resize(size + maxBytes);
    const qint64 got = receive(out.data() + size, maxBytes);
    out.resize(size + got);
    return got;
}

bool DirectTransport::discard()
{
    std::array<char, 16 * 1024> bytes;
    return receive(bytes.data(), qint64(bytes.size())) > 0;
}

/// A read that does not fill its buffer has emptied the kernel's; level-triggered polling tells what comes
/// later.
qint64 DirectTransport::receive(char *data, qint64 size)
{
    if (m_descriptor < 0 || m_ended)
        return 0;
    ssize_t got = 0;
    do {
        got = ::recv(m_descriptor, data, size_t(size), 0);
    } while (got < 0 && errno == EINTR);
    m_ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
    m_mayHaveMore = got == size;
    watch();
    return std::max<qint64>(got, 0);
}

void DirectTransport::write(const QByteArray &bytes)
{
    if (m_descriptor < 0 || bytes.isEmpty())
        return;
    const qint64 sent = pendingBytes() == 0 ? send(bytes.constData(), bytes.size()) : 0;
    if (sent == bytes.size())
        return;
    m_pending.remove(0, std::exchange(m_sent, 0));
    m_pending.append(bytes.constData() + sent, bytes.size() - sent);
    watch();
}

/// What a broken connection does not take counts as sent; the poller tells that it is broken.
qint64 DirectTransport::send(const char *data, qint64 size)
{
    qint64 done = 0;
    while (done < size) {
        const ssize_t sent =
            ::send(m_descriptor, data + done, size_t(size - done), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            done += sent;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return done;
        else if (errno != EINTR)
            return size;
    }
    return done;
}

void DirectTransport::sendPending()
{
    m_sent += send(m_pending.constData() + m_sent, pendingBytes());
    if (pendingBytes() > 0)
        return;
    m_pending.clear();
    m_sent = 0;
    watch();
}

/// Bytes that nobody wants to read yet stay in the kernel, unwatched, so that they do not wake the thread
/// again and again.
void DirectTransport::watch()
{
    if (m_descriptor < 0 || !m_listener)
        return;
    const uint32_t wanted =
        (m_mayHaveMore && !m_ended ? 0U : uint32_t(EPOLLIN)) | (pendingBytes() > 0 ? uint32_t(EPOLLOUT) : 0U);
    if (wanted == m_watched)
        return;
    m_watched = wanted;
    m_poller.change(m_descriptor, m_watched, *this);
}

void DirectTransport::happened(uint32_t events)
{
    if (events & EPOLLOUT) {
        sendPending();
        if (m_closing && pendingBytes() == 0) {
            abort();
            return;
        }
        m_listener->wrote();
    }
    if (m_descriptor >= 0 && (events & EPOLLIN)) {
        m_mayHaveMore = true;
        m_listener->becameReadable();
        watch();
    }
    if (m_descriptor >= 0 && (m_ended || (events & (EPOLLERR | EPOLLHUP))))
        abort();
}

void DirectTransport::acknowledgeQuickly()
{
    const int one = 1;
    ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

void DirectTransport::shutDownWriting() { ::shutdown(m_descriptor, SHUT_WR); }

void DirectTransport::closeWhenWritten()
{
    m_closing = true;
    if (pendingBytes() == 0)
        abort();
}

void DirectTransport::abort()
{
    if (m_descriptor < 0)
        return;
    close();
    m_listener->disconnected();
}

void DirectTransport::close()
{
    if (m_descriptor < 0)
        return;
    if (m_listener)
        m_poller.forget(m_descriptor, *this);
    ::close(std::exchange(m_descriptor, -1));
}

} // namespace plimsoll::http

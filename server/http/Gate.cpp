#include "server/http/Gate.h"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plimsoll::http {

Gate::Gate(GuardedConnection &connection, const QHostAddress &peer)
    : m_connection(connection)
{
    setPeerAddress(peer);
    setSocketState(ConnectedState);
    setOpenMode(ReadWrite);
}

Gate::~Gate() { setSocketState(UnconnectedState); }

bool Gate::feed(const QByteArray &head)
{
    m_head = head;
    m_at = 0;
    m_delivered = false;
    Q_EMIT readyRead();
    return m_delivered;
}

qint64 Gate::bytesAvailable() const { return QIODevice::bytesAvailable() + m_head.size() - m_at; }

qint64 Gate::readData(char *data, qint64 maxSize)
{
    const qint64 count = std::min<qint64>(maxSize, m_head.size() - m_at);
    std::memcpy(data, m_head.constData() + m_at, size_t(count));
    m_at += count;
    return count;
}

qint64 Gate::writeData(const char *, qint64 size) { return size; }

GateServer::GateServer()
{
    // QtHttpServer binds only to a server that listens; a bound descriptor without listen() passes for one
    // and can never be connected to.
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0 || ::bind(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 ||
        !setSocketDescriptor(descriptor)) {
        qWarning("no socket is left to set up a server thread");
        if (descriptor >= 0)
            ::close(descriptor);
        return;
    }
    pauseAccepting();
}

} // namespace plimsoll::http

#include "server/http/SocketTransport.h"

#include <QSslConfiguration>
#include <QSslSocket>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace plimsoll::http {

namespace {

constexpr qint64 readBufferBytes = 256 * 1024;

} // namespace

std::unique_ptr<SocketTransport> SocketTransport::adopt(int descriptor, const QSslConfiguration *tls)
{
    const int one = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    auto socket = tls ? std::make_unique<QSslSocket>() : std::make_unique<QTcpSocket>();
    if (!socket->setSocketDescriptor(descriptor))
        return nullptr;
    socket->setReadBufferSize(readBufferBytes);
    if (auto *secure = qobject_cast<QSslSocket *>(socket.get()))
        secure->setSslConfiguration(*tls);
    return std::unique_ptr<SocketTransport>(new SocketTransport(std::move(socket)));
}

SocketTransport::SocketTransport(std::unique_ptr<QTcpSocket> socket)
    : m_socket(std::move(socket))
{
}

SocketTransport::~SocketTransport() { m_socket->disconnect(this); }

void SocketTransport::listen(Listener &listener)
{
    connect(m_socket.get(), &QTcpSocket::readyRead, this, [&listener] { listener.becameReadable(); });
    connect(m_socket.get(), &QTcpSocket::bytesWritten, this, [&listener] { listener.wrote(); });
    connect(m_socket.get(), &QTcpSocket::disconnected, this, [&listener] { listener.disconnected(); });
    auto *secure = qobject_cast<QSslSocket *>(m_socket.get());
    if (!secure)
        return;
    connect(secure, &QSslSocket::encrypted, this, [&listener] { listener.secured(); });
    connect(secure, &QSslSocket::encryptedBytesWritten, this, [&listener] { listener.wrote(); });
    secure->startServerEncryption();
}

QHostAddress SocketTransport::peer() const { return m_socket->peerAddress(); }

qint64 SocketTransport::read(QByteArray &out, qint64 maxBytes)
{
    const qint64 count = std::min(maxBytes, m_socket->bytesAvailable());
    if (count <= 0)
        return 0;
    const qsizetype size = out.size();
    out.resize(size + count);
    const qint64 got = std::max<qint64>(0, m_socket->read(out.data() + size, count));
    out.resize(size + got);
    return got;
}

qint64 SocketTransport::pendingBytes() const
{
    const auto *tls = qobject_cast<const QSslSocket *>(m_socket.get());
    return m_socket->bytesToWrite() + (tls ? tls->encryptedBytesToWrite() : 0);
}

void SocketTransport::acknowledgeQuickly()
{
    const int one = 1;
    ::setsockopt(int(m_socket->socketDescriptor()), IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

void SocketTransport::shutDownWriting() { ::shutdown(int(m_socket->socketDescriptor()), SHUT_WR); }

} // namespace plimsoll::http

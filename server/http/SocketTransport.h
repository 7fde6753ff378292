#pragma once

#include "server/http/Transport.h"

#include <QObject>
#include <QTcpSocket>

#include <memory>

class QSslConfiguration;

namespace plimsoll::http {

/// A transport through Qt's sockets, with or without TLS.
class SocketTransport final : public QObject, public Transport
{
public:
    /// Takes over a connected descriptor; null where that fails. `tls` is null for plain HTTP.
    static std::unique_ptr<SocketTransport> adopt(int descriptor, const QSslConfiguration *tls);
    ~SocketTransport() override;

    void listen(Listener &listener) override;
    QHostAddress peer() const override;
    bool mayHaveMore() const override { return m_socket->bytesAvailable() > 0; }
    qint64 read(QByteArray &out, qint64 maxBytes) override;
    bool discard() override { return m_socket->skip(m_socket->bytesAvailable()) > 0; }
    void write(const QByteArray &bytes) override { m_socket->write(bytes); }
    qint64 pendingBytes() const override;
    void acknowledgeQuickly() override;
    void shutDownWriting() override;
    void closeWhenWritten() override { m_socket->disconnectFromHost(); }
    void abort() override { m_socket->abort(); }

private:
    explicit SocketTransport(std::unique_ptr<QTcpSocket> socket);

    std::unique_ptr<QTcpSocket> m_socket;
};

} // namespace plimsoll::http

#pragma once

#include <QTcpServer>
#include <QTcpSocket>

namespace plimsoll::http {

class GuardedConnection;

/// What QtHttpServer takes for its client: a socket without a network behind it, through which the guard
/// feeds it one checked request head at a time. What it writes goes nowhere; answers leave through the guard.
class Gate final : public QTcpSocket
{
public:
    Gate(GuardedConnection &connection, const QHostAddress &peer);
    ~Gate() override;

    /// Lets QtHttpServer read `head`; it calls Server::handleRequest before this returns. False if it did
    /// not.
    bool feed(const QByteArray &head);
    /// Called by the server when the request has arrived.
    void noteDelivered() { m_delivered = true; }

    GuardedConnection &connection() { return m_connection; }
    qint64 bytesAvailable() const override;

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    GuardedConnection &m_connection;
    QByteArray m_head;
    qsizetype m_at = 0;
    bool m_delivered = false;
};

/// The "listening" server that QtHttpServer is bound to. It only hands gates over.
class GateServer final : public QTcpServer
{
public:
    GateServer();
    void add(Gate *gate) { addPendingConnection(gate); }
};

} // namespace plimsoll::http

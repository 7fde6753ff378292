#pragma once

#include <QHostAddress>
#include <QTcpServer>
#include <QUdpSocket>

namespace plimsoll::test {

/// Takes TCP connections and UDP datagrams on one free loopback port, and never says a word.
class SilentServer
{
public:
    SilentServer()
    {
        m_tcp.listen(QHostAddress::LocalHost);
        m_udp.bind(QHostAddress::LocalHost, m_tcp.serverPort());
    }

    quint16 port() const { return m_tcp.serverPort(); }
    QString address() const { return QStringLiteral("127.0.0.1:%1").arg(port()); }

private:
    QTcpServer m_tcp;
    QUdpSocket m_udp;
};

} // namespace plimsoll::test

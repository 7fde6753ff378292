#pragma once

#include <QHostAddress>
#include <QNetworkDatagram>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUdpSocket>

#include <map>

namespace plimsoll::test {

/// A real name server on a free loopback port, over UDP and TCP, on the thread of the test's event loop. It
/// answers any name with the records that it was given for a type; without any, NXDOMAIN.
class RecordServer
{
public:
    RecordServer()
    {
        for (int i = 0; i < 50 && !(m_tcp.listen(QHostAddress::LocalHost) &&
                                    m_udp.bind(QHostAddress::LocalHost, m_tcp.serverPort()));
             i++)
            m_tcp.close();
        QObject::connect(&m_udp, &QUdpSocket::readyRead, &m_udp, [this] {
            while (m_udp.hasPendingDatagrams()) {
                const QNetworkDatagram asked = m_udp.receiveDatagram();
                m_udp.writeDatagram(asked.makeReply(answer(asked.data(), m_truncates)));
            }
        });
        QObject::connect(&m_tcp, &QTcpServer::newConnection, &m_tcp, [this] {
            QTcpSocket *socket = m_tcp.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                const QByteArray reply = answer(socket->readAll().mid(2), false);
                socket->write(QByteArray(1, char(reply.size() >> 8)) + char(reply.size() & 0xff) + reply);
            });
        });
    }

    QString address() const { return QStringLiteral("127.0.0.1:%1").arg(m_tcp.serverPort()); }
    /// The data of a record as it stands in a message.
    void set(int type, std::vector<QByteArray> records) { m_records[type] = std::move(records); }
    void clear() { m_records.clear(); }
    /// Over UDP it only says that the answer does not fit.
    void setTruncates(bool truncates) { m_truncates = truncates; }

private:
    QByteArray answer(const QByteArray &question, bool truncated) const
    {
        if (question.size() < 17)
            return {};
        const int type =
            (uint8_t(question[question.size() - 4]) << 8) | uint8_t(question[question.size() - 3]);
        const auto found = m_records.find(type);
        const std::vector<QByteArray> records =
            found == m_records.end() || truncated ? std::vector<QByteArray>() : found->second;
        QByteArray reply = question.left(2);
        reply += char(0x81 | (truncated ? 2 : 0));
        reply += char(0x80 | (records.empty() && !truncated ? 3 : 0));
        reply += QByteArray("\0\1\0", 3) + char(records.size()) + QByteArray(4, '\0') + question.mid(12);
        for (const QByteArray &data : records) {
            reply += QByteArray("\xc0\x0c", 2) + char(type >> 8) + char(type & 0xff) +
                     QByteArray("\0\1\0\0\0\x3c", 6) + char(data.size() >> 8) + char(data.size() & 0xff) +
                     data;
        }
        return reply;
    }

    QTcpServer m_tcp;
    QUdpSocket m_udp;
    std::map<int, std::vector<QByteArray>> m_records;
    bool m_truncates = false;
};

} // namespace plimsoll::test

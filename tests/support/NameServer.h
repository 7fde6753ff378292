#pragma once

#include <QHostAddress>
#include <QUdpSocket>
#include <QtEndian>

#include <deque>
#include <map>

namespace plimsoll::test {

/// A real name server (RFC 1035) on 127.0.0.1:53 that answers as it was told: each question of a name takes
/// the next of its answers, the last one stays. Names that it does not have do not exist.
class NameServer
{
public:
    using Addresses = std::vector<QHostAddress>; ///< IPv4

    NameServer()
    {
        m_listens = m_socket.bind(QHostAddress::LocalHost, 53);
        QObject::connect(&m_socket, &QUdpSocket::readyRead, &m_socket, [this] { serve(); });
    }

    bool listens() const { return m_listens; }
    void answer(const QByteArray &name, std::deque<Addresses> answers) { m_names[name] = std::move(answers); }
    int questions(const QByteArray &name) const
    {
        const auto found = m_asked.find(name);
        return found == m_asked.end() ? 0 : found->second;
    }

private:
    void serve()
    {
        while (m_socket.hasPendingDatagrams()) {
            QByteArray question(m_socket.pendingDatagramSize(), '\0');
            QHostAddress from;
            quint16 port = 0;
            m_socket.readDatagram(question.data(), question.size(), &from, &port);
            if (question.size() > 16)
                m_socket.writeDatagram(reply(question), from, port);
        }
    }

    QByteArray reply(const QByteArray &question)
    {
        QByteArray name;
        qsizetype at = 12;
        while (at < question.size() && question[at] != 0) {
            const int length = uint8_t(question[at]);
            name += (name.isEmpty() ? "" : ".") + question.mid(at + 1, length).toLower();
            at += 1 + length;
        }
        const qsizetype end = at + 5;
        const bool asksForIpv4 = question.mid(at + 1, 2) == QByteArray("\0\1", 2);
        const auto known = m_names.find(name);
        const Addresses addresses = asksForIpv4 && known != m_names.end() ? next(known->second) : Addresses();
        m_asked[name] += asksForIpv4 ? 1 : 0;
        QByteArray answer = question.left(2) +
                            (known == m_names.end() ? QByteArray("\x81\x83", 2) : QByteArray("\x81\x80", 2));
        answer += QByteArray("\0\1\0", 3) + char(addresses.size()) + QByteArray("\0\0\0\0", 4);
        answer += question.mid(12, end - 12);
        for (const QHostAddress &address : addresses) {
            const quint32 number = qToBigEndian(address.toIPv4Address());
            answer += QByteArray("\xc0\x0c\0\1\0\1\0\0\0\0\0\4", 12) +
                      QByteArray(reinterpret_cast<const char *>(&number), 4);
        }
        return answer;
    }

    static Addresses next(std::deque<Addresses> &answers)
    {
        const Addresses first = answers.front();
        if (answers.size() > 1)
            answers.pop_front();
        return first;
    }

    QUdpSocket m_socket;
    std::map<QByteArray, std::deque<Addresses>> m_names;
    std::map<QByteArray, int> m_asked;
    bool m_listens = false;
};

} // namespace plimsoll::test

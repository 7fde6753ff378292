#pragma once

#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QTcpSocket>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace plimsoll::test {

/// A real HTTP receiver on a free loopback port, on the thread of the test's event loop. It keeps every
/// request that came whole, and answers as it was told: by default 200 "ok".
class WebhookReceiver
{
public:
    struct Received
    {
        QByteArray method;
        QByteArray target;
        std::map<QByteArray, QByteArray> headers; ///< names in lower case
        QByteArray body;
        bool accepted = false; ///< answered with a 2xx

        QByteArray header(const QByteArray &name) const
        {
            const auto found = headers.find(name);
            return found == headers.end() ? QByteArray() : found->second;
        }
        QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
        QString event() const { return json().value("event").toString(); }
    };

    /// How one request is answered.
    struct Plan
    {
        /// Flood sends `floodBytes` after its head, as fast as they are taken.
        enum class Kind { Answer, Hang, Close, Flood };
        static constexpr qint64 floodBytes = 100LL << 20;

        Kind kind = Kind::Answer;
        int status = 200;
        QByteArray body = "ok";
        QByteArray headers; ///< further lines, each ended by CR LF
    };

    explicit WebhookReceiver(const QHostAddress &address = QHostAddress::LocalHost)
    {
        m_server.listen(address, 0);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] { accept(); });
    }

    QString url(const QString &path = "/hook") const
    {
        const bool six = m_server.serverAddress().protocol() == QAbstractSocket::IPv6Protocol;
        return QString(six ? "http://[%1]:%2%3" : "http://%1:%2%3")
            .arg(m_server.serverAddress().toString())
            .arg(m_server.serverPort())
            .arg(path);
    }
    quint16 port() const { return m_port ? m_port : m_server.serverPort(); }

    /// Refuses connections, and ends those that are there.
    void goDown()
    {
        m_port = m_server.serverPort();
        m_server.close();
        for (QTcpSocket *socket : m_server.findChildren<QTcpSocket *>())
            socket->abort();
    }
    /// Listens again, at the same port.
    bool comeBack() { return m_server.isListening() || m_server.listen(QHostAddress::LocalHost, m_port); }

    /// The answer to all requests from here on that have no plan of their own.
    void answerAll(const Plan &plan) { m_default = plan; }
    void answerAll(int status) { m_default = Plan{Plan::Kind::Answer, status, "", ""}; }
    /// The answer to the next request without a plan.
    void answerNext(const Plan &plan) { m_plans.push_back(plan); }
    void answerNext(int status) { m_plans.push_back(Plan{Plan::Kind::Answer, status, "", ""}); }

    const std::vector<Received> &received() const { return m_received; }
    qsizetype count(const QString &event = {}) const
    {
        return std::count_if(m_received.begin(), m_received.end(), [&](const Received &request) {
            return event.isEmpty() || request.event() == event;
        });
    }
    int connections() const { return m_connections; }

private:
    void accept()
    {
        while (QTcpSocket *socket = m_server.nextPendingConnection()) {
            m_connections++;
            m_buffers.erase(socket);
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] { read(socket); });
        }
    }

    void read(QTcpSocket *socket)
    {
        m_buffers[socket] += socket->readAll();
        while (std::optional<Received> request = parse(m_buffers[socket])) {
            Plan plan = m_default;
            if (!m_plans.empty()) {
                plan = m_plans.front();
                m_plans.pop_front();
            }
            request->accepted = plan.kind == Plan::Kind::Answer && plan.status / 100 == 2;
            m_received.push_back(*std::move(request));
            answer(socket, plan);
        }
    }

    static std::optional<Received> parse(QByteArray &buffer)
    {
        const qsizetype headEnd = buffer.indexOf("\r\n\r\n");
        if (headEnd < 0)
            return {};
        Received request;
        const QList<QByteArray> lines = buffer.left(headEnd).split('\n');
        const QList<QByteArray> words = lines.first().trimmed().split(' ');
        request.method = words.value(0);
        request.target = words.value(1);
        for (const QByteArray &line : lines.mid(1)) {
            const qsizetype colon = line.indexOf(':');
            request.headers[line.left(colon).trimmed().toLower()] = line.mid(colon + 1).trimmed();
        }
        const qsizetype length = request.header("content-length").toLongLong();
        if (buffer.size() < headEnd + 4 + length)
            return {};
        request.body = buffer.mid(headEnd + 4, length);
        buffer.remove(0, headEnd + 4 + length);
        return request;
    }

    void answer(QTcpSocket *socket, const Plan &plan)
    {
        if (plan.kind == Plan::Kind::Hang)
            return;
        if (plan.kind == Plan::Kind::Close)
            return socket->abort();
        if (plan.kind == Plan::Kind::Flood)
            return flood(socket, plan);
        socket->write("HTTP/1.1 " + QByteArray::number(plan.status) + " x\r\nContent-Length: " +
                      QByteArray::number(plan.body.size()) + "\r\n" + plan.headers + "\r\n" + plan.body);
    }

    static void flood(QTcpSocket *socket, const Plan &plan)
    {
        socket->write("HTTP/1.1 " + QByteArray::number(plan.status) +
                      " x\r\nContent-Length: " + QByteArray::number(Plan::floodBytes) + "\r\n\r\n");
        auto left = std::make_shared<qint64>(Plan::floodBytes);
        const auto more = [socket, left] {
            while (*left > 0 && socket->bytesToWrite() < 1 << 20)
                *left -= socket->write(QByteArray(int(std::min<qint64>(*left, 256 << 10)), 'x'));
        };
        QObject::connect(socket, &QTcpSocket::bytesWritten, socket, more);
        more();
    }

    QTcpServer m_server;
    quint16 m_port = 0; ///< while it is down, and after
    std::map<QTcpSocket *, QByteArray> m_buffers;
    std::vector<Received> m_received;
    std::deque<Plan> m_plans;
    Plan m_default;
    int m_connections = 0;
};

} // namespace plimsoll::test

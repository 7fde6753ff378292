#pragma once

#include <QDateTime>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>
#include <QUrlQuery>

#include <cmath>

/// A real HTTP server with made-up figures, so that a test can put the window into any state: firing, empty,
/// slow, refusing, away. Speaks what server/api/README.md says.
class ApplianceFixture : public QObject
{
public:
    QJsonArray rules, episodes;
    QStringList own; ///< metrics that a user sent
    bool needsKey = false;
    bool empty = false;                 ///< no series at all
    bool failsQueries = false;          ///< query_range answers 503
    QHash<QString, QJsonObject> others; ///< what further paths answer
    QStringList asked;                  ///< targets, in order
    QHash<QByteArray, QByteArray> lastHeaders;

    ApplianceFixture()
    {
        connect(&m_server, &QTcpServer::newConnection, this, &ApplianceFixture::accept);
        m_server.listen(QHostAddress::LocalHost, 0);
        connect(&m_status, &QTimer::timeout, this, [this] { broadcast("status", status()); });
        m_status.start(500);
    }

    QUrl url() const { return QUrl(QString("http://127.0.0.1:%1").arg(m_server.serverPort())); }

    /// Goes away as a killed process does; comes back on the same port.
    void vanish()
    {
        m_port = m_server.serverPort();
        m_server.close();
        for (const auto &socket : m_server.findChildren<QTcpSocket *>())
            socket->abort();
        m_streams.clear();
    }
    bool comeBack() { return m_server.listen(QHostAddress::LocalHost, m_port); }

    void broadcast(const QByteArray &name, const QJsonObject &data)
    {
        for (const QPointer<QTcpSocket> &stream : std::as_const(m_streams)) {
            if (stream)
                stream->write("event: " + name +
                              "\ndata: " + QJsonDocument(data).toJson(QJsonDocument::Compact) + "\n\n");
        }
    }

    static QJsonObject rule(const QString &name, const QString &expr, double threshold, double value,
                            double highest, const QString &state = "inactive")
    {
        const qint64 since = state == "firing" ? QDateTime::currentMSecsSinceEpoch() - 38 * 60'000 : 0;
        return {{"id", "r-" + name},
                {"name", name},
                {"expr", expr},
                {"op", ">"},
                {"threshold", threshold},
                {"value", value},
                {"highest", highest},
                {"state", state},
                {"severity", "critical"},
                {"for", "5m"},
                {"firing_since_ms", since},
                {"enabled", true}};
    }

    static QJsonObject episode(const QString &id, const QString &rule, double value, double threshold)
    {
        return {{"id", id},
                {"rule_id", "r-" + rule},
                {"rule_name", rule},
                {"state", "firing"},
                {"op", ">"},
                {"value", value},
                {"threshold", threshold},
                {"started_ms", QDateTime::currentMSecsSinceEpoch()}};
    }

private:
    void accept()
    {
        while (QTcpSocket *socket = m_server.nextPendingConnection()) {
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
            connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        }
    }

    void read(QTcpSocket *socket)
    {
        QByteArray &buffer = m_buffers[socket];
        buffer += socket->readAll();
        for (qsizetype end; (end = buffer.indexOf("\r\n\r\n")) >= 0;) {
            const QList<QByteArray> lines = buffer.left(end).split('\n');
            lastHeaders.clear();
            for (const QByteArray &line : lines.mid(1)) {
                const qsizetype colon = line.indexOf(':');
                lastHeaders.insert(line.left(colon).toLower(), line.mid(colon + 1).trimmed());
            }
            const qsizetype length = lastHeaders.value("content-length").toLongLong();
            if (buffer.size() < end + 4 + length)
                return;
            const QByteArray body = buffer.mid(end + 4, length);
            buffer.remove(0, end + 4 + length);
            answer(socket, QUrl::fromEncoded(lines.front().split(' ').value(1)), body);
        }
    }

    void answer(QTcpSocket *socket, const QUrl &target, const QByteArray &body)
    {
        asked << target.path();
        if (target.path() == "/login")
            return logIn(socket, body);
        const bool authorized = !needsKey ||
                                lastHeaders.value("authorization") == "Bearer plm_default_right" ||
                                lastHeaders.value("cookie") == "session=1";
        if (target.path() == "/api/app/session")
            return send(socket, 200,
                        {{"version", "1"},
                         {"host", "atlas-1"},
                         {"authenticated", authorized && needsKey},
                         {"open_loopback", !needsKey},
                         {"password_set", needsKey}});
        if (!authorized)
            return send(socket, 401, error("unauthorized", "This needs a key."));
        if (target.path() == "/api/app/live")
            return stream(socket);
        if (target.path() == "/api/app/rules")
            return send(socket, 200, {{"items", rules}, {"next_cursor", QJsonValue()}});
        if (target.path() == "/api/app/episodes")
            return send(socket, 200, {{"items", episodes}, {"next_cursor", QJsonValue()}});
        if (target.path() == "/api/app/metrics")
            return send(socket, 200, {{"items", metrics()}, {"next_cursor", QJsonValue()}});
        if (target.path() == "/api/app/storage")
            return send(socket, 200,
                        {{"samples_per_second", 1284}, {"days_left", 142}, {"disk_free_bytes", 1e11}});
        if (target.path() == "/api/v1/query_range" && failsQueries)
            return send(socket, 503, error("unavailable", "The database has not answered for 40 s."));
        if (target.path() == "/api/v1/query_range")
            return send(socket, 200, range(QUrlQuery(target)));
        if (others.contains(target.path()))
            return send(socket, 200, others[target.path()]);
        send(socket, 404, error("not_found", "Nothing is here."));
    }

    static void logIn(QTcpSocket *socket, const QByteArray &body)
    {
        if (!body.contains("the right password"))
            return send(socket, 401, error("wrong_password", "That is not it."));
        send(socket, 200, {{"role", "admin"}},
             "Set-Cookie: session=1; HttpOnly; SameSite=Strict; Path=/\r\n");
    }

    void stream(QTcpSocket *socket)
    {
        socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        m_streams << QPointer<QTcpSocket>(socket);
        broadcast("hello", {{"server_ms", QDateTime::currentMSecsSinceEpoch()}});
    }

    QJsonArray metrics() const
    {
        QJsonArray items;
        if (!empty)
            items << QJsonObject{
                {"name", "http_request_duration_seconds"}, {"kind", "distribution"}, {"series", 3}};
        for (const QString &name : own)
            items << QJsonObject{{"name", name}, {"kind", "distribution"}, {"series", 1}, {"last_ms", 1}};
        return items;
    }

    QJsonObject status() const
    {
        return {{"firing", episodes.size()},
                {"worst", episodes.isEmpty() ? "ok" : "critical"},
                {"samples_per_second", 1284}};
    }

    static QJsonObject error(const QString &code, const QString &message)
    {
        return {{"error", QJsonObject{{"code", code}, {"message", message}, {"hint", "Wait a moment."}}}};
    }

    QJsonObject range(const QUrlQuery &query) const
    {
        const QString expr = query.queryItemValue("query", QUrl::FullyDecoded);
        const double start = query.queryItemValue("start").toDouble(),
                     end = query.queryItemValue("end").toDouble();
        const double step = query.queryItemValue("step").toDouble();
        QJsonArray values;
        for (double at = start; at <= end + step / 2; at += step) {
            const double share = (at - start) / (end - start);
            if (share > 0.55 && share < 0.6 && !expr.contains("host_"))
                continue;
            values << QJsonArray{at, QString::number(figure(expr, share, at))};
        }
        QJsonArray result;
        if (!empty)
            result << QJsonObject{{"metric", QJsonObject()}, {"values", values}};
        return {{"status", "success"}, {"data", QJsonObject{{"resultType", "matrix"}, {"result", result}}}};
    }

    static double figure(const QString &expr, double share, double at)
    {
        const double noise = std::fmod(std::fabs(std::sin(at * 12.9898) * 43758.5453), 1.0) - 0.5;
        const double wave = std::cos(share * 6.28);
        const double spike = std::exp(-std::pow((share - 0.8) * 60, 2));
        const double rise = std::max(0.0, share - 0.93) * 5;
        if (expr.contains("cpu"))
            return 0.44 + 0.06 * wave + 0.05 * noise;
        if (expr.contains("memory"))
            return 0.63 + 0.01 * share + 0.004 * noise;
        if (expr.contains("disk"))
            return 0.62 + 0.01 * share;
        if (expr.contains("quantile(0.50"))
            return 0.082 + 0.01 * noise + rise * 0.1;
        if (expr.contains("quantile(0.95"))
            return 0.30 + 0.03 * noise + 0.05 * wave + rise;
        if (expr.contains("quantile(0.99"))
            return 0.40 + 0.05 * noise + 0.06 * wave + rise * 1.4;
        const double rate = 95 + 52 * wave + 14 * noise;
        return expr.contains("5..") ? rate * (0.0024 + 0.0008 * noise + 0.0125 * spike) : rate;
    }

    static void send(QTcpSocket *socket, int status, const QJsonObject &body, const QByteArray &headers = {})
    {
        const QByteArray bytes = QJsonDocument(body).toJson(QJsonDocument::Compact);
        socket->write("HTTP/1.1 " + QByteArray::number(status) +
                      " X\r\nContent-Type: application/json\r\nContent-Length: " +
                      QByteArray::number(bytes.size()) + "\r\n" + headers + "\r\n" + bytes);
    }

    QTcpServer m_server;
    QTimer m_status;
    quint16 m_port = 0;
    QHash<QTcpSocket *, QByteArray> m_buffers;
    QList<QPointer<QTcpSocket>> m_streams;
};

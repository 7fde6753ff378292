#pragma once

#include "tests/support/HttpClient.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpSocket>

#include <optional>

namespace plimsoll::test {

/// A caller of a running appliance: with an API key, with a session, or with neither. One connection a
/// request, so that an answer that never ends can be left.
class TenantClient
{
public:
    explicit TenantClient(int port, QByteArray headers = {})
        : m_port(port)
        , m_headers(std::move(headers))
    {
    }

    static TenantClient withKey(int port, const QString &key)
    {
        return TenantClient(port, "Authorization: Bearer " + key.toUtf8() + "\r\n");
    }
    /// Logs in, as admin unless another is named; every request of it carries the session and its CSRF word.
    static TenantClient loggedIn(int port, const char *password, const char *name = nullptr)
    {
        HttpClient client(port);
        QJsonObject attempt{{"password", password}};
        if (name)
            attempt["name"] = name;
        const QByteArray body = QJsonDocument(attempt).toJson(QJsonDocument::Compact);
        const auto login = client.post("/login", body.toStdString());
        if (!login || !login->headers.contains("set-cookie"))
            return TenantClient(port);
        const std::string cookie =
            login->headers.at("set-cookie").substr(0, login->headers.at("set-cookie").find(';'));
        const auto session = client.get("/api/app/session", {{"Cookie", cookie}});
        const QJsonObject told =
            QJsonDocument::fromJson(QByteArray::fromStdString(session ? session->body : "")).object();
        return TenantClient(port, "Cookie: " + QByteArray::fromStdString(cookie) +
                                      "\r\nX-Plimsoll-Csrf: " + told["csrf"].toString().toLatin1() + "\r\n");
    }
    /// The same caller with one more header.
    TenantClient with(const QByteArray &header) const
    {
        return TenantClient(m_port, m_headers + header + "\r\n");
    }

    struct Answer
    {
        int status = 0; ///< 0: none came
        QByteArray body;

        QJsonObject object() const { return QJsonDocument::fromJson(body).object(); }
        QString code() const { return object()["error"].toObject()["code"].toString(); }
    };

    /// The whole answer; at most `enough` bytes of its body where it is told, for streams.
    Answer ask(const QByteArray &method, const QByteArray &path, const QByteArray &body = {},
               qsizetype enough = -1) const
    {
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), quint16(m_port));
        if (!socket.waitForConnected(timeoutMs))
            return {};
        socket.write(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" +
                     m_headers + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        QByteArray got;
        const auto complete = [&] {
            const qsizetype head = got.indexOf("\r\n\r\n");
            return head >= 0 && enough >= 0 && got.size() - head - 4 >= enough;
        };
        while (!complete() && socket.waitForReadyRead(timeoutMs))
            got += socket.readAll();
        const qsizetype head = got.indexOf("\r\n\r\n");
        if (head < 0)
            return {};
        const QByteArray text = got.left(head).toLower();
        return {got.mid(9, 3).toInt(), text.contains("\ntransfer-encoding: chunked")
                                           ? unchunked(got.mid(head + 4))
                                           : got.mid(head + 4)};
    }
    Answer get(const QByteArray &path) const { return ask("GET", path); }
    Answer post(const QByteArray &path, const QByteArray &body) const { return ask("POST", path, body); }
    Answer post(const QByteArray &path, const QJsonObject &body) const
    {
        return ask("POST", path, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }

    int port() const { return m_port; }
    const QByteArray &headers() const { return m_headers; }

private:
    static constexpr int timeoutMs = 60'000;

    static QByteArray unchunked(const QByteArray &chunks)
    {
        QByteArray out;
        for (qsizetype at = 0;;) {
            const qsizetype end = chunks.indexOf("\r\n", at);
            const qsizetype size = end < 0 ? 0 : chunks.mid(at, end - at).toLongLong(nullptr, 16);
            if (size <= 0)
                return out;
            out += chunks.mid(end + 2, size);
            at = end + 2 + size + 2;
        }
    }

    int m_port;
    QByteArray m_headers;
};

} // namespace plimsoll::test

#pragma once

#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkRequest>
#include <QUrl>
#include <QUrlQuery>

#include <functional>

class QNetworkReply;

namespace plimsoll::desktop {

/// Where a Plimsoll answers and with which right we ask.
struct Connection
{
    QUrl url;
    QByteArray key;     ///< an API key with the read role; may be empty
    QByteArray version; ///< of this program, for the User-Agent
};

/// One answer of the server, or that none came.
struct ApiAnswer
{
    int status = 0; ///< the HTTP status; 0: nothing answered
    QJsonObject body;
    QString error; ///< what failed, in words; empty on success
    QString hint;  ///< what to do about it; may be empty

    bool ok() const { return error.isEmpty(); }
};

/// Asks a Plimsoll's HTTP API. Never blocks; each request ends within its time limit, and its answer is
/// dropped if the receiver has gone. Answers over maxBodyBytes count as failures.
class ApiClient : public QObject
{
    Q_OBJECT

public:
    static constexpr int idleTimeoutMs = 10'000;
    static constexpr int wholeTimeoutMs = 30'000;
    static constexpr qint64 maxBodyBytes = 32 * 1024 * 1024;

    explicit ApiClient(Connection connection, QObject *parent = nullptr);

    const Connection &connection() const { return m_connection; }
    void setKey(const QByteArray &key) { m_connection.key = key; }

    /// GETs `path` below the connection's address and calls `done` exactly once while `receiver` lives.
    void get(const QString &path, const QUrlQuery &query, QObject *receiver,
             std::function<void(const ApiAnswer &)> done);

    /// POSTs a JSON object, otherwise as get(). Cookies that the server sets are sent back to it.
    void post(const QString &path, const QJsonObject &body, QObject *receiver,
              std::function<void(const ApiAnswer &)> done);

    /// An address of the server's page, for a browser.
    QUrl page(const QString &path, const QUrlQuery &query = {}) const;

    /// A request with our headers but no time limits, for a stream.
    QNetworkRequest request(const QString &path, const QUrlQuery &query = {}) const;
    QNetworkAccessManager &network() { return m_network; }

private:
    void await(QNetworkReply *reply, QObject *receiver, std::function<void(const ApiAnswer &)> done);
    static ApiAnswer answerOf(QNetworkReply &reply);

    Connection m_connection;
    QNetworkAccessManager m_network;
};

} // namespace plimsoll::desktop

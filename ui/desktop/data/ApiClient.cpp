#include "ui/desktop/data/ApiClient.h"

#include <QJsonDocument>
#include <QNetworkReply>
#include <QPointer>
#include <QTimer>

namespace plimsoll::desktop {

namespace {

/// Our own errors are {"error":{…}}; those of the Prometheus API are {"status":"error","error":"…"}.
void readError(const QJsonObject &body, ApiAnswer &answer)
{
    const QJsonValue error = body.value("error");
    answer.error = error.isObject() ? error["message"].toString() : error.toString();
    answer.hint = error["hint"].toString();
}

} // namespace

ApiClient::ApiClient(Connection connection, QObject *parent)
    : QObject(parent)
    , m_connection(std::move(connection))
{
    m_network.setRedirectPolicy(QNetworkRequest::SameOriginRedirectPolicy);
}

QUrl ApiClient::page(const QString &path, const QUrlQuery &query) const
{
    QUrl url = m_connection.url;
    QString base = url.path();
    while (base.endsWith('/'))
        base.chop(1);
    url.setPath(base + path);
    if (!query.isEmpty())
        url.setQuery(query);
    return url;
}

QNetworkRequest ApiClient::request(const QString &path, const QUrlQuery &query) const
{
    QNetworkRequest request(page(path, query));
    request.setRawHeader("User-Agent", "Plimsoll-desktop/" + m_connection.version);
    if (!m_connection.key.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + m_connection.key);
    return request;
}

void ApiClient::get(const QString &path, const QUrlQuery &query, QObject *receiver,
                    std::function<void(const ApiAnswer &)> done)
{
    QNetworkRequest asked = request(path, query);
    asked.setTransferTimeout(idleTimeoutMs);
    await(m_network.get(asked), receiver, std::move(done));
}

void ApiClient::post(const QString &path, const QJsonObject &body, QObject *receiver,
                     std::function<void(const ApiAnswer &)> done)
{
    QNetworkRequest asked = request(path);
    asked.setTransferTimeout(idleTimeoutMs);
    asked.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
    await(m_network.post(asked, QJsonDocument(body).toJson(QJsonDocument::Compact)), receiver,
          std::move(done));
}

void ApiClient::await(QNetworkReply *reply, QObject *receiver, std::function<void(const ApiAnswer &)> done)
{
    QTimer::singleShot(wholeTimeoutMs, reply, &QNetworkReply::abort);
    connect(reply, &QNetworkReply::downloadProgress, reply, [reply](qint64 received) {
        if (received > maxBodyBytes)
            reply->abort();
    });
    connect(reply, &QNetworkReply::finished, reply, &QNetworkReply::deleteLater);
    connect(reply, &QNetworkReply::finished, receiver,
            [reply, done = std::move(done)] { done(answerOf(*reply)); });
}

ApiAnswer ApiClient::answerOf(QNetworkReply &reply)
{
    ApiAnswer answer;
    answer.status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    QJsonParseError parsed;
    const QByteArray bytes = reply.isOpen() ? reply.readAll() : QByteArray();
    answer.body = QJsonDocument::fromJson(bytes, &parsed).object();
    if (answer.status == 0) {
        answer.error = reply.errorString();
    } else if (answer.status >= 400 || reply.error() != QNetworkReply::NoError) {
        readError(answer.body, answer);
        if (answer.error.isEmpty())
            answer.error = QString("The server answered %1.").arg(answer.status);
    } else if (parsed.error != QJsonParseError::NoError) {
        answer.error = "The answer was not JSON.";
        answer.hint = "Is this the address of a Plimsoll?";
    }
    return answer;
}

} // namespace plimsoll::desktop

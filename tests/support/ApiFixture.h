#pragma once

#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace plimsoll::tests {

/// One answer of a route of the API.
struct ApiAnswer
{
    int status = 0; ///< 0: none came
    QJsonObject body = {};
    QByteArray raw = {};
    std::map<QByteArray, QByteArray> headers = {};

    QString code() const { return body["error"].toObject()["code"].toString(); }
    QString message() const { return body["error"].toObject()["message"].toString(); }
};

/// Asks the room over its port; `headers` are whole lines.
inline ApiAnswer ask(const HttpFixture &http, const QByteArray &method, const QByteArray &path,
                     const QByteArray &body = {}, const QByteArray &headers = {})
{
    RawClient client(http.port());
    const auto answer = client.ask(
        method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers +
        "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    if (!answer)
        return {};
    ApiAnswer out{answer->status, QJsonDocument::fromJson(answer->body).object(), answer->body};
    for (const char *name : {"content-disposition", "cache-control", "referrer-policy", "retry-after"})
        out.headers[name] = answer->header(name);
    return out;
}

} // namespace plimsoll::tests

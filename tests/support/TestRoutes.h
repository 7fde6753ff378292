#pragma once

#include "server/http/Router.h"

#include <thread>

namespace plimsoll::tests {

/// Answers with the body, the path and the query of the request.
inline void echo(const http::RequestPtr &request, http::Reply reply)
{
    http::Response response = http::Response::text(request->body);
    response.headers = {{"X-Path", QByteArray::fromStdString(request->path)},
                        {"X-Query", QByteArray::fromStdString(request->rawQuery)},
                        {"X-Size", QByteArray::number(request->body.size())}};
    reply.send(std::move(response));
}

inline void addRoute(http::Router &router, http::Method method, const char *pattern, http::Handler handler,
                     bool onIngestThread = false, qint64 maxBodyBytes = 1 << 20,
                     http::Access access = http::Access::Public)
{
    http::Route route;
    route.method = method;
    route.pattern = pattern;
    route.access = access;
    route.handler = std::move(handler);
    route.onIngestThread = onIngestThread;
    route.maxBodyBytes = maxBodyBytes;
    router.add(std::move(route));
}

/// "/in/{name}" on the ingest thread and "/page/{name}" on a page thread, GET and POST, both echo().
inline void addEchoRoutes(http::Router &router, qint64 maxBodyBytes = 4 << 20)
{
    for (const http::Method method : {http::Method::Get, http::Method::Post}) {
        addRoute(router, method, "/in/{name}", echo, true, maxBodyBytes);
        addRoute(router, method, "/page/{name}", echo, false, maxBodyBytes);
    }
}

/// A POST with Content-Length.
inline QByteArray post(const QByteArray &path, const QByteArray &body, const QByteArray &headers = {})
{
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
           "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

inline QByteArray get(const QByteArray &path, const QByteArray &headers = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

} // namespace plimsoll::tests

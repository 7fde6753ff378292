#pragma once

#include "storage/model/Result.h"

#include <QByteArray>
#include <QJsonObject>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::http {

/// A complete answer. Content-Length, Date, compression, HEAD and security headers are the connection's work.
struct Response
{
    int status = 200;
    QByteArray contentType = "application/json";
    QByteArray body;
    std::vector<std::pair<QByteArray, QByteArray>> headers;

    static Response json(const QJsonObject &object, int status = 200);
    static Response text(QByteArray body, QByteArray contentType = "text/plain; charset=utf-8");
    static Response noContent();
    /// The JSON error of DESIGN section 4 with the status of the error's code; Retry-After where a retry may
    /// succeed.
    static Response error(const Error &error);
    /// The same with a status and a code word of one's own.
    static Response error(int status, const char *code, const std::string &message,
                          const std::string &hint = {});
};

/// An answer that is written in pieces (export, server-sent events). Thread-safe; outlives the connection.
class Stream
{
public:
    virtual ~Stream() = default;
    /// Queues a piece; false once the client is gone, and then the writer should stop.
    virtual bool write(QByteArray piece) = 0;
    /// Bytes that the client has not taken yet; writers pause above a bound of their own.
    virtual qint64 pendingBytes() const = 0;
    virtual bool closed() const = 0;
    virtual void finish() = 0;
};

/// The right to answer one request, once. Movable to any thread; the answer hops to the connection's thread,
/// keeps the order of pipelined requests, and is dropped when the client has gone. A Reply that is destroyed
/// unanswered answers 500, so a request never hangs.
class Reply
{
public:
    class Connection; ///< implemented by the HTTP room

    explicit Reply(std::shared_ptr<Connection> connection);
    Reply(Reply &&) noexcept;
    Reply &operator=(Reply &&) noexcept;
    ~Reply();

    void send(Response response);
    /// Starts a streamed answer with the head of `response` (its body is the first piece).
    std::shared_ptr<Stream> startStream(Response response);
    /// True once the client has gone.
    bool clientGone() const;
    /// Calls back at once or later, on the connection's thread, when the client goes before it was answered.
    void onClientGone(std::function<void()> callback);

private:
    std::shared_ptr<Connection> m_connection;
};

} // namespace plimsoll::http

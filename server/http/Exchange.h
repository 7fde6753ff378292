#pragma once

#include "server/http/ReplyConnection.h"
#include "server/http/ResponseWriter.h"
#include "server/http/ServerContext.h"

#include <QObject>
#include <QThread>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace plimsoll::http {

class GuardedConnection;
class Mailbox;

/// The way from any thread to a connection that may be gone.
class ConnectionLink : public std::enable_shared_from_this<ConnectionLink>
{
public:
    /// Made on the connection's thread.
    ConnectionLink(GuardedConnection *connection, std::shared_ptr<Mailbox> mailbox);

    /// Runs `work` on the connection's thread: at once if this is it. False if the connection is gone; it may
    /// also go before the work's turn comes, and then the work is dropped.
    bool run(std::function<void(GuardedConnection &)> work);
    /// Called by the connection, on its thread, when it goes.
    void cut();

private:
    std::shared_ptr<Mailbox> m_mailbox;
    QThread *m_thread;
    GuardedConnection *m_connection; ///< only for its own thread
    std::atomic<bool> m_cut{false};
};

/// What a streamed answer has queued. Shared by its writer and the connection.
class StreamState
{
public:
    explicit StreamState(qint64 maxPending)
        : m_maxPending(maxPending)
    {
    }

    /// Counts bytes on their way to the connection's thread; false if the client is gone or too far behind.
    bool post(qint64 bytes);
    void arrived(qint64 bytes) { m_posted -= bytes; }
    void setBuffered(qint64 bytes) { m_buffered = bytes; }
    qint64 pending() const { return m_posted + m_buffered; }
    void close() { m_closed = true; }
    bool closed() const { return m_closed; }

private:
    const qint64 m_maxPending;
    std::atomic<qint64> m_posted{0};   ///< not yet seen by the connection
    std::atomic<qint64> m_buffered{0}; ///< not yet taken by the kernel
    std::atomic<bool> m_closed{false};
};

/// The bytes of a request's body that count against the budget, until the request was answered.
class BodyCharge
{
public:
    explicit BodyCharge(std::shared_ptr<std::atomic<int64_t>> inFlight)
        : m_inFlight(std::move(inFlight))
    {
    }
    ~BodyCharge() { release(); }
    BodyCharge(const BodyCharge &) = delete;
    BodyCharge &operator=(const BodyCharge &) = delete;

    void add(qint64 bytes)
    {
        m_bytes += bytes;
        *m_inFlight += bytes;
    }
    void release() { *m_inFlight -= m_bytes.exchange(0); }

private:
    const std::shared_ptr<std::atomic<int64_t>> m_inFlight;
    std::atomic<qint64> m_bytes{0};
};

/// One request and its answer. The handler's side is thread-safe; the fields below `wire` belong to the
/// connection's thread.
class Exchange final : public Reply::Connection, public std::enable_shared_from_this<Exchange>
{
public:
    Exchange(std::shared_ptr<ConnectionLink> link, const ServerContext &context, AnswerShape answerShape,
             int64_t startMs);

    void send(Response response) override;
    std::shared_ptr<Stream> startStream(Response response) override;
    bool answered() const override { return m_answered.load(); }
    bool clientGone() const override { return m_gone.load(); }
    void onClientGone(std::function<void()> callback) override;

    /// For the connection: it is going; tells who wants to know.
    void abandon();
    /// For the connection: marks it answered from within; false if it was already.
    bool claim() { return !m_answered.exchange(true); }

    AnswerShape shape;
    const int64_t startedMs; ///< steady clock
    BodyCharge charge;

    QByteArray wire;       ///< bytes to write, in order
    QByteArray wireBody;   ///< to write after them
    bool ready = false;    ///< all or, for a stream, the first bytes are there
    bool finished = false; ///< nothing more will come
    bool events = false;   ///< a stream of server-sent events
    std::shared_ptr<StreamState> stream;

private:
    std::shared_ptr<ConnectionLink> m_link;
    const qint64 m_maxStreamPending;
    const qint64 m_maxEventPending;
    std::atomic<bool> m_answered{false};
    std::atomic<bool> m_gone{false};
    std::mutex m_mutex;
    std::vector<std::function<void()>> m_goneCallbacks;
};

} // namespace plimsoll::http

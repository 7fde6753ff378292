#pragma once

#include "server/http/Poller.h"
#include "server/http/ServerContext.h"
#include "server/http/Transport.h"

#include <QAbstractHttpServer>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <unordered_set>

namespace plimsoll::http {

class Gate;
class GuardedConnection;
class GateServer;
class Mailbox;

/// Serves connections on the thread it lives on. It never listens: descriptors are given to it. Every byte is
/// checked and framed by the guard (Connection) before anything else sees it.
///
/// Make it on any thread, moveToThread() to one with an event loop, adopt() from any. Call shutDown() from
/// another thread before that loop ends; afterwards it may be deleted on any thread.
class Server final : public QAbstractHttpServer
{
public:
    enum class Reading {
        ThroughQt, ///< heads go through QtHttpServer, re-framed by the guard
        Direct ///< the guard reads the descriptor and hands requests to their route itself: for the ingest
               ///< thread
    };

    Server(const ServerContext &context, ThreadStats &stats, Reading reading);
    ~Server() override;

    /// With direct reading, who is told when requests are about to be read and when all that had come was.
    /// It outlives the server. To be set before the first connection comes.
    void setTurnListener(TurnListener *turns) { m_turns = turns; }

    /// Takes over a connected socket. Thread-safe. It counts as one of stats.connections already.
    void adopt(int descriptor, bool tls);

    /// Gives up the connection that can best be done without: a client that is slow to send, else one that
    /// does nothing. False where there was none a moment ago. Thread-safe.
    bool shed();

    /// Takes no more requests, lets those under way be answered for at most `grace`, then closes everything.
    /// Thread-safe and blocking: not on the server's own thread. False if some request was cut off.
    bool shutDown(std::chrono::milliseconds grace);

    /// The server whose connections the calling thread serves, or null: an owner for spawn() inside a
    /// handler.
    static Server *ofThisThread();

    const ServerContext &context() const { return m_context; }
    ThreadStats &threadStats() { return m_stats; }
    /// The Date header's value, made once a second.
    const QByteArray &date();
    bool drains() const { return m_drains; }

    /// For its connections: a request is complete.
    void deliver(GuardedConnection &connection);
    void introduce(Gate *gate);
    void forget(GuardedConnection *connection);
    std::shared_ptr<Mailbox> mailbox() const { return m_mailbox; }

protected:
    bool handleRequest(const QHttpServerRequest &request, QTcpSocket *socket) override;
    void missingHandler(const QHttpServerRequest &request, QTcpSocket *socket) override;

private:
    void take(int descriptor, bool tls);
    bool takeExpendable();
    std::unique_ptr<Transport> transportOver(int descriptor, bool tls);
    void sweep();
    void startDraining();
    void sayDrained();
    void closeAll();

    ServerContext m_context;
    ThreadStats &m_stats;
    Reading m_reading;
    std::shared_ptr<Mailbox> m_mailbox;
    TurnListener *m_turns = nullptr;
    std::unique_ptr<Poller> m_poller; ///< made on the thread
    GateServer *m_gates = nullptr;    ///< a child, made when first needed
    std::unique_ptr<QTimer> m_sweeper;
    std::unordered_set<GuardedConnection *> m_connections;
    QByteArray m_date;
    int64_t m_dateSecond = 0;
    bool m_drains = false;
    std::promise<void> m_drained; ///< fulfilled once all connections have ended
    bool m_drainedSaid = false;
    std::atomic<int> m_cutOff{0};
    std::atomic<size_t> m_expendable{0}; ///< connections that could be done without, as of the last sweep
};

} // namespace plimsoll::http

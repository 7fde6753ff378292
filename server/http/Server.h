#pragma once

#include "server/http/Authority.h"
#include "server/http/HttpStats.h"
#include "server/http/Limits.h"
#include "server/http/Tls.h"
#include "storage/model/Clock.h"

#include <QAbstractHttpServer>
#include <QTimer>

#include <chrono>
#include <memory>
#include <string>
#include <unordered_set>

namespace plimsoll::http {

class Connection;
class GateServer;

/// What all threads of the HTTP room share. It outlives them.
struct ServerContext
{
    const Router &router;
    Authority &authority;
    const Clock &clock;
    HttpStats &stats;
    Tls &tls;
    Limits limits;
};

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
        Direct ///< the guard hands requests to their route itself: 4-5 us less each, for the ingest thread
    };

    Server(const ServerContext &context, ThreadStats &stats, Reading reading);
    ~Server() override;

    /// Takes over a connected socket. Thread-safe. It counts as one of stats.connections already.
    void adopt(int descriptor, bool tls);

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

    /// For Connection: a request whose head is `head` is complete.
    void deliver(Connection &connection, const QByteArray &head);
    void forget(Connection *connection);

protected:
    bool handleRequest(const QHttpServerRequest &request, QTcpSocket *socket) override;
    void missingHandler(const QHttpServerRequest &request, QTcpSocket *socket) override;

private:
    void take(int descriptor, bool tls);
    void sweep();
    void startDraining();
    int closeAll();

    ServerContext m_context;
    ThreadStats &m_stats;
    Reading m_reading;
    std::unique_ptr<GateServer> m_gates;
    std::unique_ptr<QTimer> m_sweeper;
    std::unordered_set<Connection *> m_connections;
    QByteArray m_date;
    int64_t m_dateSecond = 0;
    bool m_drains = false;
};

} // namespace plimsoll::http

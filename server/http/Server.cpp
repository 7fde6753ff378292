#include "server/http/Server.h"

#include "server/http/DirectTransport.h"
#include "server/http/Gate.h"
#include "server/http/GuardedConnection.h"
#include "server/http/Mailbox.h"
#include "server/http/SocketTransport.h"
#include "server/http/SteadyClock.h"

#include <QDateTime>
#include <QLocale>
#include <QSslConfiguration>

#include <unistd.h>

namespace plimsoll::http {

namespace {

constexpr auto closeTime = std::chrono::seconds(10);

thread_local Server *serverOfThread = nullptr;

} // namespace

Server::Server(const ServerContext &context, ThreadStats &stats, Reading reading)
    : m_context(context)
    , m_stats(stats)
    , m_reading(reading)
    , m_mailbox(newMailbox(this))
{
}

Server::~Server()
{
    m_mailbox->close();
    closeAll();
}

Server *Server::ofThisThread() { return serverOfThread; }

void Server::adopt(int descriptor, bool tls)
{
    if (m_mailbox->post([this, descriptor, tls] { take(descriptor, tls); }))
        return;
    ::close(descriptor);
    m_context.stats.connections--;
}

bool Server::takeExpendable()
{
    size_t left = m_expendable;
    while (left > 0 && !m_expendable.compare_exchange_weak(left, left - 1)) {
    }
    return left > 0;
}

bool Server::shed()
{
    return takeExpendable() && m_mailbox->post([this] {
        GuardedConnection *worst = nullptr;
        int64_t most = 0;
        const int64_t nowMs = steadyMs();
        for (GuardedConnection *connection : m_connections) {
            const int64_t how = connection->expendability(nowMs);
            if (how > most) {
                most = how;
                worst = connection;
            }
        }
        if (worst)
            worst->abort();
    });
}

void Server::take(int descriptor, bool tls)
{
    serverOfThread = this;
    auto transport = m_drains ? nullptr : transportOver(descriptor, tls);
    if (!transport) {
        ::close(descriptor);
        m_context.stats.connections--;
        return;
    }
    m_expendable++; // until it has sent a request
    m_connections.insert(new GuardedConnection(*this, std::move(transport), tls));
    if (!m_sweeper) {
        m_sweeper = std::make_unique<QTimer>();
        connect(m_sweeper.get(), &QTimer::timeout, this, &Server::sweep);
    }
    if (!m_sweeper->isActive())
        m_sweeper->start(m_context.limits.sweepMs);
}

/// Null where there is no certificate for a client that wants one, or no room; the descriptor is still the
/// caller's then.
std::unique_ptr<Transport> Server::transportOver(int descriptor, bool tls)
{
    if (!tls && m_reading == Reading::Direct) {
        if (!m_poller)
            m_poller = std::make_unique<Poller>(m_turns);
        return std::make_unique<DirectTransport>(descriptor, *m_poller);
    }
    const auto configuration = tls ? m_context.tls.configuration() : nullptr;
    if (tls && !configuration)
        return nullptr;
    return SocketTransport::adopt(descriptor, configuration.get());
}

void Server::forget(GuardedConnection *connection)
{
    if (m_connections.erase(connection) == 0)
        return;
    m_context.stats.connections--;
    if (m_connections.empty() && m_drains)
        sayDrained();
}

void Server::sweep()
{
    const int64_t nowMs = steadyMs();
    const std::vector<GuardedConnection *> connections(m_connections.begin(), m_connections.end());
    size_t expendable = 0;
    for (GuardedConnection *connection : connections) {
        connection->tick(nowMs);
        expendable += connection->expendability(nowMs) > 0;
    }
    m_expendable = expendable;
    if (m_connections.empty())
        m_sweeper->stop();
}

void Server::deliver(GuardedConnection &connection)
{
    if (connection.noteDelivered())
        takeExpendable();
    if (m_reading == Reading::Direct) {
        connection.dispatch();
        return;
    }
    if (!connection.gate().feed(connection.reframedHead())) {
        qWarning("QtHttpServer did not take a request that the guard let through");
        connection.abort();
    }
}

void Server::introduce(Gate *gate)
{
    if (!m_gates) {
        m_gates = new GateServer;
        bind(m_gates);
    }
    m_gates->add(gate);
}

bool Server::handleRequest(const QHttpServerRequest &, QTcpSocket *socket)
{
    auto *gate = static_cast<Gate *>(socket);
    gate->noteDelivered();
    gate->connection().dispatch();
    return true;
}

void Server::missingHandler(const QHttpServerRequest &, QTcpSocket *) {}

const QByteArray &Server::date()
{
    const int64_t second = m_context.clock.nowMs() / 1000;
    if (second != m_dateSecond || m_date.isEmpty()) {
        m_dateSecond = second;
        m_date =
            QLocale::c()
                .toString(QDateTime::fromSecsSinceEpoch(second, Qt::UTC), u"ddd, dd MMM yyyy hh:mm:ss 'GMT'")
                .toLatin1();
    }
    return m_date;
}

void Server::startDraining()
{
    m_drains = true;
    const std::vector<GuardedConnection *> connections(m_connections.begin(), m_connections.end());
    for (GuardedConnection *connection : connections)
        connection->drain();
    if (m_connections.empty())
        sayDrained();
}

void Server::sayDrained()
{
    if (!std::exchange(m_drainedSaid, true))
        m_drained.set_value();
}

void Server::closeAll()
{
    const std::vector<GuardedConnection *> connections(m_connections.begin(), m_connections.end());
    for (GuardedConnection *connection : connections) {
        m_cutOff += connection->busy();
        delete connection;
    }
    m_sweeper.reset();
    m_poller.reset();
    delete std::exchange(m_gates, nullptr);
    serverOfThread = nullptr;
}

bool Server::shutDown(std::chrono::milliseconds grace)
{
    if (!m_mailbox->post([this] { startDraining(); }))
        return true;
    m_drained.get_future().wait_for(grace);
    const auto closed = std::make_shared<std::promise<void>>();
    auto closing = closed->get_future();
    const bool posted = m_mailbox->post([this, closed] {
        closeAll();
        m_mailbox->close();
        closed->set_value();
    });
    return (!posted || closing.wait_for(closeTime) == std::future_status::ready) && m_cutOff == 0;
}

} // namespace plimsoll::http

#pragma once

#include "server/http/Server.h"
#include "storage/model/Result.h"

#include <QDeadlineTimer>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::http {

/// The port. Accepts connections, waits for their first bytes, and gives each to the thread that suits its
/// first request: a route with onIngestThread goes to the ingest server, all else, and TLS, to the page
/// servers in turn.
///
/// Lives on any thread with an event loop (the main one); it does little. How the parts are put together:
///
///     http::Router router;                          // filled by server/api, server/ingest, the page
///     http::AccessControl access(documents, clock);
///     http::HttpStats stats;
///     http::Tls tls;
///     if (Status loaded = access.load(); !loaded) …
///     http::addAccessRoutes(router, access, info);
///     const http::ServerContext context{router, access, clock, stats, tls, http::Limits{}};
///     auto ingest = std::make_unique<http::Server>(context, stats.threads.emplace_back("ingest"),
///                                                  http::Server::Reading::Direct);
///     ingest->moveToThread(&ingestThread);
///     auto page = std::make_unique<http::Server>(context, stats.threads.emplace_back("page0"),
///                                                http::Server::Reading::ThroughQt);
///     page->moveToThread(&pageThread);
///     http::Listener listener(context, ingest.get(), {page.get()});
///     if (Status bound = listener.listen("127.0.0.1:9510"); !bound) …
///     …
///     listener.close();                             // stop: no new connections,
///     page->shutDown(5s); ingest->shutDown(5s);     // answers under way are finished,
///     pageThread.quit(); …                          // then the threads end
///
/// The router must be complete before listen(); context and servers outlive the listener.
class Listener final : public QObject
{
public:
    /// `ingest` may be null: then its connections go to the page servers too.
    Listener(const ServerContext &context, Server *ingest, std::vector<Server *> pages);
    ~Listener() override;

    /// "127.0.0.1:9510", "[::1]:9510", "0.0.0.0:9510", "*:9510" (IPv4 and IPv6), "localhost:9510" (both
    /// loopbacks),
    /// ":9510" (the same as "*"). Port 0 takes a free one. May be called once.
    Status listen(std::string_view address);

    /// The port that was bound, 0 before.
    quint16 port() const { return m_port; }
    /// Where a browser on this machine finds it: "http://127.0.0.1:9510".
    std::string url() const;
    /// True while every bound address is a loopback one.
    bool loopbackOnly() const { return m_loopbackOnly; }

    /// Closes the port and connections that have not sent anything yet.
    void close();

private:
    struct Waiting
    {
        std::unique_ptr<QSocketNotifier> notifier;
        QDeadlineTimer deadline;
    };
    struct Socket
    {
        int descriptor = -1;
        std::unique_ptr<QSocketNotifier> notifier;
    };

    Status bindTo(const QHostAddress &address, quint16 port, bool both);
    void acceptAll(int listening);
    bool makeRoom();
    void pauseAccepting();
    void resumeAccepting();
    void firstBytes(int descriptor);
    void route(int descriptor, std::string_view bytes);
    void stopWaiting(int descriptor);
    void drop(int descriptor);
    void sweep();

    ServerContext m_context;
    Server *m_ingest;
    std::vector<Server *> m_pages;
    size_t m_nextPage = 0;
    size_t m_nextShed = 0;
    std::vector<Socket> m_sockets;
    std::map<int, Waiting> m_waiting;
    QTimer m_sweeper{this}; ///< children, so that they move along to another thread
    QTimer m_resume{this};
    std::string m_host;
    quint16 m_port = 0;
    bool m_loopbackOnly = true;
};

} // namespace plimsoll::http

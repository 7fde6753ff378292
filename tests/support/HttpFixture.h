#pragma once

#include "server/http/AccessControl.h"
#include "server/http/AccessRoutes.h"
#include "server/http/Listener.h"
#include "server/http/Server.h"
#include "storage/backend/MemoryDocumentStore.h"

#include <QThread>

#include <atomic>
#include <memory>

namespace plimsoll::tests {

/// A clock that tests set; it stands still otherwise.
class SetClock final : public Clock
{
public:
    int64_t nowMs() const override { return m_nowMs; }
    void advance(int64_t ms) { m_nowMs += ms; }

private:
    std::atomic<int64_t> m_nowMs{1'700'000'000'000};
};

/// The HTTP room on a free port of the loopback: an ingest thread, a page thread and a thread that listens,
/// as the appliance has them. Add routes, then start().
class HttpFixture
{
public:
    HttpFixture() { limits.sweepMs = 20; }
    ~HttpFixture() { stop(); }

    void start(const std::string &address = "127.0.0.1:0")
    {
        if (Status loaded = access.load(); !loaded)
            qFatal("%s", loaded.error().message.c_str());
        http::addAccessRoutes(router, access, {"0.0.0", "test", clock.nowMs()});
        const http::ServerContext context{router, access, clock, stats, tls, limits};
        ingest = std::make_unique<http::Server>(context, stats.threads.emplace_back("ingest"),
                                                http::Server::Reading::Direct);
        page = std::make_unique<http::Server>(context, stats.threads.emplace_back("page"),
                                              http::Server::Reading::ThroughQt);
        listener =
            std::make_unique<http::Listener>(context, ingest.get(), std::vector<http::Server *>{page.get()});
        ingest->moveToThread(&ingestThread);
        page->moveToThread(&pageThread);
        listener->moveToThread(&listenThread);
        for (QThread *thread : {&ingestThread, &pageThread, &listenThread})
            thread->start();
        onListenThread([&] {
            if (Status bound = listener->listen(address); !bound)
                qFatal("%s", bound.error().message.c_str());
        });
    }

    /// The same as the appliance does it: no new connections, answers under way are finished, threads end.
    bool stop(std::chrono::milliseconds grace = std::chrono::seconds(10))
    {
        if (!listener)
            return true;
        onListenThread([&] { listener->close(); });
        const bool clean = page->shutDown(grace) && ingest->shutDown(grace);
        onListenThread([&] { listener.reset(); });
        for (QThread *thread : {&ingestThread, &pageThread, &listenThread}) {
            thread->quit();
            thread->wait();
        }
        page.reset();
        ingest.reset();
        return clean;
    }

    template<typename Work>
    void onListenThread(Work work)
    {
        QMetaObject::invokeMethod(listener.get(), work, Qt::BlockingQueuedConnection);
    }

    quint16 port() const { return listener->port(); }

    MemoryDocumentStore documents;
    SetClock clock;
    http::Router router;
    http::AccessControl access{documents, clock};
    http::HttpStats stats;
    http::Tls tls;
    http::Limits limits;
    QThread ingestThread;
    QThread pageThread;
    QThread listenThread;
    std::unique_ptr<http::Server> ingest;
    std::unique_ptr<http::Server> page;
    std::unique_ptr<http::Listener> listener;
};

} // namespace plimsoll::tests

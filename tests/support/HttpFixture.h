#pragma once

#include "server/http/AccessControl.h"
#include "server/http/AccessRoutes.h"
#include "server/http/Listener.h"
#include "server/http/Mailbox.h"
#include "server/http/Server.h"
#include "storage/backend/MemoryDocumentStore.h"

#include <QThread>

#include <atomic>
#include <functional>
#include <future>
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
        const http::ServerContext context{router, access, clock, stats, tls, limits, cors};
        ingest = std::make_unique<http::Server>(context, stats.threads.emplace_back("ingest"),
                                                http::Server::Reading::Direct);
        page = std::make_unique<http::Server>(context, stats.threads.emplace_back("page"), pageReading());
        listener =
            std::make_unique<http::Listener>(context, ingest.get(), std::vector<http::Server *>{page.get()});
        listenMailbox = http::newMailbox(&listenContext);
        ingest->moveToThread(&ingestThread);
        page->moveToThread(&pageThread);
        listener->moveToThread(&listenThread);
        listenContext.moveToThread(&listenThread);
        for (QThread *thread : {&ingestThread, &pageThread, &listenThread})
            thread->start();
        onListenThread([&] {
            if (Status bound = listener->listen(address); !bound)
                qFatal("%s", bound.error().message.c_str());
            m_port = listener->port();
            m_url = listener->url();
        });
    }

    /// How the page thread reads: as in the appliance, or, so that the same tests hold the other way of
    /// reading to the same rules, as PLIMSOLL_TEST_READING=direct says.
    static http::Server::Reading pageReading()
    {
        return qgetenv("PLIMSOLL_TEST_READING") == "direct" ? http::Server::Reading::Direct
                                                            : http::Server::Reading::ThroughQt;
    }

    /// The same as the appliance does it: no new connections, answers under way are finished, threads end.
    bool stop(std::chrono::milliseconds grace = std::chrono::seconds(10))
    {
        if (std::exchange(m_stopped, true) || m_url.empty())
            return true;
        onListenThread([&] { listener->close(); });
        const bool clean = page->shutDown(grace) && ingest->shutDown(grace);
        onListenThread([&] { listener.reset(); });
        for (QThread *thread : {&ingestThread, &pageThread, &listenThread}) {
            thread->quit();
            thread->wait();
        }
        listenMailbox->close();
        page.reset();
        ingest.reset();
        return clean;
    }

    /// Runs `work` on the listener's thread and waits for it, so that ThreadSanitizer sees the order of
    /// things.
    void onListenThread(std::function<void()> work)
    {
        const auto done = std::make_shared<std::promise<void>>();
        listenMailbox->post([this, work = std::move(work), done] {
            work();
            done->set_value();
        });
        done->get_future().wait();
    }

    quint16 port() const { return m_port; }
    /// As the listener says it, "http://127.0.0.1:40123".
    const std::string &url() const { return m_url; }

    MemoryDocumentStore documents;
    SetClock clock;
    http::Router router;
    http::AccessControl access{documents, clock};
    http::HttpStats stats;
    http::Tls tls;
    http::Limits limits;
    http::Cors cors;
    QThread ingestThread;
    QThread pageThread;
    QThread listenThread;
    std::unique_ptr<http::Server> ingest;
    std::unique_ptr<http::Server> page;
    std::unique_ptr<http::Listener> listener;
    QObject listenContext; ///< has the thread of the mailbox below
    std::shared_ptr<http::Mailbox> listenMailbox;

private:
    quint16 m_port = 0;
    std::string m_url;
    bool m_stopped = false;
};

} // namespace plimsoll::tests

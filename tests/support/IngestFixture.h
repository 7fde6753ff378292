#pragma once

#include "server/http/AccessControl.h"
#include "server/http/Listener.h"
#include "server/http/Server.h"
#include "server/ingest/Routes.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "tests/support/RawClient.h"
#include "tests/support/TemporaryEngine.h"

#include <optional>

namespace plimsoll::test {

/// The write paths on a free port of the loopback over a real engine, on the threads that the appliance has.
class IngestFixture
{
public:
    TemporaryEngine engine;
    http::Router router;

    IngestFixture()
        : m_access(m_documents, engine.clock)
        , m_ingest(*engine)
        , m_decoders(m_prices)
    {
        ingest::registerIngestRoutes(router, {m_ingest, m_decoders, m_prices, engine.clock});
        if (Status loaded = m_access.load(); !loaded)
            qFatal("%s", loaded.error().message.c_str());
        m_ingest.start();
        m_decoders.start();
        const http::ServerContext context{router, m_access, engine.clock, m_stats, m_tls, http::Limits{}};
        m_server = std::make_unique<http::Server>(context, m_stats.threads.emplace_back("ingest"),
                                                  http::Server::Reading::Direct);
        m_server->setTurnListener(&m_ingest);
        m_page = std::make_unique<http::Server>(context, m_stats.threads.emplace_back("page"),
                                                http::Server::Reading::ThroughQt);
        m_listener = std::make_unique<http::Listener>(context, m_server.get(),
                                                      std::vector<http::Server *>{m_page.get()});
        m_server->moveToThread(m_ingest.thread());
        m_page->moveToThread(&m_pageThread);
        m_listener->moveToThread(&m_pageThread);
        m_pageThread.start();
        onPageThread([&] {
            if (Status bound = m_listener->listen("127.0.0.1:0"); !bound)
                qFatal("%s", bound.error().message.c_str());
        });
    }

    ~IngestFixture()
    {
        onPageThread([&] { m_listener->close(); });
        m_page->shutDown(std::chrono::seconds(10));
        m_server->shutDown(std::chrono::seconds(10));
        onPageThread([&] { m_listener.reset(); });
        m_decoders.stop();
        m_ingest.stop();
        m_pageThread.quit();
        m_pageThread.wait();
    }

    quint16 port() const { return m_listener->port(); }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
    ingest::IngestThread &ingestThread() { return m_ingest; }
    http::AccessControl &access() { return m_access; }

    static QByteArray postBytes(const QByteArray &path, const QByteArray &body,
                                const QByteArray &headers = {})
    {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
               "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }
    /// Posts on a connection of its own.
    tests::RawAnswer post(const QByteArray &path, const QByteArray &body,
                          const QByteArray &headers = {}) const
    {
        tests::RawClient client(port());
        return client.ask(postBytes(path, body, headers)).value_or(tests::RawAnswer());
    }

private:
    template<typename Work>
    void onPageThread(Work work)
    {
        QMetaObject::invokeMethod(m_listener.get(), work, Qt::BlockingQueuedConnection);
    }

    MemoryDocumentStore m_documents;
    http::AccessControl m_access;
    http::HttpStats m_stats;
    http::Tls m_tls;
    ingest::Prices m_prices = ingest::Prices::shipped();
    ingest::IngestThread m_ingest;
    ingest::DecoderThread m_decoders;
    QThread m_pageThread;
    std::unique_ptr<http::Server> m_server;
    std::unique_ptr<http::Server> m_page;
    std::unique_ptr<http::Listener> m_listener;
};

} // namespace plimsoll::test

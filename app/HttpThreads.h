#pragma once

#include "server/http/Listener.h"

#include <QThread>

#include <memory>

namespace plimsoll::app {

/// The HTTP room on its threads: the write connections on the ingest thread, all others on one page thread.
class HttpThreads
{
public:
    /// `ingestThread` runs already or will; it, `turns` and what `context` refers to must outlive this.
    HttpThreads(const http::ServerContext &context, QThread *ingestThread, http::TurnListener &turns);
    ~HttpThreads();
    HttpThreads(const HttpThreads &) = delete;
    HttpThreads &operator=(const HttpThreads &) = delete;

    /// Its port may be bound before all routes are there: connections are accepted once the event loop runs.
    http::Listener &listener() { return m_listener; }

    /// No new connections; what is under way is answered, for at most a few seconds. The ingest thread must
    /// still run.
    void stop();

private:
    http::Server m_ingest;
    http::Server m_page;
    QThread m_pageThread;
    http::Listener m_listener;
    bool m_stopped = false;
};

} // namespace plimsoll::app

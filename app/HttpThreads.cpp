#include "app/HttpThreads.h"

#include <algorithm>
#include <chrono>

#include <sys/resource.h>

namespace plimsoll::app {

using namespace std::chrono_literals;

namespace {

/// Systems let a process have 1,024 files unless it asks, which is little more than the connections that are
/// let in.
void allowManyFiles()
{
    constexpr rlim_t enough = 65'536;
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= enough)
        return;
    files.rlim_cur = std::min(files.rlim_max, enough);
    ::setrlimit(RLIMIT_NOFILE, &files);
}

} // namespace

HttpThreads::HttpThreads(const http::ServerContext &context, QThread *ingestThread, http::TurnListener &turns)
    : m_ingest(context, context.stats.threads.emplace_back("ingest"), http::Server::Reading::Direct)
    , m_page(context, context.stats.threads.emplace_back("page"), http::Server::Reading::ThroughQt)
    , m_listener(context, &m_ingest, {&m_page})
{
    allowManyFiles();
    m_ingest.setTurnListener(&turns);
    m_ingest.moveToThread(ingestThread);
    m_page.moveToThread(&m_pageThread);
    m_pageThread.setObjectName(QStringLiteral("page"));
    m_pageThread.start();
}

HttpThreads::~HttpThreads() { stop(); }

void HttpThreads::stop()
{
    if (m_stopped)
        return;
    m_stopped = true;
    m_listener.close();
    m_page.shutDown(3s);
    m_ingest.shutDown(3s);
    m_pageThread.quit();
    m_pageThread.wait();
}

} // namespace plimsoll::app

#include "alerts/checks/CurlLoop.h"

#include <mutex>

namespace plimsoll::alerts {

namespace {

CURLM *makeMulti()
{
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    return curl_multi_init();
}

std::unique_ptr<QSocketNotifier> makeNotifier(curl_socket_t socket, QSocketNotifier::Type type,
                                              QObject *owner, std::function<void()> act)
{
    auto notifier = std::make_unique<QSocketNotifier>(socket, type);
    QObject::connect(notifier.get(), &QSocketNotifier::activated, owner, std::move(act));
    return notifier;
}

/// A notifier may be given up from within its own signal.
void drop(std::unique_ptr<QSocketNotifier> &notifier)
{
    if (!notifier)
        return;
    notifier->setEnabled(false);
    notifier.release()->deleteLater();
}

} // namespace

CurlLoop::CurlLoop(QObject *parent)
    : QObject(parent)
    , m_multi(makeMulti())
    , m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { act(CURL_SOCKET_TIMEOUT, 0); });
    curl_multi_setopt(m_multi, CURLMOPT_SOCKETFUNCTION, &CurlLoop::onSocket);
    curl_multi_setopt(m_multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(m_multi, CURLMOPT_TIMERFUNCTION, &CurlLoop::onTimer);
    curl_multi_setopt(m_multi, CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop()
{
    for (const auto &[transfer, done] : m_transfers)
        curl_multi_remove_handle(m_multi, transfer);
    curl_multi_cleanup(m_multi);
}

void CurlLoop::add(CURL *transfer, Done done)
{
    m_transfers[transfer] = std::move(done);
    curl_multi_add_handle(m_multi, transfer);
}

void CurlLoop::remove(CURL *transfer)
{
    if (m_transfers.erase(transfer) > 0)
        curl_multi_remove_handle(m_multi, transfer);
}

int CurlLoop::onSocket(CURL *, curl_socket_t socket, int what, void *loop, void *)
{
    static_cast<CurlLoop *>(loop)->watch(socket, what);
    return 0;
}

int CurlLoop::onTimer(CURLM *, long timeoutMs, void *loop)
{
    QTimer &timer = static_cast<CurlLoop *>(loop)->m_timer;
    if (timeoutMs < 0)
        timer.stop();
    else
        timer.start(std::chrono::milliseconds(timeoutMs));
    return 0;
}

void CurlLoop::watch(curl_socket_t socket, int what)
{
    Watch &entry = m_watches[socket];
    const bool gone = what == CURL_POLL_REMOVE;
    const bool reads = !gone && (what & CURL_POLL_IN);
    const bool writes = !gone && (what & CURL_POLL_OUT);
    if (!reads)
        drop(entry.read);
    else if (!entry.read)
        entry.read = makeNotifier(socket, QSocketNotifier::Read, this,
                                  [this, socket] { act(socket, CURL_CSELECT_IN); });
    if (!writes)
        drop(entry.write);
    else if (!entry.write)
        entry.write = makeNotifier(socket, QSocketNotifier::Write, this,
                                   [this, socket] { act(socket, CURL_CSELECT_OUT); });
    if (gone)
        m_watches.erase(socket);
}

void CurlLoop::act(curl_socket_t socket, int events)
{
    int running = 0;
    curl_multi_socket_action(m_multi, socket, events, &running);
    takeFinished();
}

void CurlLoop::takeFinished()
{
    std::vector<std::pair<Done, CURLcode>> ended;
    int left = 0;
    while (const CURLMsg *message = curl_multi_info_read(m_multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        const CURLcode result = message->data.result;
        CURL *transfer = message->easy_handle;
        const auto found = m_transfers.find(transfer);
        curl_multi_remove_handle(m_multi, transfer);
        if (found == m_transfers.end())
            continue;
        ended.emplace_back(std::move(found->second), result);
        m_transfers.erase(found);
    }
    for (const auto &[done, result] : ended)
        done(result);
}

} // namespace plimsoll::alerts

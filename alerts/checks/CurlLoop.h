#pragma once

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <curl/curl.h>

#include <functional>
#include <map>
#include <memory>

namespace plimsoll::alerts {

/// Transfers of libcurl on a Qt event loop (its multi_socket interface). Belongs to one thread.
class CurlLoop : public QObject
{
    Q_OBJECT

public:
    using Done = std::function<void(CURLcode)>;

    explicit CurlLoop(QObject *parent = nullptr);
    ~CurlLoop() override;

    /// Starts a transfer. `done` is called from the event loop, once, when the transfer has been taken out
    /// again; the handle stays the caller's.
    void add(CURL *transfer, Done done);
    /// Ends a transfer without a call.
    void remove(CURL *transfer);

private:
    struct Watch
    {
        std::unique_ptr<QSocketNotifier> read;
        std::unique_ptr<QSocketNotifier> write;
    };

    static int onSocket(CURL *transfer, curl_socket_t socket, int what, void *loop, void *unused);
    static int onTimer(CURLM *multi, long timeoutMs, void *loop);
    void watch(curl_socket_t socket, int what);
    void act(curl_socket_t socket, int events);
    void takeFinished();

    CURLM *m_multi;
    std::map<curl_socket_t, Watch> m_watches;
    std::map<CURL *, Done> m_transfers;
    QTimer m_timer;
};

} // namespace plimsoll::alerts

#pragma once

#include "server/http/Poller.h"
#include "server/http/Transport.h"

namespace plimsoll::http {

/// A transport straight over the descriptor: one system call to read a small request, one to answer it.
/// Without TLS.
class DirectTransport final : public Transport, private Poller::Watcher
{
public:
    /// Takes over a connected descriptor; `poller` outlives it.
    DirectTransport(int descriptor, Poller &poller);
    ~DirectTransport();
    DirectTransport(const DirectTransport &) = delete;
    DirectTransport &operator=(const DirectTransport &) = delete;

    void listen(Listener &listener) override;
    QHostAddress peer() const override;
    bool mayHaveMore() const override { return m_mayHaveMore; }
    qint64 read(QByteArray &out, qint64 maxBytes) override;
    bool discard() override;
    void write(const QByteArray &bytes) override;
    qint64 pendingBytes() const override { return m_pending.size() - m_sent; }
    void acknowledgeQuickly() override;
    void shutDownWriting() override;
    void closeWhenWritten() override;
    void abort() override;

private:
    void happened(uint32_t events) override;
    qint64 receive(char *data, qint64 size);
    qint64 send(const char *data, qint64 size);
    void sendPending();
    void watch();
    void close();

    int m_descriptor;
    Poller &m_poller;
    Listener *m_listener = nullptr;
    QByteArray m_pending; ///< the kernel did not take it yet
    qsizetype m_sent = 0; ///< of m_pending
    uint32_t m_watched = 0;
    bool m_mayHaveMore = true; ///< the last read filled its buffer, or nobody has read yet
    bool m_ended = false;      ///< the client sends nothing more
    bool m_closing = false;    ///< once all is written
};

} // namespace plimsoll::http

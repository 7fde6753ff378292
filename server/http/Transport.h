#pragma once

#include <QByteArray>
#include <QHostAddress>

namespace plimsoll::http {

/// The bytes of one client. Belongs to the thread of its server; never blocks.
class Transport
{
public:
    /// Who hears of it. Each may be called from within the transport's functions that say so, and otherwise
    /// from the event loop.
    class Listener
    {
    public:
        /// The TLS handshake is done; never without TLS.
        virtual void secured() = 0;
        /// Bytes may be there to be read.
        virtual void becameReadable() = 0;
        /// The kernel took what write() had kept back, or some of it.
        virtual void wrote() = 0;
        /// The client has gone, or was sent away. Comes once.
        virtual void disconnected() = 0;

    protected:
        ~Listener() = default;
    };

    virtual ~Transport() = default;

    /// Starts to report, and the TLS handshake where there is one. `listener` outlives it.
    virtual void listen(Listener &listener) = 0;
    virtual QHostAddress peer() const = 0;

    /// True where read() may find something. A false answer is always followed by becameReadable() when
    /// something comes.
    virtual bool mayHaveMore() const = 0;
    /// Appends at most `maxBytes` of what has arrived to `out`; the number of bytes, 0 where nothing is
    /// there.
    virtual qint64 read(QByteArray &out, qint64 maxBytes) = 0;
    /// Throws away what has arrived; false where nothing was there.
    virtual bool discard() = 0;

    /// Sends, or keeps what the kernel does not take at once.
    virtual void write(const QByteArray &bytes) = 0;
    /// Bytes that the kernel has not taken yet.
    virtual qint64 pendingBytes() const = 0;

    /// Acknowledges what came without delay, for clients that send head and body apart.
    virtual void acknowledgeQuickly() = 0;
    /// Tells the client that nothing more will be written. Only once nothing is pending.
    virtual void shutDownWriting() = 0;
    /// Closes when all is written; may call disconnected().
    virtual void closeWhenWritten() = 0;
    /// Closes at once; calls disconnected().
    virtual void abort() = 0;
};

} // namespace plimsoll::http

#pragma once

#include <QByteArray>

#include <memory>

namespace plimsoll::http {

/// Compresses a body that comes in pieces into one gzip member, in constant memory (about 300 KB). For one
/// thread at a time.
class GzipStream
{
public:
    GzipStream();
    ~GzipStream();
    GzipStream(const GzipStream &) = delete;
    GzipStream &operator=(const GzipStream &) = delete;

    /// What can be sent after `piece`; may be empty, as the compressor keeps some for later.
    QByteArray compress(const QByteArray &piece) { return run(piece, false); }
    /// The rest. Nothing may follow.
    QByteArray finish() { return run({}, true); }

private:
    struct State;
    QByteArray run(const QByteArray &piece, bool last);

    std::unique_ptr<State> m_state;
};

} // namespace plimsoll::http

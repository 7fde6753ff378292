#pragma once

#include "server/http/Response.h"

#include <atomic>
#include <memory>

namespace plimsoll::api {

/// A streamed answer whose writer, on a thread that may block, waits for a client that is behind: so that an
/// answer of any size takes little memory. Finishes the answer when it goes.
class PacedStream
{
public:
    /// `cancelled` must outlive it.
    PacedStream(std::shared_ptr<http::Stream> stream, const std::atomic<bool> &cancelled);
    ~PacedStream();
    PacedStream(const PacedStream &) = delete;
    PacedStream &operator=(const PacedStream &) = delete;

    /// False once the client is gone or the work was cancelled; then nothing more needs to be written.
    bool write(QByteArray piece);

private:
    std::shared_ptr<http::Stream> m_stream;
    const std::atomic<bool> &m_cancelled;
};

} // namespace plimsoll::api

#pragma once

#include "server/http/Response.h"

#include <atomic>
#include <chrono>
#include <memory>

namespace plimsoll::api {

/// A streamed answer whose writer, on a thread that may block, waits for a client that is behind: so that an
/// answer of any size takes little memory. A client that takes less than 16 KiB a second over more than a
/// minute is left, for it holds a thread. Finishes the answer when it goes; breaks it off, so that nobody
/// takes a part for the whole, when it goes by an exception or the work was cancelled.
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
    bool tooSlow() const;

    std::shared_ptr<http::Stream> m_stream;
    const std::atomic<bool> &m_cancelled;
    const std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
    const int m_exceptions;
    qint64 m_written = 0;
    bool m_broken = false;
};

} // namespace plimsoll::api

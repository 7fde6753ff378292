#include "server/api/PacedStream.h"

#include <chrono>
#include <thread>

namespace plimsoll::api {

namespace {
constexpr qint64 maxPendingBytes = 2 << 20;
} // namespace

PacedStream::PacedStream(std::shared_ptr<http::Stream> stream, const std::atomic<bool> &cancelled)
    : m_stream(std::move(stream))
    , m_cancelled(cancelled)
{
}

PacedStream::~PacedStream() { m_stream->finish(); }

bool PacedStream::write(QByteArray piece)
{
    while (m_stream->pendingBytes() > maxPendingBytes && !m_cancelled && !m_stream->closed())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return !m_cancelled && m_stream->write(std::move(piece));
}

} // namespace plimsoll::api

#include "server/api/PacedStream.h"

#include <exception>
#include <thread>

namespace plimsoll::api {

namespace {
constexpr qint64 maxPendingBytes = 2 << 20;
constexpr double graceSeconds = 60;
constexpr double minBytesPerSecond = 16 * 1024;
} // namespace

PacedStream::PacedStream(std::shared_ptr<http::Stream> stream, const std::atomic<bool> &cancelled)
    : m_stream(std::move(stream))
    , m_cancelled(cancelled)
    , m_exceptions(std::uncaught_exceptions())
{
}

PacedStream::~PacedStream()
{
    if (!m_broken && !m_cancelled && std::uncaught_exceptions() == m_exceptions)
        m_stream->finish();
}

bool PacedStream::write(QByteArray piece)
{
    while (m_stream->pendingBytes() > maxPendingBytes && !m_cancelled && !m_stream->closed() && !tooSlow())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    m_written += piece.size();
    m_broken = m_broken || m_cancelled || tooSlow() || !m_stream->write(std::move(piece));
    return !m_broken;
}

bool PacedStream::tooSlow() const
{
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
    const qint64 pending = m_stream->pendingBytes();
    return seconds > graceSeconds && pending > maxPendingBytes &&
           static_cast<double>(m_written - pending) < seconds * minBytesPerSecond;
}

} // namespace plimsoll::api

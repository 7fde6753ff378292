#include "server/http/GzipStream.h"

#include <array>
#include <new>

#include <zlib.h>

namespace plimsoll::http {

namespace {

constexpr int level = 1; ///< exports compress well at any, and this one keeps up with the disk
constexpr int gzipWindow = 15 + 16;
constexpr int memoryLevel = 8;

} // namespace

struct GzipStream::State
{
    z_stream stream{};
};

GzipStream::GzipStream()
    : m_state(std::make_unique<State>())
{
    if (deflateInit2(&m_state->stream, level, Z_DEFLATED, gzipWindow, memoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        throw std::bad_alloc();
}

GzipStream::~GzipStream() { deflateEnd(&m_state->stream); }

QByteArray GzipStream::run(const QByteArray &piece, bool last)
{
    z_stream &stream = m_state->stream;
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(piece.constData()));
    stream.avail_in = static_cast<uInt>(piece.size());
    QByteArray out;
    std::array<char, 64 * 1024> block;
    do {
        stream.next_out = reinterpret_cast<Bytef *>(block.data());
        stream.avail_out = static_cast<uInt>(block.size());
        deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
        out.append(block.data(), qsizetype(block.size() - stream.avail_out));
    } while (stream.avail_out == 0);
    return out;
}

} // namespace plimsoll::http

#include "server/ingest/ImportSource.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace plimsoll::ingest {
namespace {

constexpr size_t pieceBytes = 1 << 20;

/// A descriptor that is closed with its owner, unless it is standard input.
class InputFile
{
public:
    explicit InputFile(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    InputFile(InputFile &&other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1))
    {
    }
    InputFile &operator=(InputFile &&) = delete;
    ~InputFile()
    {
        if (m_descriptor > STDIN_FILENO)
            ::close(m_descriptor);
    }
    /// Fills as much of the buffer as there is; 0 at the end.
    Result<size_t> read(char *buffer, size_t size) const
    {
        size_t filled = 0;
        while (filled < size) {
            const ssize_t got = ::read(m_descriptor, buffer + filled, size - filled);
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return Error{ErrorCode::Unavailable,
                             std::string("The input cannot be read: ") + std::strerror(errno) + ".",
                             {}};
            if (got == 0)
                break;
            filled += static_cast<size_t>(got);
        }
        return filled;
    }
    uint64_t size() const
    {
        struct stat status = {};
        return fstat(m_descriptor, &status) == 0 && S_ISREG(status.st_mode)
                   ? static_cast<uint64_t>(status.st_size)
                   : 0;
    }

private:
    int m_descriptor;
};

/// The input in pieces, the first of which was read already to look at it.
class RawSource : public ImportSource
{
public:
    RawSource(InputFile file, std::string first)
        : m_file(std::move(file))
        , m_piece(std::move(first))
    {
        m_bytesTotal = m_file.size();
        m_bytesRead = m_piece.size();
    }

protected:
    /// The next piece of the file, empty at the end.
    Result<std::string> nextPiece()
    {
        if (!m_piece.empty())
            return std::exchange(m_piece, {});
        std::string piece(pieceBytes, '\0');
        const auto got = m_file.read(piece.data(), piece.size());
        if (!got)
            return got.error();
        piece.resize(*got);
        m_bytesRead += *got;
        return piece;
    }

private:
    InputFile m_file;
    std::string m_piece;
};

class PlainSource final : public RawSource
{
public:
    using RawSource::RawSource;

    Result<bool> read(std::string &out) override
    {
        const auto piece = nextPiece();
        if (!piece)
            return piece.error();
        out += *piece;
        return !piece->empty();
    }
};

const Error brokenStream{ErrorCode::Corrupt, "The compressed input is damaged or cut off.", {}};

class GzipSource final : public RawSource
{
public:
    GzipSource(InputFile file, std::string first)
        : RawSource(std::move(file), std::move(first))
    {
        inflateInit2(&m_stream, 15 + 16);
    }
    ~GzipSource() override { inflateEnd(&m_stream); }

    Result<bool> read(std::string &out) override
    {
        if (m_stream.avail_in == 0) {
            auto piece = nextPiece();
            if (!piece)
                return piece.error();
            m_input = std::move(*piece);
            m_stream.next_in = reinterpret_cast<Bytef *>(m_input.data());
            m_stream.avail_in = static_cast<uInt>(m_input.size());
        }
        if (m_stream.avail_in == 0)
            return m_betweenMembers ? Result<bool>(false) : Result<bool>(brokenStream);
        return inflatePiece(out) ? Result<bool>(true) : Result<bool>(brokenStream);
    }

private:
    bool inflatePiece(std::string &out)
    {
        const size_t before = out.size();
        out.resize(before + pieceBytes);
        m_stream.next_out = reinterpret_cast<Bytef *>(out.data() + before);
        m_stream.avail_out = pieceBytes;
        const int result = inflate(&m_stream, Z_NO_FLUSH);
        out.resize(before + (pieceBytes - m_stream.avail_out));
        m_betweenMembers = result == Z_STREAM_END;
        if (m_betweenMembers)
            return inflateReset(&m_stream) == Z_OK;
        return result == Z_OK || result == Z_BUF_ERROR;
    }

    z_stream m_stream = {};
    std::string m_input;
    bool m_betweenMembers = false;
};

class ZstdSource final : public RawSource
{
public:
    ZstdSource(InputFile file, std::string first)
        : RawSource(std::move(file), std::move(first))
        , m_stream(ZSTD_createDStream(), &ZSTD_freeDStream)
    {
    }

    Result<bool> read(std::string &out) override
    {
        if (m_buffer.pos == m_buffer.size) {
            auto piece = nextPiece();
            if (!piece)
                return piece.error();
            m_input = std::move(*piece);
            m_buffer = {m_input.data(), m_input.size(), 0};
        }
        if (m_buffer.size == 0 && !m_pending)
            return m_frameEnded ? Result<bool>(false) : Result<bool>(brokenStream);
        const size_t before = out.size();
        out.resize(before + pieceBytes);
        ZSTD_outBuffer target{out.data() + before, pieceBytes, 0};
        const size_t left = ZSTD_decompressStream(m_stream.get(), &target, &m_buffer);
        out.resize(before + target.pos);
        if (ZSTD_isError(left))
            return brokenStream;
        m_frameEnded = left == 0;
        m_pending = target.pos == target.size && left != 0;
        return true;
    }

private:
    std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream *)> m_stream;
    std::string m_input;
    ZSTD_inBuffer m_buffer{nullptr, 0, 0};
    bool m_frameEnded = false;
    bool m_pending = false; ///< output filled up: more may come without input
};

} // namespace

Result<std::unique_ptr<ImportSource>> ImportSource::open(const std::filesystem::path &path)
{
    const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return Error{errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Invalid,
                     "Cannot open " + path.string() + ": " + std::strerror(errno) + ".",
                     {}};
    InputFile file(descriptor);
    std::string first(pieceBytes, '\0');
    const auto got = file.read(first.data(), first.size());
    if (!got)
        return got.error();
    first.resize(*got);
    if (first.starts_with("\x1f\x8b"))
        return std::unique_ptr<ImportSource>(new GzipSource(std::move(file), std::move(first)));
    if (first.starts_with("\x28\xb5\x2f\xfd"))
        return std::unique_ptr<ImportSource>(new ZstdSource(std::move(file), std::move(first)));
    return std::unique_ptr<ImportSource>(new PlainSource(std::move(file), std::move(first)));
}

} // namespace plimsoll::ingest

#pragma once

#include <QByteArray>

#include <cstdint>
#include <string_view>

namespace plimsoll::http {

/// Undoes the chunked transfer coding (RFC 9112, section 7.1), strictly: what another reader could frame
/// otherwise is Bad. Extensions and trailers are skipped, up to 16 KiB of them.
class ChunkDecoder
{
public:
    enum class State { NeedsMore, Done, Bad, TooLarge };

    /// Takes bytes from the front of `in`, appends their content to `out`, and says how it stands. After Done
    /// the rest of `in` belongs to the next request.
    State feed(std::string_view &in, QByteArray &out, qint64 maxBytes);

private:
    enum class Part {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataCr,
        DataLf,
        TrailerStart,
        Trailer,
        TrailerLf,
        LastLf,
        Finished
    };

    bool step(char c);
    bool sizeDigit(char c);
    bool countOverhead() { return ++m_overhead <= 16 * 1024; }

    Part m_part = Part::Size;
    uint64_t m_left = 0; ///< of this chunk
    int m_digits = 0;
    int m_overhead = 0;
};

} // namespace plimsoll::http

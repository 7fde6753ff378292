#include "server/http/ChunkDecoder.h"

namespace plimsoll::http {

ChunkDecoder::State ChunkDecoder::feed(std::string_view &in, QByteArray &out, qint64 maxBytes)
{
    while (!in.empty()) {
        if (m_part == Part::Data) {
            if (m_left > uint64_t(maxBytes - out.size()))
                return State::TooLarge;
            const size_t count = std::min<uint64_t>(m_left, in.size());
            out.append(in.data(), qsizetype(count));
            in.remove_prefix(count);
            m_left -= count;
            m_part = m_left ? Part::Data : Part::DataCr;
            continue;
        }
        if (!step(in.front()))
            return State::Bad;
        in.remove_prefix(1);
        if (m_part == Part::Finished)
            return State::Done;
    }
    return State::NeedsMore;
}

bool ChunkDecoder::sizeDigit(char c)
{
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0 || ++m_digits > 15)
        return false;
    m_left = m_left * 16 + uint64_t(digit);
    return true;
}

bool ChunkDecoder::step(char c)
{
    switch (m_part) {
    case Part::Size:
        if (m_digits > 0 && (c == '\r' || c == ';')) {
            m_part = c == ';' ? Part::Extension : Part::SizeEnd;
            return true;
        }
        return sizeDigit(c);
    case Part::Extension:
        if (c == '\r')
            m_part = Part::SizeEnd;
        return c != '\n' && countOverhead();
    case Part::SizeEnd:
        m_part = m_left ? Part::Data : Part::TrailerStart;
        m_digits = 0;
        return c == '\n';
    case Part::DataCr:
        m_part = Part::DataLf;
        return c == '\r';
    case Part::DataLf:
        m_part = Part::Size;
        return c == '\n';
    case Part::TrailerStart:
        m_part = c == '\r' ? Part::LastLf : Part::Trailer;
        return c != '\n' && countOverhead();
    case Part::Trailer:
        if (c == '\r')
            m_part = Part::TrailerLf;
        return c != '\n' && countOverhead();
    case Part::TrailerLf:
        m_part = Part::TrailerStart;
        return c == '\n';
    case Part::LastLf:
        m_part = Part::Finished;
        return c == '\n';
    case Part::Data:
    case Part::Finished:
        break;
    }
    return false;
}

} // namespace plimsoll::http

#include "server/ingest/SnappyStream.h"

#include <algorithm>
#include <cstring>

namespace plimsoll::ingest {
namespace {

enum ElementType : uint8_t { Literal, NearCopy, Copy, FarCopy };
constexpr size_t step = SnappyStream::slackBytes; ///< what takeMany() moves at once
constexpr size_t longestShortLiteral = 60;
constexpr size_t aheadBytes = 2048; ///< of the input, which another core may have written

size_t littleEndian(const uint8_t *bytes, size_t count)
{
    size_t number = 0;
    for (size_t i = 0; i < count; i++)
        number |= size_t(bytes[i]) << (8 * i);
    return number;
}

} // namespace

SnappyStream::SnappyStream(std::string_view elements, char *room, size_t contentBytes)
    : m_in(reinterpret_cast<const uint8_t *>(elements.data()))
    , m_inEnd(m_in + elements.size())
    , m_begin(room)
    , m_out(room)
    , m_end(room + contentBytes)
{
}

void SnappyStream::advance(size_t bytes)
{
    for (size_t at = 0; at < std::min(aheadBytes, inputLeft()); at += 64)
        __builtin_prefetch(m_in + at);
    const char *goal = m_begin + std::min(bytes, static_cast<size_t>(m_end - m_begin));
    while (m_out < goal && !m_stuck) {
        takeMany(goal);
        if (m_out < goal)
            m_stuck = !takeOne();
    }
    m_stuck = m_stuck || m_out > m_end;
    m_out = std::min(m_out, m_end);
}

/// While the ends are far away, an element moves a whole step of bytes, of which the next one overwrites what
/// was too much. Leaves to takeOne() what is rare.
void SnappyStream::takeMany(const char *goal)
{
    const uint8_t *in = m_in;
    char *out = m_out;
    while (out < goal && m_inEnd - in > static_cast<ptrdiff_t>(step)) {
        const uint8_t tag = *in;
        size_t size = (tag >> 2) + size_t(1);
        size_t distance = 0;
        size_t used = 0;
        if ((tag & 3) == Literal) {
            if (size > longestShortLiteral)
                break;
            std::memcpy(out, in + 1, step);
            in += 1 + size;
            out += size;
            continue;
        }
        if ((tag & 3) == Copy) {
            distance = littleEndian(in + 1, 2);
            used = 3;
        } else if ((tag & 3) == NearCopy) {
            size = 4 + (size_t(tag) >> 2 & 7);
            distance = size_t(tag >> 5) << 8 | in[1];
            used = 2;
        } else {
            break;
        }
        if (distance < step || distance > static_cast<size_t>(out - m_begin))
            break;
        std::memcpy(out, out - distance, step);
        in += used;
        out += size;
    }
    m_in = in;
    m_out = out;
}

/// False where there is no element that fits.
bool SnappyStream::takeOne()
{
    const size_t left = inputLeft();
    if (left == 0)
        return false;
    const uint8_t tag = *m_in;
    const size_t number = (size_t(tag) >> 2) + 1;
    switch (tag & 3) {
    case Literal: {
        const size_t more = number > longestShortLiteral ? number - longestShortLiteral : 0;
        if (left < 1 + more)
            return false;
        m_in += 1 + more;
        return takeLiteral(more == 0 ? number : littleEndian(m_in - more, more) + 1);
    }
    case NearCopy:
        if (left < 2)
            return false;
        m_in += 2;
        return takeCopy(4 + (size_t(tag) >> 2 & 7), size_t(tag >> 5) << 8 | m_in[-1]);
    case Copy:
        if (left < 3)
            return false;
        m_in += 3;
        return takeCopy(number, littleEndian(m_in - 2, 2));
    default:
        if (left < 5)
            return false;
        m_in += 5;
        return takeCopy(number, littleEndian(m_in - 4, 4));
    }
}

bool SnappyStream::takeLiteral(size_t size)
{
    if (size > inputLeft() || size > roomLeft())
        return false;
    std::memcpy(m_out, m_in, size);
    m_in += size;
    m_out += size;
    return true;
}

/// The bytes may repeat themselves.
bool SnappyStream::takeCopy(size_t size, size_t distance)
{
    if (distance == 0 || distance > this->size() || size > roomLeft())
        return false;
    const char *from = m_out - distance;
    if (distance >= size)
        std::memcpy(m_out, from, size);
    else
        for (size_t i = 0; i < size; i++)
            m_out[i] = from[i];
    m_out += size;
    return true;
}

} // namespace plimsoll::ingest

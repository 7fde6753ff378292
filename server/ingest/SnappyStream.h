#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace plimsoll::ingest {

/// Decompresses a snappy block piece by piece, so that what was decompressed is read while it is still in the
/// nearest cache; the library decompresses whole blocks only.
///
/// Bytes that are no snappy block stop it: they never lead out of the input or of the room. Source:
/// google/snappy/format_description.txt.
class SnappyStream
{
public:
    static constexpr size_t slackBytes = 64; ///< that the room has beyond the block's content

    /// `elements` is the block without the length at its start, `contentBytes` that length; `room` has so
    /// many bytes and the slack. Both outlive it.
    SnappyStream(std::string_view elements, char *room, size_t contentBytes);

    /// Goes on until so many bytes of content are there, or all, or it is stuck. What is there is the start
    /// of what the whole block means.
    void advance(size_t bytes);
    /// How many bytes of content are there.
    size_t size() const { return static_cast<size_t>(m_out - m_begin); }
    /// All is there, and nothing is left over.
    bool isWhole() const { return m_out == m_end && m_in == m_inEnd && !m_stuck; }

private:
    void takeMany(const char *goal);
    bool takeOne();
    bool takeLiteral(size_t size);
    bool takeCopy(size_t size, size_t distance);
    size_t inputLeft() const { return static_cast<size_t>(m_inEnd - m_in); }
    size_t roomLeft() const { return static_cast<size_t>(m_end - m_out); }

    const uint8_t *m_in;
    const uint8_t *m_inEnd;
    char *m_begin;
    char *m_out;
    char *m_end;
    bool m_stuck = false;
};

} // namespace plimsoll::ingest

#pragma once

#include "storage/engine/Disk.h"
#include "storage/engine/JournalFrame.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::journal {

/// Finds the whole frames of one segment, in order.
class SegmentReader
{
public:
    SegmentReader(const DiskFile &file, uint64_t segment)
        : m_file(file)
        , m_segment(segment)
    {
    }

    struct Frame
    {
        uint64_t sequence = 0;
        std::string_view payload; ///< until the next call
        bool skipped = false;     ///< something that is no whole frame lay before it
    };
    /// The next whole frame of at least this sequence. Looks on beyond damaged blocks to the end of the file.
    Result<std::optional<Frame>> next(uint64_t atLeast);
    /// Whether a frame that was begun and is not whole lies behind the last whole one.
    bool endsTorn() const { return m_torn; }

private:
    Result<std::string_view> bytesAt(uint64_t offset, size_t size);

    const DiskFile &m_file;
    uint64_t m_segment;
    uint64_t m_offset = blockBytes;
    std::string m_buffer;
    uint64_t m_bufferOffset = 0;
    bool m_torn = false;
};

} // namespace plimsoll::journal

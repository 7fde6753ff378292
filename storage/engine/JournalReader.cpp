#include "storage/engine/JournalReader.h"

#include <algorithm>

namespace plimsoll::journal {

namespace {
constexpr size_t readAhead = 1 << 20;
} // namespace

Result<std::string_view> SegmentReader::bytesAt(uint64_t offset, size_t size)
{
    const bool buffered = offset >= m_bufferOffset && offset + size <= m_bufferOffset + m_buffer.size();
    if (!buffered) {
        const uint64_t left = m_file.size() - std::min(offset, m_file.size());
        m_buffer.resize(std::min<uint64_t>(std::max(size, readAhead), left));
        const auto got = m_file.read(offset, m_buffer.data(), m_buffer.size());
        if (!got)
            return got.error();
        m_buffer.resize(*got);
        m_bufferOffset = offset;
    }
    return std::string_view(m_buffer).substr(offset - m_bufferOffset, size);
}

Result<std::optional<SegmentReader::Frame>> SegmentReader::next(uint64_t atLeast)
{
    bool skipped = false;
    m_torn = false;
    for (const uint64_t end = m_file.size(); m_offset + frameHeadBytes <= end; m_offset += blockBytes) {
        const auto bytes = bytesAt(m_offset, frameHeadBytes);
        if (!bytes)
            return bytes.error();
        const auto head = readFrameHead(*bytes);
        const bool ours = head && head->segment == m_segment && head->sequence >= atLeast &&
                          m_offset + frameHeadBytes + head->payloadBytes <= end;
        if (ours) {
            const auto whole = bytesAt(m_offset, frameHeadBytes + head->payloadBytes);
            if (!whole)
                return whole.error();
            if (frameHolds(*head, *whole)) {
                m_torn = false;
                m_offset += roundUp(frameHeadBytes + head->payloadBytes);
                return std::optional(Frame{head->sequence, whole->substr(frameHeadBytes), skipped});
            }
            m_torn = true;
        }
        skipped = true;
    }
    return std::optional<Frame>();
}

} // namespace plimsoll::journal

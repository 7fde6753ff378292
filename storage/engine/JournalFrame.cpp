#include "storage/engine/JournalFrame.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/Crc32c.h"

namespace plimsoll::journal {

namespace {
constexpr std::string_view segmentMagic = "PLJS";
constexpr std::string_view frameMagic = "PLJF";
constexpr uint32_t version = 1;
constexpr size_t checkedHeadBytes = 28;
} // namespace

std::string makeSegmentHead(const SegmentHead &head)
{
    std::string out(segmentMagic);
    appendFixed(out, version);
    appendFixed(out, head.number);
    appendFixed(out, head.firstSequence);
    appendFixed(out, crc32c(out));
    out.resize(blockBytes);
    return out;
}

std::optional<SegmentHead> readSegmentHead(std::string_view bytes)
{
    if (bytes.size() < segmentHeadBytes || !bytes.starts_with(segmentMagic))
        return std::nullopt;
    const uint32_t expected = crc32c(bytes.substr(0, segmentHeadBytes - sizeof(uint32_t)));
    bytes.remove_prefix(segmentMagic.size());
    SegmentHead head;
    uint32_t foundVersion = 0;
    uint32_t checksum = 0;
    takeFixed(bytes, foundVersion);
    takeFixed(bytes, head.number);
    takeFixed(bytes, head.firstSequence);
    takeFixed(bytes, checksum);
    if (foundVersion != version || checksum != expected)
        return std::nullopt;
    return head;
}

void makeFrame(uint64_t segment, uint64_t sequence, std::string_view payload, std::string &out)
{
    out.clear();
    out += frameMagic;
    appendFixed(out, version);
    appendFixed(out, segment);
    appendFixed(out, sequence);
    appendFixed(out, static_cast<uint32_t>(payload.size()));
    appendFixed(out, crc32c(payload, crc32c(out)));
    out += payload;
    out.resize(roundUp(out.size()));
}

std::optional<FrameHead> readFrameHead(std::string_view bytes)
{
    if (bytes.size() < frameHeadBytes || !bytes.starts_with(frameMagic))
        return std::nullopt;
    bytes.remove_prefix(frameMagic.size());
    FrameHead head;
    uint32_t foundVersion = 0;
    takeFixed(bytes, foundVersion);
    takeFixed(bytes, head.segment);
    takeFixed(bytes, head.sequence);
    takeFixed(bytes, head.payloadBytes);
    takeFixed(bytes, head.checksum);
    if (foundVersion != version)
        return std::nullopt;
    return head;
}

bool frameHolds(const FrameHead &head, std::string_view bytes)
{
    if (bytes.size() < frameHeadBytes + size_t(head.payloadBytes))
        return false;
    const uint32_t ofHead = crc32c(bytes.substr(0, checkedHeadBytes));
    return crc32c(bytes.substr(frameHeadBytes, head.payloadBytes), ofHead) == head.checksum;
}

} // namespace plimsoll::journal

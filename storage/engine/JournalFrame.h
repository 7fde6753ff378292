#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::journal {

/// Frames and segment heads start at multiples of this and fill it up.
inline constexpr uint64_t blockBytes = 4096;
inline constexpr size_t frameHeadBytes = 32;
inline constexpr size_t segmentHeadBytes = 28;

struct SegmentHead
{
    uint64_t number = 0;
    uint64_t firstSequence = 0;
};

struct FrameHead
{
    uint64_t segment = 0;
    uint64_t sequence = 0;
    uint32_t payloadBytes = 0;
    uint32_t checksum = 0;
};

constexpr uint64_t roundUp(uint64_t bytes) { return (bytes + blockBytes - 1) / blockBytes * blockBytes; }

/// A block with the head of a segment.
std::string makeSegmentHead(const SegmentHead &head);
/// The head from at least segmentHeadBytes untrusted bytes, or nothing.
std::optional<SegmentHead> readSegmentHead(std::string_view bytes);

/// Replaces `out` by a whole padded frame.
void makeFrame(uint64_t segment, uint64_t sequence, std::string_view payload, std::string &out);
/// The head from at least frameHeadBytes untrusted bytes, or nothing; the checksum is not tested.
std::optional<FrameHead> readFrameHead(std::string_view bytes);
/// Whether head and payload are what was written; `bytes` starts with the head and holds all of the payload.
bool frameHolds(const FrameHead &head, std::string_view bytes);

} // namespace plimsoll::journal

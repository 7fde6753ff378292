#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A sample in the raw tail of a series in the head.
struct HeadEntry
{
    int32_t offsetMs; ///< from the window's start
    uint32_t stamp;   ///< its commit less the first one of the window
    double value;
};

/// What the next slice of a series is told against; where a run of slices begins all is 0.
struct SliceState
{
    int64_t integer = 0;
    int32_t offsetMs = 0;
    int32_t stepMs = 0;
    uint8_t places = 0;
};

inline constexpr size_t maxSliceSamples = 16;
inline constexpr size_t maxSliceBytes = 320;

/// Writes 1 to maxSliceSamples samples as a slice (CHECKPOINT.md, "Slices") to at least maxSliceBytes;
/// returns how many bytes it takes.
size_t encodeSlice(std::span<const HeadEntry> entries, bool withStamps, SliceState &state, char *out);

/// Takes a slice off untrusted bytes into room for maxSliceSamples; returns how many samples it has, 0 where
/// there is none.
size_t decodeSlice(std::string_view &bytes, SliceState &state, HeadEntry *out);

/// How far decodePlainSlices() may read behind the bytes that it is given.
inline constexpr size_t sliceReadAhead = sizeof(uint64_t);

/// Takes slices off the front that carry no stamps, and appends their samples as columns; times are offsets
/// from `startMs`. Ends at the first other slice, at the end of the bytes, or at what is not a slice.
void decodePlainSlices(std::string_view &bytes, SliceState &state, int64_t startMs,
                       std::vector<int64_t> &timesMs, std::vector<double> &values);

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

/// One way to write times that rise; the forms are in storage/engine/PACK.md ("Clocks"). Exact for any times,
/// small for those that rise.
struct ClockCodec
{
    uint8_t id;
    std::string_view name;
    /// Appends the times, or leaves `out` alone and returns false where this codec cannot carry them.
    bool (*encode)(std::span<const int64_t> times, int64_t start, std::string &out);
    /// Fills `out` from untrusted bytes; false where they are not exactly so many times.
    bool (*decode)(std::string_view bytes, int64_t start, std::span<int64_t> out);
};

/// All codecs: runs for regular times, the residual to a grid for jitter, integers for anything else.
std::span<const ClockCodec> clockCodecs();

/// Appends the codec's number and the times, by the codec that takes the fewest bytes or nearly so. `start`
/// is near the times, and known to the reader.
void encodeClock(std::span<const int64_t> times, int64_t start, std::string &out);
bool decodeClock(std::string_view bytes, int64_t start, std::span<int64_t> out);

} // namespace plimsoll

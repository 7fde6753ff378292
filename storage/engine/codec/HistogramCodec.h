#pragma once

#include "storage/model/Histogram.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// Appends a column of histograms ("Chunk of histograms" in storage/engine/PACK.md, from the byte form on).
/// Exact. `cumulative`: each goes on from the one before, so that differences are small.
void encodeHistograms(std::span<const Histogram> values, bool cumulative, std::string &out);

/// Appends so many histograms to `out`, from untrusted bytes; false where they are not such a column.
bool decodeHistogramColumn(std::string_view bytes, size_t count, std::vector<Histogram> &out);

/// What encoded histograms looked like before zstd: varint of the size, then compressed bytes.
std::optional<std::string> uncompressHistograms(std::string_view bytes);

} // namespace plimsoll

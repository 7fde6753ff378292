#pragma once

#include "storage/model/SeriesReader.h"

#include <string>
#include <string_view>

namespace plimsoll {

/// Compressed samples of one series in one window, as PackBuilder takes them: varint size and bytes of the
/// times, then the values; the forms are in storage/engine/PACK.md. Columns are in the order of time with one
/// entry per instant.
std::string encodeChunk(const FloatColumns &columns, int64_t windowStartMs);

/// `kind` tells whether the increments are merged in front, for totals, and whether samples add up.
std::string encodeChunk(const HistogramColumns &columns, int64_t windowStartMs, Kind kind);

/// The values of such a chunk, appended to `out`, from untrusted bytes; false where they are not such.
bool decodeHistograms(std::string_view bytes, size_t samples, std::vector<Histogram> &out);
/// The merged increments in front of them.
Result<Histogram> mergedOfChunk(std::string_view bytes);

} // namespace plimsoll

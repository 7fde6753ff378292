#pragma once

#include "storage/model/SeriesReader.h"

#include <string>
#include <string_view>

namespace plimsoll {

/// Compressed samples of one series in one window; the form is in storage/README.md ("Pack"). Columns are in
/// the order of time with one entry per instant. Decoding is from untrusted bytes: false where they are not
/// such a chunk.
std::string encodeChunk(const FloatColumns &columns, int64_t windowStartMs);
bool decodeChunk(std::string_view bytes, int64_t windowStartMs, size_t samples, FloatColumns &out);

/// `kind` tells whether the increments are merged in front, for totals.
std::string encodeChunk(const HistogramColumns &columns, int64_t windowStartMs, Kind kind);
bool decodeChunk(std::string_view bytes, int64_t windowStartMs, size_t samples, HistogramColumns &out);
/// The merged increments in front of such a chunk.
Result<Histogram> mergedOfChunk(std::string_view bytes);

} // namespace plimsoll

#pragma once

#include "storage/engine/Pack.h"

namespace plimsoll {

/// What packs of version 1 hold otherwise ("Version 1" in PACK.md): a directory entry after the other, and
/// chunks with times of their own. All from untrusted bytes.
std::optional<PackEntry> takeVersion1Entry(std::string_view &bytes, SeriesId previous, int64_t windowStartMs);
bool decodeVersion1Chunk(std::string_view bytes, int64_t windowStartMs, size_t samples, FloatColumns &out);
bool decodeVersion1Chunk(std::string_view bytes, int64_t windowStartMs, size_t samples,
                         HistogramColumns &out);

} // namespace plimsoll

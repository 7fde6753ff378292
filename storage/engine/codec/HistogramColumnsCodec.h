#pragma once

#include "storage/model/Histogram.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// Appends histograms, each in its stored form, as columns; false, and `out` in any state behind its former
/// end, where they have counts that are not whole, or so many buckets that a table of them would be too
/// large.
bool encodeHistogramColumns(std::span<const std::string> stored, bool cumulative, std::string &out);

/// Appends so many histograms to `out`, from untrusted bytes; false where they are not such columns.
bool decodeHistogramColumns(std::string_view bytes, size_t count, std::vector<Histogram> &out);

} // namespace plimsoll

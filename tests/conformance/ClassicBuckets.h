#pragma once

#include "tests/conformance/SeriesNotation.h"

#include <cstdint>
#include <functional>

namespace plimsoll::conformance {

/// Makes a native histogram with custom bounds of every classic one among the series, as `load_with_nhcb`
/// wants it; `use` gets its labels, the place of each point and the histogram.
void convertClassic(const std::vector<NotedSeries> &all,
                    const std::function<void(const Labels &, size_t, const Histogram &)> &use);

} // namespace plimsoll::conformance

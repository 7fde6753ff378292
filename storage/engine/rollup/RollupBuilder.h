#pragma once

#include "storage/engine/rollup/RollupRow.h"
#include "storage/model/SeriesReader.h"

namespace plimsoll {

/// The hours of samples that are in the order of time with one entry per instant, appended to `out`.
void appendHours(const FloatColumns &columns, Kind kind, RollupRows &out);
void appendHours(const HistogramColumns &columns, Kind kind, RollupRows &out);

} // namespace plimsoll

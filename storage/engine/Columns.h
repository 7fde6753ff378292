#pragma once

#include "storage/model/SeriesReader.h"

namespace plimsoll {

/// Brings samples in the order of arrival into the order of time with one entry per instant: of several the
/// last wins, or they add up where the kind says so. Quick where that is so already.
void normalize(FloatColumns &columns, Kind kind);
void normalize(HistogramColumns &columns, Kind kind);

/// Drops what lies outside [fromMs, toMs] from columns in the order of time.
void clip(FloatColumns &columns, int64_t fromMs, int64_t toMs);
void clip(HistogramColumns &columns, int64_t fromMs, int64_t toMs);

} // namespace plimsoll

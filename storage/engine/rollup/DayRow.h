#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/rollup/RollupRow.h"

namespace plimsoll {

/// A stored day as a row; the times of its first and last sample are its start and its last millisecond.
/// Fails with Corrupt.
Result<RollupRow> rowOf(const StoredDay &day);

/// A row of a whole day as it is stored.
StoredDay dayOf(SeriesId series, Kind kind, const RollupRow &row, int64_t endMs, const std::string &zone);

} // namespace plimsoll

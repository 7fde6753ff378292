#pragma once

#include "storage/engine/rollup/RollupRow.h"
#include "storage/model/RollupColumns.h"

namespace plimsoll {

/// Appends a row as columns, of the parts asked for (RollupParts).
void appendRow(const RollupRow &row, int64_t endMs, uint8_t parts, RollupColumns &out);
/// Columns as rows; what was not asked for is 0.
RollupRows toRows(const RollupColumns &columns);
/// Keeps the entries from `first` on for which `keep(start)` holds, and all before.
void keepRows(RollupColumns &columns, size_t first, const std::vector<bool> &keep);
/// Brings hours into the order of time and merges those of equal start.
void normalizeHours(RollupColumns &columns, uint8_t parts);

} // namespace plimsoll

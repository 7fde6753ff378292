#pragma once

#include "storage/backend/Backend.h"
#include "storage/backend/PostgresReaders.h"

namespace plimsoll {

/// The tables `daily` and `series` of one node.
/// Rows of all columns of `daily` but the node, in their order.
std::vector<StoredDay> daysIn(const PostgresRows &rows);
Status writePostgresDays(PostgresConnection &connection, int64_t node, const BackendWrite &write);
Result<std::vector<StoredDay>> readPostgresDays(PostgresReaders &readers, int64_t node, uint32_t series,
                                                int64_t fromMs, int64_t toMs);

} // namespace plimsoll

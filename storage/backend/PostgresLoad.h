#pragma once

#include "storage/backend/Backend.h"
#include "storage/backend/PostgresConnection.h"

namespace plimsoll {

/// What a node's part of the database holds, all of one moment.
Result<BackendState> loadPostgres(PostgresConnection &connection, int64_t node);
/// The same within the transaction that is open.
Status readPostgresState(PostgresConnection &connection, int64_t node, BackendState &state);
/// The documents, which belong to all nodes.
Result<std::vector<DocumentChange>> loadPostgresDocuments(PostgresConnection &connection);

/// The seals among rows of "SELECT id, window_start_ms, min_ms, max_ms, samples, bytes, journal_sequence,
/// series, resolution_ms, span_ms FROM seal".
std::vector<StoredSeal> sealsIn(const PostgresRows &rows);

} // namespace plimsoll

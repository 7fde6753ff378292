#pragma once

#include "storage/backend/Backend.h"
#include "storage/backend/SqliteConnection.h"

namespace plimsoll {

/// Days and series rows of a write, inside its transaction.
Status writeDays(SqliteConnection &connection, const BackendWrite &write);

/// What readDaysFrom() needs, prepared: series, fromMs, toMs are bound to it.
Result<QSqlQuery> prepareDays(const SqliteConnection &connection);
/// The rows of such a query.
Result<std::vector<StoredDay>> readDaysFrom(const SqliteConnection &connection, QSqlQuery &query,
                                            uint32_t series, int64_t fromMs, int64_t toMs);

/// Runs a query for whole rows of the table and takes them.
Result<std::vector<StoredDay>> takeDays(const SqliteConnection &connection, QSqlQuery &query);

} // namespace plimsoll

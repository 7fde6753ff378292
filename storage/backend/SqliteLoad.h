#pragma once

#include "storage/backend/Backend.h"
#include "storage/backend/SqliteConnection.h"

namespace plimsoll {

/// The small tables of a database, as Backend::load() and loadDocuments() tell them.
Result<BackendState> loadState(SqliteConnection &connection);
Result<std::vector<DocumentChange>> loadAllDocuments(SqliteConnection &connection);

} // namespace plimsoll

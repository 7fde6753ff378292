#pragma once

#include "storage/backend/SqliteConnection.h"

namespace plimsoll {

/// Creates the tables, or brings those of an older version up to this one, in one transaction, and sets what
/// a writing connection needs. Fails with Unsupported where a newer version wrote the file.
Status prepareFile(SqliteConnection &connection, const std::filesystem::path &file);

} // namespace plimsoll

#pragma once

#include "storage/backend/SqliteConnection.h"

namespace plimsoll {

/// The version of the tables, as PRAGMA user_version says it.
inline constexpr int schemaVersion = 2;
Result<int> storedVersion(SqliteConnection &connection);

/// Creates the tables, or brings those of an older version up to this one, in one transaction, and sets what
/// a writing connection needs. Fails with Unsupported where a newer version wrote the file.
Status prepareFile(SqliteConnection &connection, const std::filesystem::path &file);

} // namespace plimsoll

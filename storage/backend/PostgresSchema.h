#pragma once

#include "storage/backend/PostgresConnection.h"

namespace plimsoll {

/// Makes the schema and its tables (storage/README.md, "PostgreSQL"), or brings older ones up to date, in one
/// transaction; several nodes may do so at once. Fails with Unsupported where a newer version wrote it.
Status preparePostgresSchema(PostgresConnection &connection, const PostgresSettings &settings);

} // namespace plimsoll

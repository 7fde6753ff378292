#pragma once

#include "storage/backend/Backend.h"
#include "storage/backend/PostgresConnection.h"

#include <set>

namespace plimsoll {

/// Carries out a write within the open transaction of a connection, for a node. Seals in `done`, with their
/// packs, are there already.
Status writePostgres(PostgresConnection &connection, int64_t node, const BackendWrite &write,
                     const std::set<uint32_t> &done);

} // namespace plimsoll

#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/upkeep/Progress.h"

namespace plimsoll {

/// Writes all of a database into an empty one of any kind, in transactions of about a megabyte. Packs without
/// a seal are left out. A copy that failed is of no use.
Status copyDatabase(BackendSnapshot &from, Backend &to, const Progress &progress);

} // namespace plimsoll

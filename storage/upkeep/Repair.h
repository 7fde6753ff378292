#pragma once

#include "storage/upkeep/DoctorReport.h"
#include "storage/upkeep/Progress.h"

#include <filesystem>
#include <string>
#include <vector>

namespace plimsoll {

struct RepairReport
{
    std::vector<std::string> done; ///< what was changed or given up, one sentence each
};

/// Makes a new SQLite file of what is sound in that of a data directory, whose lock the caller holds: damaged
/// chunks are left out of their packs, seals are made anew from their packs, what cannot be read is left out.
/// The old file and the damaged packs and blocks are kept in the folder `asideName` of the directory. A
/// failure leaves the directory as it was.
Result<RepairReport> repairDatabase(const std::filesystem::path &directory, const std::string &asideName,
                                    const Progress &progress = {});

} // namespace plimsoll

#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/engine/Disk.h"
#include "storage/upkeep/DoctorReport.h"
#include "storage/upkeep/Progress.h"

#include <filesystem>

namespace plimsoll {

/// Checks a database, also one that is written to meanwhile.
Result<DoctorReport> examineDatabase(BackendSnapshot &database, const Progress &progress = {});

/// Checks everything in a data directory that nobody writes to; changes nothing. `database` is that of
/// another kind than SQLite, else null.
Result<DoctorReport> examineDirectory(const std::filesystem::path &directory, BackendSnapshot *database,
                                      const Progress &progress = {});

/// Copies damaged journal files of a directory into its folder `asideName`, since the next start goes on
/// without what is damaged in them. Returns what was copied.
Result<std::vector<std::string>> keepDamagedJournal(const std::filesystem::path &directory,
                                                    const DoctorReport &report, const std::string &asideName);

} // namespace plimsoll

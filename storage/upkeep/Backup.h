#pragma once

#include "storage/engine/EngineSnapshot.h"
#include "storage/upkeep/BackupFile.h"

#include <filesystem>

namespace plimsoll {

/// Writes everything of a snapshot into one file (BACKUP.md), on the thread that made the snapshot. The file
/// appears under its name only once it is whole and on disk; an older one of that name is replaced.
Result<BackupInfo> writeBackup(EngineSnapshot &snapshot, const std::filesystem::path &file, int64_t createdMs,
                               const Progress &progress = {});

} // namespace plimsoll

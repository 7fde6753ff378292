#pragma once

#include "storage/upkeep/Progress.h"

#include <filesystem>

namespace plimsoll {

/// What the end of a backup file says (BACKUP.md).
struct BackupInfo
{
    uint64_t bytes = 0; ///< of the database in it
    int64_t createdMs = 0;
};

/// Appends the end to a finished database file and makes all of it durable.
Result<BackupInfo> finishBackupFile(const std::filesystem::path &file, int64_t createdMs);

/// Reads the end only. Fails with Invalid where the file is no backup or not whole.
Result<BackupInfo> readBackupInfo(const std::filesystem::path &file);

/// Reads all of a backup and compares it with its checksum; fails with Corrupt where it does not hold. With a
/// name in `copyTo`, writes the database there meanwhile and syncs it.
Result<BackupInfo> checkBackupFile(const std::filesystem::path &file, const std::filesystem::path &copyTo,
                                   const Progress &progress);

} // namespace plimsoll

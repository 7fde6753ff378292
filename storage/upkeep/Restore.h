#pragma once

#include "storage/backend/Backend.h"
#include "storage/upkeep/BackupFile.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace plimsoll {

struct RestoreOptions
{
    std::filesystem::path directory; ///< the data directory; it exists, and the caller holds its lock
    bool force = false; ///< what lies there is moved aside into `replaced-<time>` rather than refused
    int64_t nowMs = 0;  ///< for that name
    /// Opens the empty database that takes the place of the directory's SQLite file; empty: that file.
    std::function<Result<std::unique_ptr<Backend>>()> otherDatabase;
};

struct RestoreReport
{
    BackupInfo backup;
    uint64_t frames = 0;                ///< put into the journal, to be read at the first start
    std::filesystem::path movedAsideTo; ///< empty where nothing was in the way
};

/// Makes a data directory of a backup. All of the file is checked before anything changes; a failure leaves
/// what was there. What does not end (a crash in its last steps) is refused by the next start until it is run
/// again.
Result<RestoreReport> restoreBackup(const std::filesystem::path &file, const RestoreOptions &options,
                                    const Progress &progress = {});

/// Fails where a restore into this directory did not come to its end.
Status checkNoUnfinishedRestore(const std::filesystem::path &directory);

} // namespace plimsoll

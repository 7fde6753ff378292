#pragma once

#include "storage/upkeep/Progress.h"

#include <QJsonObject>

#include <filesystem>

namespace plimsoll::api {

/// Restores a backup into the folder `scratch`, as `plimsoll restore` does, reads every structure of what
/// came out, and removes the folder again, also after a failure or a cancel. Blocking; what runs is not
/// touched.
///
/// The answer is `{"healthy","found","counts":{"samples":n,…},"findings":[{"where","what"}],"created_ms",
/// "frames"}`: a backup of which something is damaged is an answer too. Fails where the file is no whole
/// backup (Corrupt, Invalid), where the disk has no room for it (NoSpace), or with Cancelled. Half of the
/// progress is the restoring, half the reading; it counts thousandths.
Result<QJsonObject> tryRestore(const std::filesystem::path &backup, const std::filesystem::path &scratch,
                               int64_t nowMs, const Progress &progress);

} // namespace plimsoll::api

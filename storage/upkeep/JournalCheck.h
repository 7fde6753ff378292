#pragma once

#include "storage/engine/Disk.h"
#include "storage/upkeep/DoctorReport.h"

namespace plimsoll {

/// Reads journal segments and checkpoints (JOURNAL.md, CHECKPOINT.md) of a directory that nobody writes to,
/// changes nothing, and names what is damaged or missing. Frames up to `releasedSequence` are in the
/// database. Fails only where the files cannot be read.
Status checkJournal(Disk &disk, const std::filesystem::path &directory, uint64_t releasedSequence,
                    DoctorReport &report);

} // namespace plimsoll

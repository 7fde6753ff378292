#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/upkeep/Progress.h"

#include <functional>

namespace plimsoll {

/// The seals of hours have packs under their own id and the three after it, one per group of columns.
inline constexpr uint32_t hourlyPackIds = 4;

/// Goes through all packs that belong to a seal, in the order of their keys, a few megabytes at a time.
class PackWalk
{
public:
    /// `seals` must outlive it.
    PackWalk(BackendSnapshot &database, const std::vector<StoredSeal> &seals, const Progress &progress);

    /// Each pack with its seal; a failure ends the walk.
    std::function<Status(StoredPack pack, const StoredSeal &seal)> take;
    /// After each piece that was read.
    std::function<Status()> paused;
    /// What could not be read, and where; the walk goes on with the next seal. Empty: the walk fails.
    std::function<void(const std::string &where, const Error &error)> unreadable;

    Status run(size_t bytesAtOnce);

private:
    const StoredSeal *ownerOf(uint32_t id) const;
    bool skip(uint32_t &givenUp, uint32_t &seal, uint32_t &series) const;

    BackendSnapshot &m_database;
    const Progress &m_progress;
    std::map<uint32_t, const StoredSeal *> m_owners; ///< by id of packs
    uint64_t m_totalBytes = 0;
};

} // namespace plimsoll

#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/upkeep/Progress.h"

#include <functional>
#include <optional>

namespace plimsoll {

/// What of a database a copy takes, where it is not all of it: each may be empty, and then takes everything.
struct CopyRules
{
    std::function<void(std::map<std::string, std::string> &meta)> meta;
    std::function<bool(const std::string &block)> catalogue;
    std::function<bool(const std::string &block)> receipts;
    std::function<std::optional<StoredPack>(StoredPack pack, const StoredSeal &seal)> pack;
    std::function<bool(StoredSeal &seal)> seal; ///< after all packs; may correct it
    std::function<bool(const StoredDay &day)> day;
    std::function<bool(const DocumentChange &document)> document;
    /// What the database could not read; the copy goes on without it. Empty: the copy fails.
    std::function<void(const std::string &where, const Error &error)> unreadable;
};

/// Writes all of a database into an empty one of any kind, in transactions of about a megabyte. Packs without
/// a seal are left out. A copy that failed is of no use.
Status copyDatabase(BackendSnapshot &from, Backend &to, const Progress &progress,
                    const CopyRules &rules = {});

} // namespace plimsoll

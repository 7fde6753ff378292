#pragma once

#include "storage/engine/SettingNumber.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <string>

namespace plimsoll {

/// Marks about windows in the table `meta` (ROLLUP.md): a key with a prefix and the window's start.
inline std::string windowKey(const std::string &prefix, int64_t windowStartMs)
{
    return prefix + std::to_string(windowStartMs);
}

/// Calls `take` with the window's start and the number of every mark with a prefix.
template<typename Take>
void eachMark(const std::map<std::string, std::string> &meta, const std::string &prefix, Take take)
{
    for (auto it = meta.lower_bound(prefix); it != meta.end() && it->first.starts_with(prefix); ++it) {
        int64_t startMs = 0;
        std::from_chars(it->first.data() + prefix.size(), it->first.data() + it->first.size(), startMs);
        take(startMs, numberIn(meta, it->first, startMs));
    }
}

/// A window whose days are to be made, and up to which time they are.
inline std::string daysDueKey(int64_t windowStartMs) { return windowKey("days_due:", windowStartMs); }

/// The journal frames up to which a window is in the database, where no seal of just that window says so any
/// more.
inline std::string sealedMarkKey(int64_t windowStartMs) { return windowKey("sealed:", windowStartMs); }

template<typename Take>
void eachSealedMark(const std::map<std::string, std::string> &meta, Take take)
{
    eachMark(meta, "sealed:", [&](int64_t startMs, int64_t sequence) {
        take(startMs, static_cast<uint64_t>(sequence));
    });
}

} // namespace plimsoll

#include "storage/engine/rollup/Floors.h"

#include "storage/engine/SettingNumber.h"

#include <algorithm>

namespace plimsoll {

namespace {

void write(const FloorSet &set, const std::string &key, std::map<std::string, std::string> &meta)
{
    if (set.generalMs != INT64_MIN)
        meta[key] = std::to_string(set.generalMs);
    for (const auto &[prefix, ms] : set.byPrefix)
        meta[key + ":" + prefix] = std::to_string(ms);
}

FloorSet read(const std::string &key, const std::map<std::string, std::string> &meta)
{
    FloorSet set;
    set.generalMs = numberIn(meta, key, INT64_MIN);
    const std::string start = key + ":";
    for (auto it = meta.lower_bound(start); it != meta.end() && it->first.starts_with(start); ++it)
        set.byPrefix[it->first.substr(start.size())] = numberIn(meta, it->first, INT64_MIN);
    return set;
}

} // namespace

int64_t FloorSet::of(std::string_view name) const
{
    size_t longest = 0;
    int64_t ms = generalMs;
    for (const auto &[prefix, floorMs] : byPrefix) {
        if (prefix.size() >= longest && name.starts_with(prefix)) {
            longest = prefix.size();
            ms = floorMs;
        }
    }
    return ms;
}

int64_t FloorSet::lowest() const
{
    int64_t ms = generalMs;
    for (const auto &[prefix, floorMs] : byPrefix)
        ms = std::min(ms, floorMs);
    return ms;
}

int64_t FloorSet::highest() const
{
    int64_t ms = generalMs;
    for (const auto &[prefix, floorMs] : byPrefix)
        ms = std::max(ms, floorMs);
    return ms;
}

void Floors::writeTo(std::map<std::string, std::string> &meta) const
{
    write(samples, "raw_floor", meta);
    write(hours, "hour_floor", meta);
}

Floors Floors::from(const std::map<std::string, std::string> &meta)
{
    return {read("raw_floor", meta), read("hour_floor", meta)};
}

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace plimsoll {

/// The times before which something was dropped: one for all metrics, and others for names with a prefix of
/// their own. Of several prefixes the longest counts.
struct FloorSet
{
    int64_t generalMs = INT64_MIN;
    std::map<std::string, int64_t, std::less<>> byPrefix;

    int64_t of(std::string_view name) const;
    int64_t lowest() const;
    int64_t highest() const;
    bool operator==(const FloorSet &) const = default;
};

struct Floors
{
    FloorSet samples;
    FloorSet hours;

    /// As entries of the table `meta`, and back.
    void writeTo(std::map<std::string, std::string> &meta) const;
    static Floors from(const std::map<std::string, std::string> &meta);
    bool operator==(const Floors &) const = default;
};

} // namespace plimsoll

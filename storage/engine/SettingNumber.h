#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <string>

namespace plimsoll {

/// A whole number among the settings that the database keeps as text.
inline int64_t numberIn(const std::map<std::string, std::string> &meta, const std::string &key,
                        int64_t otherwise)
{
    const auto it = meta.find(key);
    if (it == meta.end())
        return otherwise;
    int64_t number = otherwise;
    std::from_chars(it->second.data(), it->second.data() + it->second.size(), number);
    return number;
}

} // namespace plimsoll

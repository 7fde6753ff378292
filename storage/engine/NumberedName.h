#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// The name of a numbered file: the prefix and at least six digits.
inline std::string numberedName(std::string_view prefix, uint64_t number)
{
    const std::string digits = std::to_string(number);
    return std::string(prefix) + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

/// The number in such a name; nothing where it is none.
inline std::optional<uint64_t> numberInName(std::string_view prefix, std::string_view name)
{
    if (!name.starts_with(prefix) || name.size() == prefix.size() || name.size() > prefix.size() + 18)
        return std::nullopt;
    uint64_t number = 0;
    for (const char c : name.substr(prefix.size())) {
        if (c < '0' || c > '9')
            return std::nullopt;
        number = number * 10 + static_cast<uint64_t>(c - '0');
    }
    return number;
}

} // namespace plimsoll

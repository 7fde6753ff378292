#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace plimsoll {

static_assert(std::endian::native == std::endian::little, "What lies on disk is little-endian.");

/// Appends a number in its little-endian bytes.
template<typename T>
requires std::is_arithmetic_v<T>
void appendFixed(std::string &out, T value)
{
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof bytes);
}

/// Takes such a number off the front; false where the bytes end early.
template<typename T>
requires std::is_arithmetic_v<T>
bool takeFixed(std::string_view &bytes, T &value)
{
    if (bytes.size() < sizeof value)
        return false;
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
    return true;
}

} // namespace plimsoll

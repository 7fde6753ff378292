#pragma once

#include <xxhash.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll {

/// What packs begin with (storage/engine/PACK.md).
constexpr std::string_view packMagic = "PLPK";
constexpr uint8_t packVersion = 2;

inline uint32_t packChecksum(std::string_view bytes)
{
    return static_cast<uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

/// Of everything in front of it, and the directory behind it.
inline uint32_t packDirectoryChecksum(std::string_view head, std::string_view directory)
{
    return packChecksum(std::string(head).append(directory));
}

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// Unsigned LEB128, as in Protocol Buffers: seven bits a byte, least significant first, at most ten bytes.
inline void appendVarint(std::string &out, uint64_t value)
{
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80);
        value >>= 7;
    }
    out += static_cast<char>(value);
}

/// Takes a varint off the front; nothing where the bytes end early or exceed 64 bits.
inline std::optional<uint64_t> takeVarint(std::string_view &bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size() && i < 10; i++) {
        const auto byte = static_cast<uint8_t>(bytes[i]);
        if (i == 9 && byte > 1)
            return std::nullopt;
        value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            bytes.remove_prefix(i + 1);
            return value;
        }
    }
    return std::nullopt;
}

/// Maps small signed numbers to small unsigned ones: 0, -1, 1, -2 become 0, 1, 2, 3.
constexpr uint64_t zigzag(int64_t value)
{
    return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t unzigzag(uint64_t value)
{
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <string_view>

namespace plimsoll {

/// CRC-32C (Castagnoli) of bytes, continuing from an earlier result. Uses the processor's instruction where
/// it has one.
uint32_t crc32c(std::string_view bytes, uint32_t previous = 0);

} // namespace plimsoll

#pragma once

#include <cstdint>
#include <string_view>

/// Numbers of the hourly pack's form (ROLLUP.md); stored on disk, never changed.
namespace plimsoll::hourlypack {

inline constexpr std::string_view magic = "PLHR";
inline constexpr char version = 1;

inline constexpr uint8_t hasIncrease = 1;
inline constexpr uint8_t hasHistograms = 2;
inline constexpr uint8_t isCumulative = 4;
inline constexpr uint8_t keepsWholeSums = 8;

} // namespace plimsoll::hourlypack

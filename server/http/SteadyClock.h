#pragma once

#include <chrono>
#include <cstdint>

namespace plimsoll::http {

/// Milliseconds of a clock that never jumps, for deadlines.
inline int64_t steadyMs()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace plimsoll::http

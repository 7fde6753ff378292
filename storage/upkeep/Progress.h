#pragma once

#include "storage/model/Result.h"

#include <atomic>
#include <cstdint>
#include <functional>

namespace plimsoll {

/// How long work tells how far it is and hears that it should stop.
struct Progress
{
    std::function<void(uint64_t doneBytes, uint64_t totalBytes)> tell; ///< may be empty; the working thread
    const std::atomic<bool> *cancelled = nullptr;                      ///< may be null

    void say(uint64_t doneBytes, uint64_t totalBytes) const
    {
        if (tell)
            tell(doneBytes, totalBytes);
    }
    /// A failure once it was cancelled.
    Status check() const
    {
        if (cancelled && *cancelled)
            return Error{ErrorCode::Cancelled, "It was cancelled.", {}};
        return {};
    }
};

} // namespace plimsoll

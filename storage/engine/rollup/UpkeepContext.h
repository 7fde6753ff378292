#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/Head.h"
#include "storage/engine/PackCache.h"
#include "storage/engine/SealWriter.h"
#include "storage/engine/rollup/SealIds.h"

#include <chrono>
#include <functional>

namespace plimsoll {

/// What the parts of the upkeep work with; all of it outlives them. Store thread.
struct UpkeepContext
{
    const Catalogue &catalogue;
    Head &head;
    PackCache &packs;
    HourlyCache &hours;
    SealIds &ids;
    std::function<uint64_t()> releasedSequence; ///< journal frames up to here are not replayed

    int64_t windowMs() const { return head.windowMs(); }
};

/// Ends a slice of work in time.
class Slice
{
public:
    explicit Slice(std::chrono::milliseconds length)
        : m_end(std::chrono::steady_clock::now() + length)
    {
    }
    bool over() const { return std::chrono::steady_clock::now() >= m_end; }

private:
    std::chrono::steady_clock::time_point m_end;
};

/// A piece of upkeep that is done in slices. One that is given up halfway leaves nothing behind that a reader
/// sees.
class UpkeepTask
{
public:
    virtual ~UpkeepTask() = default;
    /// For the log.
    virtual const char *name() const = 0;
    /// The start of its window, week or day.
    virtual int64_t startMs() const = 0;
    /// Goes on until the slice is over; true once all is done.
    virtual Result<bool> run(Backend &backend, const Slice &slice) = 0;
};

} // namespace plimsoll

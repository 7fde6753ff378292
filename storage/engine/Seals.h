#pragma once

#include "storage/backend/Backend.h"
#include "storage/model/Result.h"

#include <roaring/roaring.hh>

#include <memory>
#include <vector>

namespace plimsoll {

/// A seal in the database, with its ids ready to be asked.
struct Seal
{
    uint32_t id = 0;
    int64_t windowStartMs = 0;
    int64_t minMs = 0;
    int64_t maxMs = 0;
    uint64_t bytes = 0;
    Roaring series;

    bool overlaps(int64_t fromMs, int64_t toMs) const { return minMs <= toMs && maxMs >= fromMs; }
};

/// All seals, by window and then by id; never changed once made, so that readers keep theirs.
using Seals = std::vector<std::shared_ptr<const Seal>>;

/// Fails with Corrupt where the bitmap is not one.
Result<std::shared_ptr<const Seal>> readSeal(const StoredSeal &stored);

/// A copy with one more.
std::shared_ptr<const Seals> withSeal(const Seals &seals, std::shared_ptr<const Seal> seal);

} // namespace plimsoll

#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/rollup/Floors.h"
#include "storage/model/Result.h"

#include <roaring/roaring.hh>

#include <memory>
#include <span>
#include <vector>

namespace plimsoll {

class RunningTotals;

/// A seal in the database, with its ids ready to be asked.
struct Seal
{
    uint32_t id = 0;
    int64_t windowStartMs = 0;
    int64_t spanMs = 0;
    int64_t minMs = 0;
    int64_t maxMs = 0;
    uint64_t samples = 0;
    uint64_t bytes = 0;
    uint64_t journalSequence = 0;
    int64_t resolutionMs = 0; ///< 0: samples; else a seal of hours
    Roaring series;

    int64_t windowEndMs() const { return windowStartMs + spanMs; }
    bool holdsHours() const { return resolutionMs != 0; }
    bool overlaps(int64_t fromMs, int64_t toMs) const { return minMs <= toMs && maxMs >= fromMs; }
};

using SealPointer = std::shared_ptr<const Seal>;

/// Seals by window and then in the order of sealing.
class SealList
{
public:
    using Iterator = std::vector<SealPointer>::const_iterator;

    bool empty() const { return m_seals.empty(); }
    size_t size() const { return m_seals.size(); }
    Iterator begin() const { return m_seals.begin(); }
    Iterator end() const { return m_seals.end(); }
    /// Those whose windows may overlap a range, by binary search; a few more come along.
    std::span<const SealPointer> near(int64_t fromMs, int64_t toMs) const;

    void insert(SealPointer seal);
    void remove(std::span<const uint32_t> ids);

private:
    std::vector<SealPointer> m_seals;
    int64_t m_longestMs = 0;
};

/// All seals at one moment; never changed once made, so that readers keep theirs.
struct Seals
{
    SealList samples;
    SealList hours;
    Floors floors;
    /// Starts of windows whose hours must be computed from their samples: several seals of samples, or no
    /// seal of hours that was made from just these. Rising.
    std::vector<int64_t> unsettled;
    /// Starts of settled windows with hours of their own beside those of a longer seal, which they replace.
    /// Rising.
    std::vector<int64_t> overridden;
    std::shared_ptr<RunningTotals> totals; ///< of this set of seals

    bool isUnsettled(int64_t windowStartMs) const;
    bool isOverridden(int64_t windowStartMs) const;
};

/// What becomes of a set of seals in one transaction.
struct SealChange
{
    std::vector<uint32_t> removed;
    std::vector<SealPointer> added;
    bool addsSamples = false; ///< some of `added` hold samples that were in no seal before
    std::optional<Floors> floors;
};

/// Fails with Corrupt where the bitmap is not one.
Result<SealPointer> readSeal(const StoredSeal &stored);

/// A copy with a change applied.
std::shared_ptr<const Seals> withChange(const Seals &seals, const SealChange &change);

} // namespace plimsoll

#include "storage/engine/Seals.h"

#include "storage/engine/rollup/RunningTotals.h"

#include <algorithm>
#include <map>

namespace plimsoll {

namespace {

auto orderOf(const Seal &seal) { return std::tuple(seal.windowStartMs, seal.journalSequence, seal.id); }

struct WindowSeals
{
    int samples = 0;
    int hours = 0; ///< of just this window
    int64_t endMs = 0;
};

/// True where one longer seal of hours covers a window.
bool isCovered(const SealList &hours, int64_t startMs, int64_t endMs)
{
    const auto near = hours.near(startMs, endMs - 1);
    return std::any_of(near.begin(), near.end(), [&](const SealPointer &seal) {
        return seal->windowStartMs <= startMs && seal->windowEndMs() >= endMs &&
               seal->spanMs > endMs - startMs;
    });
}

void judgeWindows(Seals &seals)
{
    std::map<int64_t, WindowSeals> windows;
    for (const SealPointer &seal : seals.samples) {
        WindowSeals &window = windows[seal->windowStartMs];
        window.samples++;
        window.endMs = seal->windowEndMs();
    }
    for (const SealPointer &seal : seals.hours) {
        const auto it = windows.find(seal->windowStartMs);
        if (it != windows.end() && it->second.endMs == seal->windowEndMs())
            it->second.hours++;
    }
    seals.unsettled.clear();
    seals.overridden.clear();
    for (const auto &[start, window] : windows) {
        const bool covered = isCovered(seals.hours, start, window.endMs);
        if (window.samples > 1 || window.hours > 1 || (window.hours == 0 && !covered))
            seals.unsettled.push_back(start);
        else if (window.hours == 1 && covered)
            seals.overridden.push_back(start);
    }
}

} // namespace

std::span<const SealPointer> SealList::near(int64_t fromMs, int64_t toMs) const
{
    const int64_t firstMs = fromMs < INT64_MIN + m_longestMs ? INT64_MIN : fromMs - m_longestMs;
    const auto first =
        std::lower_bound(m_seals.begin(), m_seals.end(), firstMs,
                         [](const SealPointer &seal, int64_t ms) { return seal->windowStartMs < ms; });
    const auto last = std::upper_bound(first, m_seals.end(), toMs, [](int64_t ms, const SealPointer &seal) {
        return ms < seal->windowStartMs;
    });
    return {first, last};
}

void SealList::insert(SealPointer seal)
{
    m_longestMs = std::max(m_longestMs, seal->spanMs);
    const auto after =
        std::upper_bound(m_seals.begin(), m_seals.end(), seal,
                         [](const auto &a, const auto &b) { return orderOf(*a) < orderOf(*b); });
    m_seals.insert(after, std::move(seal));
}

void SealList::remove(std::span<const uint32_t> ids)
{
    std::erase_if(m_seals,
                  [&](const SealPointer &seal) { return std::ranges::find(ids, seal->id) != ids.end(); });
}

bool Seals::isUnsettled(int64_t windowStartMs) const
{
    return std::ranges::binary_search(unsettled, windowStartMs);
}

bool Seals::isOverridden(int64_t windowStartMs) const
{
    return std::ranges::binary_search(overridden, windowStartMs);
}

Result<SealPointer> readSeal(const StoredSeal &stored)
{
    auto seal = std::make_shared<Seal>();
    seal->id = stored.id;
    seal->windowStartMs = stored.windowStartMs;
    seal->spanMs = stored.spanMs;
    seal->minMs = stored.minMs;
    seal->maxMs = stored.maxMs;
    seal->samples = stored.samples;
    seal->bytes = stored.bytes;
    seal->journalSequence = stored.journalSequence;
    seal->resolutionMs = stored.resolutionMs;
    // The C reader checks its bounds; that of the C++ wrapper would throw where ours reports.
    roaring_bitmap_t *bitmap =
        roaring_bitmap_portable_deserialize_safe(stored.series.data(), stored.series.size());
    if (!bitmap)
        return Error{ErrorCode::Corrupt, "The list of series of a seal is damaged.",
                     "Run plimsoll doctor on the data directory."};
    seal->series = Roaring(bitmap);
    return SealPointer(std::move(seal));
}

std::shared_ptr<const Seals> withChange(const Seals &seals, const SealChange &change)
{
    auto copy = std::make_shared<Seals>(seals);
    copy->samples.remove(change.removed);
    copy->hours.remove(change.removed);
    int64_t earliestMs = INT64_MAX;
    for (const SealPointer &seal : change.added) {
        (seal->holdsHours() ? copy->hours : copy->samples).insert(seal);
        if (change.addsSamples)
            earliestMs = std::min(earliestMs, seal->windowStartMs);
    }
    if (change.floors)
        copy->floors = *change.floors;
    judgeWindows(*copy);
    copy->totals = seals.totals ? seals.totals->upTo(earliestMs) : std::make_shared<RunningTotals>();
    return copy;
}

} // namespace plimsoll

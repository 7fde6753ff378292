#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/HeadWindow.h"
#include "storage/engine/PackBuilder.h"
#include "storage/engine/rollup/HourlyPack.h"

namespace plimsoll {

/// Seals take their ids from one sequence: one for a seal of samples, and as many for one of hours as it has
/// groups of columns.
struct SealNumbers
{
    uint32_t samples = 0;
    uint32_t hours = 0;
};
inline constexpr uint32_t idsPerSealPair = 1 + rollupGroups;
constexpr SealNumbers numbersFrom(uint32_t firstId) { return {firstId, firstId + 1}; }
/// How many ids a seal takes.
constexpr uint32_t idsOf(int64_t resolutionMs) { return resolutionMs == 0 ? 1 : rollupGroups; }

/// Collects the packs of a seal of samples, series by series.
class SampleSealBuilder
{
public:
    SampleSealBuilder(uint32_t id, int64_t windowStartMs, int64_t spanMs, uint64_t journalSequence);

    /// Takes samples in the order of time with one entry per instant; series ids rise.
    void add(SeriesId series, Kind kind, const FloatColumns &columns);
    void add(SeriesId series, Kind kind, const HistogramColumns &columns);
    /// The packs that are complete, taken away.
    std::vector<StoredPack> takePacks() { return std::exchange(m_packs, {}); }
    /// The seal; `samples` is 0 where there is nothing in it. The last packs are to be taken afterwards.
    StoredSeal finish();

private:
    void add(PackEntry entry, std::string_view chunk);
    void close();

    StoredSeal m_seal;
    PackBuilder m_builder;
    Roaring m_ids;
    std::vector<StoredPack> m_packs;
};

/// The same for a seal of hours.
class HourlySealBuilder
{
public:
    HourlySealBuilder(uint32_t id, int64_t windowStartMs, int64_t spanMs, uint64_t journalSequence);

    /// Takes rows that rise by start; series ids rise.
    void add(SeriesId series, Kind kind, const RollupRows &rows);
    std::vector<StoredPack> takePacks() { return std::exchange(m_packs, {}); }
    StoredSeal finish();

private:
    void close();

    StoredSeal m_seal;
    HourlyPackBuilder m_builder;
    Roaring m_ids;
    std::vector<StoredPack> m_packs;
};

/// The packs of a frozen window and the seals that list them: of its samples, and of their hours. None where
/// there is nothing to write.
struct SealedWindow
{
    std::vector<StoredSeal> seals;
    std::vector<StoredPack> packs;
};

SealedWindow sealWindow(const HeadWindow &window, SealNumbers numbers, uint64_t journalSequence,
                        const Catalogue &catalogue);

} // namespace plimsoll

#pragma once

#include "storage/engine/Catalogue.h"
#include "storage/engine/Head.h"
#include "storage/engine/PackCache.h"
#include "storage/engine/rollup/RollupRow.h"
#include "storage/engine/rollup/RunningTotals.h"
#include "storage/model/SampleIndex.h"
#include "storage/model/SeriesReader.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <set>

namespace plimsoll {

/// A view over seals and head that stands still. EngineReaderRollups.cpp has what concerns hours and days.
class EngineReader final : public SeriesReader, public SampleIndex
{
public:
    EngineReader(const Catalogue &catalogue, Head &head, PackCache &packs, HourlyCache &hours);
    ~EngineReader() override;

    Result<std::vector<SelectedSeries>> select(ProjectId project, std::span<const Matcher> matchers,
                                               int64_t fromMs, int64_t toMs) const override;
    Status readFloats(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const override;
    Status readNewestFloat(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const override;
    Status readHistograms(SeriesId series, int64_t fromMs, int64_t toMs,
                          HistogramColumns &out) const override;
    bool readsConcurrently() const override { return true; }
    Result<double> totalBefore(SeriesId series, int64_t beforeMs) const override;
    Result<Histogram> histogramBefore(SeriesId series, int64_t beforeMs) const override;
    Result<Histogram> histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const override;
    Coverage coverage(SeriesId series) const override;
    int64_t nextSampleMs(SeriesId series, int64_t fromMs) const override;
    Status readHours(SeriesId series, int64_t fromMs, int64_t toMs, uint8_t parts,
                     RollupColumns &out) const override;
    Status readDays(SeriesId series, int64_t fromMs, int64_t toMs, RollupColumns &out) const override;

    std::vector<std::string> warnings() const override
    {
        const std::lock_guard lock(m_mutex);
        return {m_warnings.begin(), m_warnings.end()};
    }
    /// How often something damaged was left out of an answer so far.
    uint64_t leftOut() const { return m_leftOut; }

private:
    std::vector<bool> present(std::span<const SeriesId> ids, int64_t fromMs, int64_t toMs) const;
    bool sealedBetween(int64_t fromMs, int64_t toMs) const;
    Result<Kind> kindOf(SeriesId series, bool histograms) const;
    template<typename Columns>
    Status readAny(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs, Columns &out) const;
    void leaveOut(uint32_t seal, SeriesId series) const;
    void warnOfDamage(const std::string &what, SeriesId series) const;
    template<typename Take>
    Status eachEntry(SeriesId series, int64_t fromMs, int64_t toMs, Take take) const;
    template<typename Columns>
    void appendHead(SeriesId series, int64_t fromMs, int64_t toMs, Columns &out) const;
    Status sumSamples(SeriesId series, int64_t fromMs, int64_t toMs, ExactSum &sum) const;
    Status mergeSamples(SeriesId series, int64_t fromMs, int64_t toMs, std::optional<Histogram> &total) const;

    Status appendSealedHours(const Seal &seal, SeriesId series, int64_t fromMs, int64_t toMs, int64_t floorMs,
                             uint8_t parts, RollupColumns &out) const;
    Status fenceHours(const Status &failure, const Seal &seal, SeriesId series, Kind kind, int64_t floorMs,
                      RollupRows &rows) const;
    Status appendComputedHours(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs, int64_t floorMs,
                               uint8_t parts, RollupColumns &out) const;
    Status appendHoursOf(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs, RollupRows &rows) const;
    bool isComputed(int64_t windowStartMs) const;
    Status addHours(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                    RunningTotals::Total &total) const;
    Status addHistory(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                      RunningTotals::Total &total) const;
    Result<RunningTotals::Total> totalUpTo(SeriesId series, Kind kind, int64_t beforeMs) const;

    const Catalogue &m_catalogue;
    Head &m_head;
    PackCache &m_packs;
    HourlyCache &m_hours;
    const HeadView m_view;
    mutable std::mutex m_mutex;
    mutable std::set<std::string> m_warnings; ///< under the mutex
    std::vector<int64_t> m_computed;          ///< starts of the windows whose hours come from samples, rising
    mutable std::atomic<uint64_t> m_leftOut = 0;
};

} // namespace plimsoll

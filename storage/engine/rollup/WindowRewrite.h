#pragma once

#include "storage/engine/rollup/SealReplacement.h"

namespace plimsoll {

/// Merges all seals of one window into one of samples and one of hours, made anew from them. Samples before
/// their floor are left out; their hours are kept.
class WindowRewrite final : public UpkeepTask
{
public:
    WindowRewrite(UpkeepContext &context, RetiredSeals &retired, const Seals &seals, int64_t windowStartMs);
    static constexpr const char *workName = "window merge";
    const char *name() const override { return workName; }
    int64_t startMs() const override { return m_windowStartMs; }
    Result<bool> run(Backend &backend, const Slice &slice) override;

private:
    Status addSeries(SeriesId series);
    template<typename Columns>
    Status addSamples(SeriesId series, Kind kind);
    Status addOldHours(SeriesId series, Kind kind);
    Result<bool> finish(Backend &backend);
    std::vector<StoredPack> takePacks();

    UpkeepContext &m_context;
    const Floors m_floors;
    const int64_t m_windowStartMs;
    std::vector<SealPointer> m_sampleSeals;
    std::vector<SealPointer> m_hourSeals;
    Roaring m_series;
    uint64_t m_next = 0; ///< place of the next series
    SealReplacement m_replacement;
    SampleSealBuilder m_samples;
    HourlySealBuilder m_hours;
};

/// The seals of samples of one window, in the order of sealing; and the seals of hours of just it.
std::vector<SealPointer> sampleSealsOf(const Seals &seals, int64_t windowStartMs);
std::vector<SealPointer> hourSealsOf(const Seals &seals, int64_t windowStartMs, int64_t spanMs);
uint64_t lastSequenceOf(const std::vector<SealPointer> &seals);

} // namespace plimsoll

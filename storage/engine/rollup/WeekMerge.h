#pragma once

#include "storage/engine/rollup/SealReplacement.h"

namespace plimsoll {

inline constexpr int64_t weekMs = 7LL * 86'400'000;

/// Merges the seals of hours of one week, short ones and that of the week, into one. Hours before their floor
/// are left out.
class WeekMerge final : public UpkeepTask
{
public:
    WeekMerge(UpkeepContext &context, RetiredSeals &retired, const Seals &seals, int64_t weekStartMs);
    static constexpr const char *workName = "week merge";
    const char *name() const override { return workName; }
    int64_t startMs() const override { return m_weekStartMs; }
    Result<bool> run(Backend &backend, const Slice &slice) override;

    /// Whether windows of this length fit into hours and weeks.
    static bool fits(int64_t windowMs) { return windowMs % hourSpanMs == 0 && weekMs % windowMs == 0; }

private:
    Status addSeries(SeriesId series);
    Result<bool> finish(Backend &backend);

    UpkeepContext &m_context;
    const Floors m_floors;
    const int64_t m_weekStartMs;
    std::vector<int64_t> m_overridden;
    std::vector<SealPointer> m_seals; ///< the longest first
    Roaring m_series;
    uint64_t m_next = 0;
    SealReplacement m_replacement;
    HourlySealBuilder m_hours;
};

/// The seals of hours inside a week, the longest first.
std::vector<SealPointer> hourSealsInWeek(const Seals &seals, int64_t weekStartMs);

} // namespace plimsoll

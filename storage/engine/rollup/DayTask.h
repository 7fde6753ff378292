#pragma once

#include "storage/engine/rollup/DayCalendar.h"
#include "storage/engine/rollup/UpkeepContext.h"

#include <map>

namespace plimsoll {

class EngineReader;

/// Windows whose days are to be made, as in `meta`.
struct DueWindow
{
    int64_t madeUpToMs = 0;
    uint64_t seals = 0; ///< counted up by each seal of the window
};
using DueWindows = std::map<int64_t, DueWindow>;

/// Makes one day of all series anew, from hours.
class DayTask final : public UpkeepTask
{
public:
    /// `described` are the series whose row in table `series` is known to be there.
    DayTask(UpkeepContext &context, Day day, DueWindows &due, Roaring &described);
    static constexpr const char *workName = "day";
    const char *name() const override { return workName; }
    int64_t startMs() const override { return m_day.startMs; }
    Result<bool> run(Backend &backend, const Slice &slice) override;

private:
    Status addSeries(const EngineReader &reader, SeriesId series, BackendWrite &write);
    Result<RollupRow> dayOfSeries(const EngineReader &reader, SeriesId series, Kind kind) const;
    template<typename Columns>
    Status addPart(const EngineReader &reader, SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                   RollupRow &day) const;
    void settle(BackendWrite &write);

    UpkeepContext &m_context;
    const Day m_day;
    DueWindows &m_due;
    const DueWindows m_dueAtStart;
    Roaring &m_described;
    Roaring m_series;
    uint64_t m_next = 0;
    bool m_warned = false; ///< of damage, once
};

} // namespace plimsoll

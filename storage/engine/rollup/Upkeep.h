#pragma once

#include "storage/backend/Store.h"
#include "storage/engine/rollup/DayTask.h"
#include "storage/engine/rollup/RetiredSeals.h"
#include "storage/engine/rollup/UpkeepContext.h"
#include "storage/engine/rollup/UpkeepOptions.h"
#include "storage/model/Clock.h"

#include <atomic>
#include <memory>
#include <set>

namespace plimsoll {

/// What keeps the database in order: merges seals of one window, makes weeks and days, drops what is too old,
/// gives space back. It works on the store thread in slices, each a job of its own, so that documents and
/// seals get their turn in between. ROLLUP.md says what becomes of what.
///
/// Threads: load() before all else; wake() and the figures from any; the rest on the store thread.
class Upkeep
{
public:
    Upkeep(Store &store, UpkeepContext context, UpkeepOptions options, const Clock &clock);
    /// Lets queued slices pass without effect, and waits for one that runs, and for the one that it queued.
    ~Upkeep();

    /// Takes over what the last run left, and what it kept in `meta`.
    void load(const std::map<std::string, std::string> &meta);
    /// Queues a slice where something may be due.
    void wake();
    /// A window was sealed.
    void noteSealed(int64_t windowStartMs);
    /// Does all that is due, and waits for it. Any thread but the store's.
    Status runAll();

    /// How many seals of samples had to go early because the database was over its budget.
    uint64_t droppedForSpace() const { return m_droppedForSpace; }
    uint64_t slices() const { return m_slices; }

private:
    void runPosted(Backend &backend);
    Result<bool> runSlice(Backend &backend);
    Result<bool> begin(Backend &backend);
    Result<bool> removeLeftovers(Backend &backend);
    Result<bool> raiseSampleFloor(Backend &backend, const Seals &seals, FloorSet wanted);
    Result<bool> raiseHourFloor(Backend &backend, const Seals &seals, FloorSet wanted);
    Result<bool> expireSamples(Backend &backend, const Seals &seals);
    Result<bool> expireHours(Backend &backend, const Seals &seals);
    Result<bool> expireDays(Backend &backend);
    Result<bool> keepBudget(Backend &backend, const Seals &seals);
    Result<bool> giveBack(Backend &backend);
    bool beginRewrite(const Seals &seals);
    bool beginPurge(const Seals &seals);
    bool beginWeek(const Seals &seals);
    bool beginDay();
    bool wasGivenUp(const char *work, int64_t startMs) const;
    bool isQuiet(int64_t windowStartMs, int64_t quietMs) const;
    bool isReplaceable(const Seals &seals, int64_t fromMs, int64_t toMs) const;
    FloorSet floorsAt(int64_t Retention::*age) const;

    Store &m_store;
    UpkeepContext m_context;
    const UpkeepOptions m_options;
    const Clock &m_clock;
    std::unique_ptr<DayCalendar> m_calendar;
    bool m_calendarStored = false;
    std::vector<std::string> m_staleMarks;
    RetiredSeals m_retired;
    DueWindows m_due;
    Roaring m_described;
    std::map<int64_t, int64_t> m_sealedMs; ///< when windows were sealed last, in this run
    std::set<uint32_t> m_pure;             ///< seals of samples without series before their floor
    FloorSet m_pureFor;
    std::unique_ptr<UpkeepTask> m_task;
    std::set<std::pair<std::string, int64_t>> m_givenUp; ///< work that met damage, by its name and start
    int64_t m_daysExpiredMs = INT64_MIN;
    std::set<int64_t> m_memory; ///< starts of the windows in memory, at this slice

    std::atomic<bool> m_abandoned = false;
    std::atomic<bool> m_posted = false;
    std::atomic<int64_t> m_idleUntilMs = INT64_MIN;
    std::atomic<uint64_t> m_droppedForSpace = 0;
    std::atomic<uint64_t> m_slices = 0;
};

} // namespace plimsoll

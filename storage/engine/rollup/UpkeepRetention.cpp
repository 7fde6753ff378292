#include "storage/engine/LoggedWork.h"
#include "storage/engine/rollup/DaysDue.h"
#include "storage/engine/rollup/SealReplacement.h"
#include "storage/engine/rollup/SealedSeries.h"
#include "storage/engine/rollup/Upkeep.h"
#include "storage/engine/rollup/WindowRewrite.h"

#include <QDateTime>

#include <algorithm>

namespace plimsoll {

namespace {

constexpr uint64_t pagesWorthGivingBack = 256;
constexpr uint64_t pagesPerSlice = 1024;
constexpr uint64_t pageBytes = 4096;
constexpr int64_t daysExpireEveryMs = 3'600'000;

/// Each floor as high as `wanted`, but not above `limitMs`, and never lower than it is.
FloorSet raised(const FloorSet &floors, const FloorSet &wanted, int64_t limitMs)
{
    FloorSet result = wanted;
    result.generalMs = std::max(floors.generalMs, std::min(wanted.generalMs, limitMs));
    for (auto &[prefix, ms] : result.byPrefix) {
        const auto known = floors.byPrefix.find(prefix);
        const int64_t before = known == floors.byPrefix.end() ? floors.of(prefix) : known->second;
        ms = std::max(before, std::min(ms, limitMs));
    }
    return result;
}

/// The first of some rising starts at or after a time.
int64_t firstFrom(const std::vector<int64_t> &starts, int64_t fromMs)
{
    const auto it = std::lower_bound(starts.begin(), starts.end(), fromMs);
    return it == starts.end() ? INT64_MAX : *it;
}

} // namespace

FloorSet Upkeep::floorsAt(int64_t Retention::*age) const
{
    const int64_t nowMs = m_clock.nowMs();
    const auto floorOf = [&](const Retention &retention) {
        return windowStart(nowMs - std::min(retention.*age, nowMs), m_context.windowMs());
    };
    FloorSet floors;
    floors.generalMs = floorOf(m_options.retention);
    for (const auto &[prefix, retention] : m_options.prefixRetention)
        floors.byPrefix[prefix] = floorOf(retention);
    return floors;
}

/// Samples go only where hours say what they said: windows that are not settled, or whose week is not up to
/// date, hold the floor back until they are.
Result<bool> Upkeep::raiseSampleFloor(Backend &backend, const Seals &seals, FloorSet wanted)
{
    const FloorSet &floors = seals.floors.samples;
    const int64_t lowest = floors.lowest();
    const int64_t limitMs = std::min(firstFrom(seals.unsettled, lowest), firstFrom(seals.overridden, lowest));
    Floors next = seals.floors;
    next.samples = raised(floors, wanted, limitMs);
    std::vector<SealPointer> dropped;
    std::map<std::string, std::string> meta;
    for (const SealPointer &seal : seals.samples) {
        if (seal->windowEndMs() > next.samples.lowest() || m_memory.contains(seal->windowStartMs))
            continue;
        dropped.push_back(seal);
        if (seal->journalSequence > m_context.releasedSequence())
            meta[sealedMarkKey(seal->windowStartMs)] = std::to_string(seal->journalSequence);
    }
    if (dropped.empty() && next == seals.floors)
        return false;
    const bool anything = !seals.samples.empty() || !seals.hours.empty();
    if (!anything)
        return false;
    const LoggedWork logged("sample expiry");
    if (Status done =
            SealReplacement(m_context, m_retired).finish(backend, {}, {}, dropped, std::move(meta), next);
        !done)
        return done.error();
    return true;
}

Result<bool> Upkeep::expireSamples(Backend &backend, const Seals &seals)
{
    return raiseSampleFloor(backend, seals, floorsAt(&Retention::rawMs));
}

/// Hours go by whole days whose rows were made, and never before the samples.
Result<bool> Upkeep::raiseHourFloor(Backend &backend, const Seals &seals, FloorSet wanted)
{
    int64_t limitMs = seals.floors.samples.lowest();
    for (const auto &[start, due] : m_due)
        limitMs = std::min(limitMs, due.madeUpToMs);
    if (limitMs == INT64_MIN)
        return false;
    wanted.generalMs = m_calendar->dayOf(std::min(wanted.generalMs, limitMs)).startMs;
    for (auto &[prefix, ms] : wanted.byPrefix)
        ms = m_calendar->dayOf(std::min(ms, limitMs)).startMs;
    Floors next = seals.floors;
    next.hours = raised(seals.floors.hours, wanted, limitMs);
    std::vector<SealPointer> dropped;
    for (const SealPointer &seal : seals.hours) {
        if (seal->windowEndMs() <= next.hours.lowest())
            dropped.push_back(seal);
    }
    if (dropped.empty())
        return false;
    const LoggedWork logged("hour expiry");
    if (Status done = SealReplacement(m_context, m_retired).finish(backend, {}, {}, dropped, {}, next); !done)
        return done.error();
    return true;
}

Result<bool> Upkeep::expireHours(Backend &backend, const Seals &seals)
{
    return raiseHourFloor(backend, seals, floorsAt(&Retention::hourlyMs));
}

Result<bool> Upkeep::expireDays(Backend &backend)
{
    const int64_t nowMs = m_clock.nowMs();
    if (m_daysExpiredMs != INT64_MIN && nowMs < m_daysExpiredMs + daysExpireEveryMs)
        return false;
    const LoggedWork logged("day expiry");
    const FloorSet floors = floorsAt(&Retention::dailyMs);
    BackendWrite write;
    write.unhurried = true;
    if (floors.byPrefix.empty()) {
        write.expireDays.push_back({floors.generalMs, {}});
    } else {
        std::map<int64_t, std::vector<uint32_t>> series;
        for (SeriesId id = 1; id <= m_context.catalogue.lastId(); id++)
            series[floors.of(nameOf(m_context.catalogue, id))].push_back(id);
        for (auto &[ms, ids] : series)
            write.expireDays.push_back({ms, std::move(ids)});
    }
    if (Status done = backend.write(write); !done)
        return done.error();
    m_daysExpiredMs = nowMs;
    return true;
}

/// Over its budget the database loses the oldest window of samples, whatever its retention; without samples
/// the oldest hours.
Result<bool> Upkeep::keepBudget(Backend &backend, const Seals &seals)
{
    const uint64_t free = backend.freePages() * pageBytes;
    if (m_options.storageMaxBytes == 0 || !m_retired.empty() ||
        backend.bytes() <= m_options.storageMaxBytes + std::min(free, backend.bytes()))
        return false;
    const auto settled = [&](const SealPointer &seal) { return !m_memory.contains(seal->windowStartMs); };
    const bool samples = !seals.samples.empty();
    const SealList &list = samples ? seals.samples : seals.hours;
    if (list.empty() || !settled(*list.begin()) || (*list.begin())->windowEndMs() > m_clock.nowMs())
        return false;
    FloorSet wanted;
    wanted.generalMs = (*list.begin())->windowEndMs();
    for (const auto &[prefix, retention] : m_options.prefixRetention)
        wanted.byPrefix[prefix] = wanted.generalMs;
    auto done = samples ? raiseSampleFloor(backend, seals, wanted) : raiseHourFloor(backend, seals, wanted);
    if (done && *done) {
        m_droppedForSpace++;
        qCWarning(
            storageLog,
            "The database is over storage.max_bytes (%llu): the oldest %s were dropped, up to %s.",
            static_cast<unsigned long long>(m_options.storageMaxBytes), samples ? "samples" : "hours",
            qPrintable(QDateTime::fromMSecsSinceEpoch(wanted.generalMs, Qt::UTC).toString(Qt::ISODate)));
    }
    return done;
}

Result<bool> Upkeep::giveBack(Backend &backend)
{
    if (backend.freePages() < pagesWorthGivingBack)
        return false;
    const LoggedWork logged("giving back");
    if (Status done = backend.giveBack(pagesPerSlice); !done)
        return done.error();
    return true;
}

} // namespace plimsoll

#include "storage/engine/rollup/Upkeep.h"

#include "storage/engine/LoggedWork.h"
#include "storage/engine/rollup/DaysDue.h"
#include "storage/engine/rollup/SealedSeries.h"
#include "storage/engine/rollup/WeekMerge.h"
#include "storage/engine/rollup/WindowRewrite.h"

#include <algorithm>

namespace plimsoll {

namespace {

constexpr auto sliceLength = std::chrono::milliseconds(20);
constexpr int64_t idleMs = 30'000;
constexpr int64_t failedMs = 10'000;
constexpr int64_t rewriteQuietMs = 10 * 60'000;
constexpr int64_t weekQuietMs = 60 * 60'000;
constexpr int64_t weekPatienceMs = 24 * 60 * 60'000;
constexpr int64_t dayPatienceMs = 60 * 60'000;

int64_t weekOf(int64_t timestampMs)
{
    const int64_t rest = timestampMs % weekMs;
    return timestampMs - (rest < 0 ? rest + weekMs : rest);
}

} // namespace

Upkeep::Upkeep(Store &store, UpkeepContext context, UpkeepOptions options, const Clock &clock)
    : m_store(store)
    , m_context(std::move(context))
    , m_options(std::move(options))
    , m_clock(clock)
{
}

Upkeep::~Upkeep()
{
    m_abandoned = true;
    do
        (void)m_store.run([](Backend &) { return Status(); });
    while (m_posted);
}

void Upkeep::load(const std::map<std::string, std::string> &meta)
{
    const auto textOf = [&](const std::string &key) {
        const auto it = meta.find(key);
        return it == meta.end() ? std::string() : it->second;
    };
    std::vector<uint32_t> &leftovers = m_retired.leftovers;
    leftovers = RetiredSeals::idsIn(textOf("retired"));
    for (const uint32_t first : RetiredSeals::idsIn(textOf("building"))) {
        for (uint32_t i = 0; i < idsPerSealPair; i++)
            leftovers.push_back(first + i);
    }
    for (const uint32_t id : leftovers)
        m_context.ids.startAfter(id);
    eachMark(meta, "days_due:", [this](int64_t startMs, int64_t madeUpToMs) {
        m_due[startMs] = {madeUpToMs, 0};
    });
    const uint64_t released = m_context.releasedSequence();
    eachSealedMark(meta, [&](int64_t startMs, uint64_t sequence) {
        if (sequence <= released)
            m_staleMarks.push_back(sealedMarkKey(startMs));
    });
    const std::string zones = textOf("day_zones");
    m_calendar = std::make_unique<DayCalendar>(zones, m_options.timeZone, m_clock.nowMs());
    m_calendarStored = m_calendar->text() == zones;
}

void Upkeep::wake()
{
    if (m_clock.nowMs() < m_idleUntilMs || m_posted.exchange(true))
        return;
    m_store.post([this](Backend &backend) { runPosted(backend); });
}

void Upkeep::runPosted(Backend &backend)
{
    if (m_abandoned) {
        m_posted = false;
        return;
    }
    const auto more = runSlice(backend);
    if (more && *more)
        return m_store.post([this](Backend &again) { runPosted(again); });
    if (more)
        qCDebug(storageLog, "upkeep rests");
    else
        qCWarning(storageLog, "Upkeep of the database failed and is tried again: %s",
                  more.error().message.c_str());
    m_idleUntilMs = m_clock.nowMs() + (more ? idleMs : failedMs);
    m_posted = false;
}

Status Upkeep::runAll()
{
    bool more = true;
    while (more) {
        const Status done = m_store.run([&](Backend &backend) -> Status {
            const auto result = runSlice(backend);
            if (!result)
                return result.error();
            more = *result;
            return {};
        });
        if (!done)
            return done;
    }
    return {};
}

void Upkeep::noteSealed(int64_t windowStartMs)
{
    DueWindow &due = m_due[windowStartMs];
    due.madeUpToMs = windowStartMs;
    due.seals++;
    m_sealedMs[windowStartMs] = m_clock.nowMs();
}

/// A task that fails is given up; what it wrote is among the leftovers then. One that met damage is not begun
/// again in this run, so that it does not keep the others from their work.
Result<bool> Upkeep::runSlice(Backend &backend)
{
    m_slices++;
    if (m_task) {
        const LoggedWork logged(m_task->name());
        const auto done = m_task->run(backend, Slice(sliceLength));
        if (!done && done.error().code == ErrorCode::Corrupt)
            m_givenUp.insert({m_task->name(), m_task->startMs()});
        if (!done || *done)
            m_task.reset();
        if (!done)
            return done.error();
        return true;
    }
    return begin(backend);
}

Result<bool> Upkeep::begin(Backend &backend)
{
    using Step = Result<bool>;
    if (m_retired.doubt) {
        if (Status done = m_retired.resolveDoubt(backend, m_context.head); !done)
            return done.error();
    }
    if (Step done = removeLeftovers(backend); !done || *done)
        return done;
    if (Step done = m_retired.removeSome(backend); !done || *done)
        return done;
    const auto seals = m_context.head.seals();
    m_memory = m_context.head.windowStarts();
    if (Step done = expireSamples(backend, *seals); !done || *done)
        return done;
    if (beginRewrite(*seals) || beginPurge(*seals) || beginWeek(*seals) || beginDay())
        return true;
    if (Step done = expireHours(backend, *seals); !done || *done)
        return done;
    if (Step done = expireDays(backend); !done || *done)
        return done;
    if (Step done = keepBudget(backend, *seals); !done || *done)
        return done;
    return giveBack(backend);
}

Result<bool> Upkeep::removeLeftovers(Backend &backend)
{
    std::vector<uint32_t> &leftovers = m_retired.leftovers;
    if (leftovers.empty() && m_staleMarks.empty() && m_calendarStored)
        return false;
    const LoggedWork logged("leftovers");
    BackendWrite write;
    write.unhurried = true;
    constexpr size_t idsPerSlice = 5;
    const size_t count = std::min(leftovers.size(), idsPerSlice);
    write.removedSeals.assign(leftovers.end() - static_cast<ptrdiff_t>(count), leftovers.end());
    const bool last = count == leftovers.size();
    if (last) {
        write.meta["retired"] = m_retired.textWith({});
        write.meta["building"] = "";
        write.meta["day_zones"] = m_calendar->text();
        for (const std::string &key : m_staleMarks)
            write.meta[key] = "";
    }
    if (Status done = backend.write(write); !done)
        return done.error();
    leftovers.resize(leftovers.size() - count);
    if (last) {
        m_staleMarks.clear();
        m_calendarStored = true;
    }
    return true;
}

bool Upkeep::isQuiet(int64_t windowStartMs, int64_t quietMs) const
{
    const auto it = m_sealedMs.find(windowStartMs);
    return !m_memory.contains(windowStartMs) &&
           (it == m_sealedMs.end() || it->second + quietMs <= m_clock.nowMs());
}

bool Upkeep::wasGivenUp(const char *work, int64_t startMs) const
{
    return m_givenUp.contains({work, startMs});
}

bool Upkeep::beginRewrite(const Seals &seals)
{
    for (const int64_t start : seals.unsettled) {
        if (start + m_context.windowMs() > m_clock.nowMs() || !isQuiet(start, rewriteQuietMs) ||
            wasGivenUp(WindowRewrite::workName, start))
            continue;
        m_task = std::make_unique<WindowRewrite>(m_context, m_retired, seals, start);
        return true;
    }
    return false;
}

/// Where prefixes are kept for different times, a window is written anew without the series that are past
/// theirs.
bool Upkeep::beginPurge(const Seals &seals)
{
    const FloorSet &floors = seals.floors.samples;
    if (floors.byPrefix.empty() || floors.lowest() == floors.highest())
        return false;
    if (m_pureFor != floors)
        m_pure.clear();
    m_pureFor = floors;
    for (const SealPointer &seal : seals.samples) {
        if (seal->windowStartMs >= floors.highest())
            break;
        if (m_pure.contains(seal->id) || seals.isUnsettled(seal->windowStartMs) ||
            m_memory.contains(seal->windowStartMs) ||
            wasGivenUp(WindowRewrite::workName, seal->windowStartMs))
            continue;
        const bool pure = std::none_of(seal->series.begin(), seal->series.end(), [&](uint32_t series) {
            return floors.of(nameOf(m_context.catalogue, series)) > seal->windowStartMs;
        });
        if (pure) {
            m_pure.insert(seal->id);
            continue;
        }
        m_task = std::make_unique<WindowRewrite>(m_context, m_retired, seals, seal->windowStartMs);
        return true;
    }
    return false;
}

bool Upkeep::beginWeek(const Seals &seals)
{
    if (!WeekMerge::fits(m_context.windowMs()) || seals.hours.empty())
        return false;
    for (auto it = seals.hours.begin(); it != seals.hours.end(); ++it) {
        const Seal &seal = **it;
        const int64_t week = weekOf(seal.windowStartMs);
        if (week + weekMs + weekPatienceMs > m_clock.nowMs())
            break;
        if (seal.spanMs != m_context.windowMs() || !isReplaceable(seals, week, week + weekMs) ||
            wasGivenUp(WeekMerge::workName, week))
            continue;
        m_task = std::make_unique<WeekMerge>(m_context, m_retired, seals, week);
        return true;
    }
    return false;
}

bool Upkeep::isReplaceable(const Seals &seals, int64_t fromMs, int64_t toMs) const
{
    const auto unsettled = std::lower_bound(seals.unsettled.begin(), seals.unsettled.end(), fromMs);
    if (unsettled != seals.unsettled.end() && *unsettled < toMs)
        return false;
    const auto memory = m_memory.lower_bound(fromMs);
    if (memory != m_memory.end() && *memory < toMs)
        return false;
    for (auto it = m_sealedMs.lower_bound(fromMs); it != m_sealedMs.end() && it->first < toMs; ++it) {
        if (it->second + weekQuietMs > m_clock.nowMs())
            return false;
    }
    return true;
}

/// The oldest day first; one that is under way, or only just over, waits.
bool Upkeep::beginDay()
{
    std::optional<Day> oldest;
    for (const auto &[start, due] : m_due) {
        if (oldest && due.madeUpToMs >= oldest->startMs)
            continue;
        Day day = m_calendar->dayOf(due.madeUpToMs);
        if (day.endMs + dayPatienceMs <= m_clock.nowMs() && isQuiet(start, rewriteQuietMs) &&
            !wasGivenUp(DayTask::workName, day.startMs))
            oldest = std::move(day);
    }
    if (!oldest)
        return false;
    m_task = std::make_unique<DayTask>(m_context, *oldest, m_due, m_described);
    return true;
}

} // namespace plimsoll

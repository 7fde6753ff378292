#include "storage/engine/rollup/WeekMerge.h"

#include "storage/engine/rollup/DaysDue.h"
#include "storage/engine/rollup/SealedSeries.h"
#include "storage/engine/rollup/WindowRewrite.h"

#include <algorithm>

namespace plimsoll {

std::vector<SealPointer> hourSealsInWeek(const Seals &seals, int64_t weekStartMs)
{
    std::vector<SealPointer> result;
    for (const SealPointer &seal : seals.hours.near(weekStartMs, weekStartMs + weekMs - 1)) {
        if (seal->windowStartMs >= weekStartMs && seal->windowEndMs() <= weekStartMs + weekMs)
            result.push_back(seal);
    }
    std::ranges::stable_sort(result, [](const auto &a, const auto &b) { return a->spanMs > b->spanMs; });
    return result;
}

WeekMerge::WeekMerge(UpkeepContext &context, RetiredSeals &retired, const Seals &seals, int64_t weekStartMs)
    : m_context(context)
    , m_floors(seals.floors)
    , m_weekStartMs(weekStartMs)
    , m_overridden(seals.overridden)
    , m_seals(hourSealsInWeek(seals, weekStartMs))
    , m_series(seriesOf(m_seals))
    , m_replacement(context, retired)
    , m_hours(m_replacement.numbers().hours, weekStartMs, weekMs, lastSequenceOf(m_seals))
{
}

Result<bool> WeekMerge::run(Backend &backend, const Slice &slice)
{
    const uint64_t count = m_series.cardinality();
    while (m_next < count) {
        uint32_t series = 0;
        m_series.select(static_cast<uint32_t>(m_next++), &series);
        if (Status added = addSeries(series); !added)
            return added.error();
        if (!slice.over())
            continue;
        if (Status written = m_replacement.write(backend, m_hours.takePacks()); !written)
            return written.error();
        return false;
    }
    return finish(backend);
}

Status WeekMerge::addSeries(SeriesId series)
{
    const Kind kind = m_context.catalogue.kindIfKnown(series).value_or(Kind::Untyped);
    const bool general = m_floors.samples.byPrefix.empty() && m_floors.hours.byPrefix.empty();
    const std::string name = general ? std::string() : nameOf(m_context.catalogue, series);
    const int64_t samplesFromMs = m_floors.samples.of(name);
    const int64_t hoursFromMs = m_floors.hours.of(name);
    RollupRows rows;
    for (const SealPointer &seal : m_seals) {
        const size_t first = rows.size();
        if (Status read = appendRows(m_context.hours, *seal, series, kind, rows); !read)
            return read;
        const bool longer = seal->spanMs != m_context.windowMs();
        const auto gone = [&](const RollupRow &row) {
            const int64_t window = windowStart(row.startMs, m_context.windowMs());
            return row.startMs < hoursFromMs ||
                   (longer && window >= samplesFromMs && std::ranges::binary_search(m_overridden, window));
        };
        rows.erase(std::remove_if(rows.begin() + static_cast<ptrdiff_t>(first), rows.end(), gone),
                   rows.end());
    }
    normalize(rows);
    m_hours.add(series, kind, rows);
    return {};
}

Result<bool> WeekMerge::finish(Backend &backend)
{
    std::map<std::string, std::string> meta;
    const uint64_t released = m_context.releasedSequence();
    for (const SealPointer &seal : m_seals) {
        if (seal->spanMs == m_context.windowMs() && seal->journalSequence > released)
            meta[sealedMarkKey(seal->windowStartMs)] = std::to_string(seal->journalSequence);
    }
    StoredSeal week = m_hours.finish();
    if (Status done =
            m_replacement.finish(backend, m_hours.takePacks(), {std::move(week)}, m_seals, std::move(meta));
        !done)
        return done.error();
    return true;
}

} // namespace plimsoll

#include "storage/engine/rollup/WindowRewrite.h"

#include "storage/engine/Columns.h"
#include "storage/engine/rollup/RollupBuilder.h"
#include "storage/engine/rollup/SealedSeries.h"

#include <algorithm>

namespace plimsoll {

namespace {

uint64_t sequenceOf(const std::vector<SealPointer> &samples, const std::vector<SealPointer> &hours)
{
    return std::max(lastSequenceOf(samples), lastSequenceOf(hours));
}

} // namespace

std::vector<SealPointer> sampleSealsOf(const Seals &seals, int64_t windowStartMs)
{
    std::vector<SealPointer> result;
    for (const SealPointer &seal : seals.samples.near(windowStartMs, windowStartMs)) {
        if (seal->windowStartMs == windowStartMs)
            result.push_back(seal);
    }
    return result;
}

std::vector<SealPointer> hourSealsOf(const Seals &seals, int64_t windowStartMs, int64_t spanMs)
{
    std::vector<SealPointer> result;
    for (const SealPointer &seal : seals.hours.near(windowStartMs, windowStartMs)) {
        if (seal->windowStartMs == windowStartMs && seal->spanMs == spanMs)
            result.push_back(seal);
    }
    return result;
}

uint64_t lastSequenceOf(const std::vector<SealPointer> &seals)
{
    uint64_t last = 0;
    for (const SealPointer &seal : seals)
        last = std::max(last, seal->journalSequence);
    return last;
}

WindowRewrite::WindowRewrite(UpkeepContext &context, RetiredSeals &retired, const Seals &seals,
                             int64_t windowStartMs)
    : m_context(context)
    , m_floors(seals.floors)
    , m_windowStartMs(windowStartMs)
    , m_sampleSeals(sampleSealsOf(seals, windowStartMs))
    , m_hourSeals(hourSealsOf(seals, windowStartMs, context.windowMs()))
    , m_series(seriesOf(m_sampleSeals) | seriesOf(m_hourSeals))
    , m_replacement(context, retired)
    , m_samples(m_replacement.numbers().samples, windowStartMs, context.windowMs(),
                sequenceOf(m_sampleSeals, m_hourSeals))
    , m_hours(m_replacement.numbers().hours, windowStartMs, context.windowMs(),
              sequenceOf(m_sampleSeals, m_hourSeals))
{
}

std::vector<StoredPack> WindowRewrite::takePacks()
{
    auto packs = m_samples.takePacks();
    auto hours = m_hours.takePacks();
    std::move(hours.begin(), hours.end(), std::back_inserter(packs));
    return packs;
}

Result<bool> WindowRewrite::run(Backend &backend, const Slice &slice)
{
    const uint64_t count = m_series.cardinality();
    while (m_next < count) {
        uint32_t series = 0;
        m_series.select(static_cast<uint32_t>(m_next++), &series);
        if (Status added = addSeries(series); !added)
            return added.error();
        if (!slice.over())
            continue;
        if (Status written = m_replacement.write(backend, takePacks()); !written)
            return written.error();
        return false;
    }
    return finish(backend);
}

Status WindowRewrite::addSeries(SeriesId series)
{
    const Kind kind = m_context.catalogue.kindIfKnown(series).value_or(Kind::Untyped);
    const int64_t floorMs = m_floors.samples.byPrefix.empty()
                                ? m_floors.samples.generalMs
                                : m_floors.samples.of(nameOf(m_context.catalogue, series));
    if (m_windowStartMs < floorMs)
        return addOldHours(series, kind);
    return holdsHistograms(kind) ? addSamples<HistogramColumns>(series, kind)
                                 : addSamples<FloatColumns>(series, kind);
}

template<typename Columns>
Status WindowRewrite::addSamples(SeriesId series, Kind kind)
{
    Columns columns;
    if (Status read = appendSamples(m_context.packs, m_sampleSeals, series, columns); !read)
        return read;
    normalize(columns, kind);
    RollupRows rows;
    appendHours(columns, kind, rows);
    m_samples.add(series, kind, columns);
    m_hours.add(series, kind, rows);
    return {};
}

Status WindowRewrite::addOldHours(SeriesId series, Kind kind)
{
    RollupRows rows;
    for (const SealPointer &seal : m_hourSeals) {
        if (Status read = appendRows(m_context.hours, *seal, series, kind, rows); !read)
            return read;
    }
    normalize(rows);
    m_hours.add(series, kind, rows);
    return {};
}

Result<bool> WindowRewrite::finish(Backend &backend)
{
    std::vector<StoredSeal> seals{m_samples.finish(), m_hours.finish()};
    std::vector<SealPointer> replaced = m_sampleSeals;
    replaced.insert(replaced.end(), m_hourSeals.begin(), m_hourSeals.end());
    if (Status done = m_replacement.finish(backend, takePacks(), std::move(seals), replaced, {}); !done)
        return done.error();
    return true;
}

} // namespace plimsoll

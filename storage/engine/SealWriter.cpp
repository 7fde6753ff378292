#include "storage/engine/SealWriter.h"

#include "storage/engine/Chunk.h"
#include "storage/engine/Columns.h"
#include "storage/engine/rollup/RollupBuilder.h"

#include <limits>

namespace plimsoll {

namespace {

constexpr uint64_t everything = UINT64_MAX;

StoredSeal emptySeal(uint32_t id, int64_t windowStartMs, int64_t spanMs, uint64_t journalSequence)
{
    StoredSeal seal;
    seal.id = id;
    seal.windowStartMs = windowStartMs;
    seal.spanMs = spanMs;
    seal.minMs = std::numeric_limits<int64_t>::max();
    seal.maxMs = std::numeric_limits<int64_t>::min();
    seal.journalSequence = journalSequence;
    return seal;
}

template<typename Columns>
PackEntry entryOf(SeriesId series, const Columns &columns)
{
    PackEntry entry;
    entry.series = series;
    entry.samples = columns.size();
    entry.minMs = columns.timestampsMs.front();
    entry.maxMs = columns.timestampsMs.back();
    return entry;
}

std::string bytesOf(Roaring &ids)
{
    ids.runOptimize();
    std::string bytes(ids.getSizeInBytes(), '\0');
    ids.write(bytes.data());
    return bytes;
}

} // namespace

SampleSealBuilder::SampleSealBuilder(uint32_t id, int64_t windowStartMs, int64_t spanMs,
                                     uint64_t journalSequence)
    : m_seal(emptySeal(id, windowStartMs, spanMs, journalSequence))
    , m_builder(windowStartMs)
{
}

void SampleSealBuilder::add(SeriesId series, Kind kind, const FloatColumns &columns)
{
    if (columns.size() == 0)
        return;
    PackEntry entry = entryOf(series, columns);
    if (kind == Kind::Delta) {
        entry.total.emplace();
        for (const double value : columns.values)
            entry.total->add(value);
    }
    add(std::move(entry), encodeChunk(columns, m_seal.windowStartMs));
}

void SampleSealBuilder::add(SeriesId series, Kind kind, const HistogramColumns &columns)
{
    if (columns.size() == 0)
        return;
    PackEntry entry = entryOf(series, columns);
    entry.histograms = true;
    add(std::move(entry), encodeChunk(columns, m_seal.windowStartMs, kind));
}

void SampleSealBuilder::add(PackEntry entry, std::string_view chunk)
{
    m_seal.samples += entry.samples;
    m_seal.minMs = std::min(m_seal.minMs, entry.minMs);
    m_seal.maxMs = std::max(m_seal.maxMs, entry.maxMs);
    m_ids.add(entry.series);
    m_builder.add(std::move(entry), chunk);
    if (m_builder.full())
        close();
}

void SampleSealBuilder::close()
{
    if (m_builder.empty())
        return;
    const SeriesId first = m_builder.firstSeries();
    m_packs.push_back({m_seal.id, first, m_builder.finish()});
    m_seal.bytes += m_packs.back().data.size();
}

StoredSeal SampleSealBuilder::finish()
{
    close();
    m_seal.series = bytesOf(m_ids);
    return m_seal;
}

HourlySealBuilder::HourlySealBuilder(uint32_t id, int64_t windowStartMs, int64_t spanMs,
                                     uint64_t journalSequence)
    : m_seal(emptySeal(id, windowStartMs, spanMs, journalSequence))
{
    m_seal.resolutionMs = hourSpanMs;
}

void HourlySealBuilder::add(SeriesId series, Kind kind, const RollupRows &rows)
{
    if (rows.empty())
        return;
    for (const RollupRow &row : rows) {
        m_seal.samples += row.count;
        m_seal.minMs = std::min(m_seal.minMs, row.firstMs);
        m_seal.maxMs = std::max(m_seal.maxMs, row.lastMs);
    }
    m_ids.add(series);
    m_builder.add(series, kind, rows);
    if (m_builder.full())
        close();
}

void HourlySealBuilder::close()
{
    if (m_builder.empty())
        return;
    HourlyPackBuilder::Packs packs = m_builder.finish();
    for (uint32_t group = 0; group < rollupGroups; group++) {
        auto &[first, data] = packs.groups[group];
        if (data.empty())
            continue;
        m_seal.bytes += data.size();
        m_packs.push_back({m_seal.id + group, first, std::move(data)});
    }
}

StoredSeal HourlySealBuilder::finish()
{
    close();
    m_seal.series = bytesOf(m_ids);
    return m_seal;
}

namespace {

/// Puts the samples of a window into both seals.
class WindowSealer
{
public:
    WindowSealer(const HeadWindow &window, SealNumbers numbers, uint64_t journalSequence)
        : m_window(window)
        , m_samples(numbers.samples, window.startMs(), window.endMs() - window.startMs(), journalSequence)
        , m_hours(numbers.hours, window.startMs(), window.endMs() - window.startMs(), journalSequence)
    {
    }

    void add(SeriesId series, Kind kind)
    {
        if (holdsHistograms(kind))
            add(series, kind, m_histograms);
        else
            add(series, kind, m_floats);
    }

    SealedWindow finish()
    {
        SealedWindow out;
        for (StoredSeal seal : {m_samples.finish(), m_hours.finish()}) {
            if (seal.samples > 0)
                out.seals.push_back(std::move(seal));
        }
        out.packs = m_samples.takePacks();
        auto hours = m_hours.takePacks();
        std::move(hours.begin(), hours.end(), std::back_inserter(out.packs));
        return out;
    }

private:
    template<typename Columns>
    void add(SeriesId series, Kind kind, Columns &columns)
    {
        columns.clear();
        m_window.read(series, everything, columns);
        normalize(columns, kind);
        m_rows.clear();
        appendHours(columns, kind, m_rows);
        m_samples.add(series, kind, columns);
        m_hours.add(series, kind, m_rows);
    }

    const HeadWindow &m_window;
    SampleSealBuilder m_samples;
    HourlySealBuilder m_hours;
    FloatColumns m_floats;
    HistogramColumns m_histograms;
    RollupRows m_rows;
};

} // namespace

SealedWindow sealWindow(const HeadWindow &window, SealNumbers numbers, uint64_t journalSequence,
                        const Catalogue &catalogue)
{
    WindowSealer sealer(window, numbers, journalSequence);
    for (const SeriesId series : window.series())
        sealer.add(series, catalogue.kindIfKnown(series).value_or(Kind::Untyped));
    return sealer.finish();
}

} // namespace plimsoll

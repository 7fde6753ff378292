#include "storage/engine/SealWriter.h"

#include "storage/engine/Chunk.h"
#include "storage/engine/Columns.h"
#include "storage/engine/PackBuilder.h"

#include <limits>

namespace plimsoll {

namespace {

constexpr size_t packBytes = 32 * 1024;
constexpr uint64_t everything = UINT64_MAX;

class PackWriter
{
public:
    PackWriter(SealedWindow &out, int64_t windowStartMs)
        : m_out(out)
        , m_builder(windowStartMs)
    {
    }

    void add(PackEntry entry, std::string_view chunk)
    {
        m_out.seal.samples += entry.samples;
        m_out.seal.minMs = std::min(m_out.seal.minMs, entry.minMs);
        m_out.seal.maxMs = std::max(m_out.seal.maxMs, entry.maxMs);
        m_ids.add(entry.series);
        m_builder.add(std::move(entry), chunk);
        if (m_builder.size() >= packBytes)
            close();
    }

    void close()
    {
        if (m_builder.empty())
            return;
        const SeriesId first = m_builder.firstSeries();
        m_out.packs.push_back({m_out.seal.id, first, m_builder.finish()});
        m_out.seal.bytes += m_out.packs.back().data.size();
    }

    std::string ids()
    {
        m_ids.runOptimize();
        std::string bytes(m_ids.getSizeInBytes(), '\0');
        m_ids.write(bytes.data());
        return bytes;
    }

private:
    SealedWindow &m_out;
    PackBuilder m_builder;
    Roaring m_ids;
};

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

void writeFloats(PackWriter &writer, SeriesId series, Kind kind, FloatColumns &columns, int64_t windowStartMs)
{
    normalize(columns, kind);
    if (columns.size() == 0)
        return;
    PackEntry entry = entryOf(series, columns);
    if (kind == Kind::Delta) {
        entry.total.emplace();
        for (const double value : columns.values)
            entry.total->add(value);
    }
    writer.add(std::move(entry), encodeChunk(columns, windowStartMs));
}

void writeHistograms(PackWriter &writer, SeriesId series, Kind kind, HistogramColumns &columns,
                     int64_t windowStartMs)
{
    normalize(columns, kind);
    if (columns.size() == 0)
        return;
    PackEntry entry = entryOf(series, columns);
    entry.histograms = true;
    writer.add(std::move(entry), encodeChunk(columns, windowStartMs, kind));
}

} // namespace

SealedWindow sealWindow(const HeadWindow &window, uint32_t seal, uint64_t journalSequence,
                        const Catalogue &catalogue)
{
    SealedWindow out;
    out.seal.id = seal;
    out.seal.windowStartMs = window.startMs();
    out.seal.minMs = std::numeric_limits<int64_t>::max();
    out.seal.maxMs = std::numeric_limits<int64_t>::min();
    out.seal.journalSequence = journalSequence;
    PackWriter writer(out, window.startMs());
    FloatColumns floats;
    HistogramColumns histograms;
    for (const SeriesId series : window.series()) {
        const Kind kind = catalogue.kindIfKnown(series).value_or(Kind::Untyped);
        if (holdsHistograms(kind)) {
            histograms.clear();
            window.read(series, everything, histograms);
            writeHistograms(writer, series, kind, histograms, window.startMs());
        } else {
            floats.clear();
            window.read(series, everything, floats);
            writeFloats(writer, series, kind, floats, window.startMs());
        }
    }
    writer.close();
    out.seal.series = writer.ids();
    return out;
}

} // namespace plimsoll

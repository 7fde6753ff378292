#include "storage/engine/follow/MergedReader.h"

#include "storage/engine/Columns.h"
#include "storage/engine/follow/Following.h"
#include "storage/engine/rollup/RowColumns.h"
#include "storage/model/ExactSum.h"
#include "storage/model/StoppableSort.h"

#include <algorithm>

namespace plimsoll {

namespace {

Error unknown() { return {ErrorCode::NotFound, "There is no such series.", {}}; }

template<typename Columns>
void append(Columns &to, const Columns &from)
{
    to.timestampsMs.insert(to.timestampsMs.end(), from.timestampsMs.begin(), from.timestampsMs.end());
    to.values.insert(to.values.end(), from.values.begin(), from.values.end());
}

} // namespace

MergedReader::MergedReader(std::vector<std::unique_ptr<SeriesReader>> readers)
    : m_readers(std::move(readers))
{
}

void MergedReader::bind(const StopToken &stop, uint64_t maxSamples) const
{
    SeriesReader::bind(stop, maxSamples);
    for (const auto &reader : m_readers)
        reader->bind(stop, maxSamples);
}

Result<std::vector<SelectedSeries>> MergedReader::select(ProjectId project, std::span<const Matcher> matchers,
                                                         int64_t fromMs, int64_t toMs) const
{
    std::map<SeriesId, SelectedSeries> merged;
    for (size_t reader = 0; reader < m_readers.size(); reader++) {
        auto selected = m_readers[reader]->select(project, matchers, fromMs, toMs);
        if (!selected)
            return selected.error();
        for (SelectedSeries &found : *selected) {
            const auto [it, isNew] =
                m_ids.try_emplace({project, found.labels->key()}, static_cast<SeriesId>(m_series.size() + 1));
            if (isNew)
                m_series.push_back({found.kind, {}});
            Series &series = m_series[it->second - 1];
            if (holdsHistograms(found.kind) != holdsHistograms(series.kind))
                continue;
            series.parts[reader] = found.id;
            merged.try_emplace(it->second, SelectedSeries{it->second, series.kind, found.labels});
        }
    }
    std::vector<SelectedSeries> all;
    for (auto &[id, selected] : merged)
        all.push_back(std::move(selected));
    const auto byLabels = [](const SelectedSeries &a, const SelectedSeries &b) {
        return *a.labels < *b.labels;
    };
    if (!stoppableSort(all, byLabels, stop()))
        return stop().status().error();
    return all;
}

const MergedReader::Series *MergedReader::find(SeriesId id) const
{
    return id > 0 && id <= m_series.size() ? &m_series[id - 1] : nullptr;
}

template<typename Columns, typename Read>
Status MergedReader::readColumns(SeriesId id, Columns &out, Read read) const
{
    out.clear();
    const Series *series = find(id);
    if (!series)
        return unknown();
    Columns part;
    for (const auto &[reader, partId] : series->parts) {
        if (Status done = read(*m_readers[reader], partId, series->parts.size() == 1 ? out : part); !done)
            return done;
        append(out, part);
    }
    if (series->parts.size() > 1)
        normalize(out, series->kind);
    return {};
}

Status MergedReader::readFloats(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const
{
    return readColumns(series, out, [&](const SeriesReader &reader, SeriesId id, FloatColumns &columns) {
        return reader.readFloats(id, fromMs, toMs, columns);
    });
}

Status MergedReader::readHistograms(SeriesId series, int64_t fromMs, int64_t toMs,
                                    HistogramColumns &out) const
{
    return readColumns(series, out, [&](const SeriesReader &reader, SeriesId id, HistogramColumns &columns) {
        return reader.readHistograms(id, fromMs, toMs, columns);
    });
}

std::vector<std::string> MergedReader::warnings() const
{
    std::vector<std::string> all;
    for (const auto &reader : m_readers) {
        for (std::string &warning : reader->warnings())
            all.push_back(std::move(warning));
    }
    return all;
}

Result<double> MergedReader::totalBefore(SeriesId id, int64_t beforeMs) const
{
    const Series *series = find(id);
    if (!series)
        return unknown();
    ExactSum sum;
    for (const auto &[reader, part] : series->parts) {
        const auto total = m_readers[reader]->totalBefore(part, beforeMs);
        if (!total)
            return total.error();
        sum.add(*total);
    }
    return sum.value();
}

template<typename Read>
Result<Histogram> MergedReader::merge(SeriesId id, Read read) const
{
    const Series *series = find(id);
    if (!series)
        return unknown();
    std::optional<Histogram> merged;
    for (const auto &[reader, part] : series->parts) {
        auto histogram = read(*m_readers[reader], part);
        if (!histogram)
            return histogram.error();
        if (histogram->count() == 0)
            continue;
        if (merged)
            merged->merge(*histogram);
        else
            merged = std::move(*histogram);
    }
    return merged.value_or(Histogram());
}

Result<Histogram> MergedReader::histogramBefore(SeriesId series, int64_t beforeMs) const
{
    return merge(series, [&](const SeriesReader &reader, SeriesId id) {
        return reader.histogramBefore(id, beforeMs);
    });
}

Result<Histogram> MergedReader::histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const
{
    return merge(series, [&](const SeriesReader &reader, SeriesId id) {
        return reader.histogramBetween(id, fromMs, toMs);
    });
}

/// What some node has dropped is dropped; hours are there wherever samples are.
Coverage MergedReader::coverage(SeriesId id) const
{
    Coverage merged;
    const Series *series = find(id);
    if (!series)
        return merged;
    for (const auto &[reader, part] : series->parts) {
        const Coverage one = m_readers[reader]->coverage(part);
        merged.samplesFromMs = std::max(merged.samplesFromMs, one.samplesFromMs);
        merged.hoursFromMs = std::max(merged.hoursFromMs, one.hoursFromMs);
    }
    return merged;
}

int64_t MergedReader::nextSampleMs(SeriesId id, int64_t fromMs) const
{
    int64_t next = INT64_MAX;
    if (const Series *series = find(id)) {
        for (const auto &[reader, part] : series->parts) {
            const auto *index = dynamic_cast<const SampleIndex *>(m_readers[reader].get());
            next = std::min(next, index ? index->nextSampleMs(part, fromMs) : fromMs);
        }
    }
    return next;
}

/// Spans of equal start are one. Nodes should have one time zone: days of different zones stay beside each
/// other.
template<typename Read>
Status MergedReader::readRollups(SeriesId id, uint8_t parts, RollupColumns &out, Read read) const
{
    out.clear();
    const Series *series = find(id);
    if (!series)
        return unknown();
    if (series->parts.size() == 1)
        return read(*m_readers[series->parts.begin()->first], series->parts.begin()->second, out);
    RollupRows rows;
    std::map<int64_t, int64_t> ends;
    for (const auto &[reader, partId] : series->parts) {
        RollupColumns part;
        if (Status done = read(*m_readers[reader], partId, part); !done)
            return done;
        for (size_t i = 0; i < part.size(); i++)
            ends[part.startsMs[i]] = std::max(ends[part.startsMs[i]], part.endsMs[i]);
        RollupRows more = toRows(part);
        std::move(more.begin(), more.end(), std::back_inserter(rows));
    }
    normalize(rows);
    for (const RollupRow &row : rows)
        appendRow(row, ends[row.startMs], parts, out);
    return {};
}

Status MergedReader::readHours(SeriesId series, int64_t fromMs, int64_t toMs, uint8_t parts,
                               RollupColumns &out) const
{
    return readRollups(series, parts, out,
                       [&](const SeriesReader &reader, SeriesId id, RollupColumns &columns) {
                           return reader.readHours(id, fromMs, toMs, parts, columns);
                       });
}

Status MergedReader::readDays(SeriesId series, int64_t fromMs, int64_t toMs, RollupColumns &out) const
{
    return readRollups(series, rollupAll, out,
                       [&](const SeriesReader &reader, SeriesId id, RollupColumns &columns) {
                           return reader.readDays(id, fromMs, toMs, columns);
                       });
}

std::unique_ptr<SeriesReader> MergedSource::openReader() const
{
    auto others = m_following.openReaders();
    if (others.empty())
        return m_own.openReader();
    std::vector<std::unique_ptr<SeriesReader>> readers;
    readers.push_back(m_own.openReader());
    std::move(others.begin(), others.end(), std::back_inserter(readers));
    return std::make_unique<MergedReader>(std::move(readers));
}

} // namespace plimsoll

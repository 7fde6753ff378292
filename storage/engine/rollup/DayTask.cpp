#include "storage/engine/rollup/DayTask.h"

#include "storage/engine/EngineReader.h"
#include "storage/engine/LoggedWork.h"
#include "storage/engine/rollup/DayRow.h"
#include "storage/engine/rollup/DaysDue.h"
#include "storage/engine/rollup/RollupBuilder.h"
#include "storage/engine/rollup/RowColumns.h"
#include "storage/engine/rollup/SealedSeries.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace plimsoll {

namespace {

StoredSeriesRow describe(const Catalogue &catalogue, SeriesId series)
{
    StoredSeriesRow row;
    row.id = series;
    const auto described = catalogue.describe(series);
    if (!described)
        return row;
    row.project = described->project;
    row.name = std::string(described->labels.name());
    row.kind = std::string(kindName(described->kind));
    QJsonObject labels;
    for (const auto &[name, value] : described->labels) {
        if (name != nameLabel)
            labels.insert(QString::fromStdString(name), QString::fromStdString(value));
    }
    row.labels = QJsonDocument(labels).toJson(QJsonDocument::Compact).toStdString();
    return row;
}

Roaring seriesOfDay(const Seals &seals, const Day &day)
{
    Roaring all;
    for (const SealList *list : {&seals.hours, &seals.samples}) {
        for (const SealPointer &seal : list->near(day.startMs, day.endMs - 1)) {
            if (seal->windowStartMs < day.endMs && seal->windowEndMs() > day.startMs)
                all |= seal->series;
        }
    }
    return all;
}

} // namespace

DayTask::DayTask(UpkeepContext &context, Day day, DueWindows &due, Roaring &described)
    : m_context(context)
    , m_day(std::move(day))
    , m_due(due)
    , m_dueAtStart(due)
    , m_described(described)
    , m_series(seriesOfDay(*context.head.seals(), m_day))
{
}

Result<bool> DayTask::run(Backend &backend, const Slice &slice)
{
    const EngineReader reader(m_context.catalogue, m_context.head, m_context.packs, m_context.hours);
    BackendWrite write;
    write.unhurried = true;
    const uint64_t count = m_series.cardinality();
    while (m_next < count && !slice.over()) {
        uint32_t series = 0;
        m_series.select(static_cast<uint32_t>(m_next++), &series);
        if (Status added = addSeries(reader, series, write); !added)
            return added.error();
    }
    const bool done = m_next >= count;
    DueWindows before = m_due;
    if (done)
        settle(write);
    if (Status written = backend.write(write); !written) {
        m_due = std::move(before);
        return written.error();
    }
    for (const StoredSeriesRow &row : write.seriesRows)
        m_described.add(row.id);
    return done;
}

Status DayTask::addSeries(const EngineReader &reader, SeriesId series, BackendWrite &write)
{
    const auto kind = m_context.catalogue.kindIfKnown(series);
    if (!kind)
        return {};
    const uint64_t leftOut = reader.leftOut();
    const auto row = dayOfSeries(reader, series, *kind);
    if (!row)
        return row.error();
    // A day that is there may say more than what is left.
    if (reader.leftOut() != leftOut) {
        if (!std::exchange(m_warned, true))
            qCWarning(storageLog, "Damaged data keep a day of %s, perhaps of others, as it was.",
                      nameOf(m_context.catalogue, series).c_str());
        return {};
    }
    if (row->count == 0)
        return {};
    write.days.push_back(dayOf(series, *kind, *row, m_day.endMs, m_day.zone));
    if (!m_described.contains(series))
        write.seriesRows.push_back(describe(m_context.catalogue, series));
    return {};
}

template<typename Columns>
Status DayTask::addPart(const EngineReader &reader, SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                        RollupRow &day) const
{
    Columns columns;
    Status read;
    if constexpr (std::is_same_v<Columns, FloatColumns>)
        read = reader.readFloats(series, fromMs, toMs, columns);
    else
        read = reader.readHistograms(series, fromMs, toMs, columns);
    RollupRows rows;
    appendHours(columns, kind, rows);
    for (const RollupRow &row : rows)
        day.merge(row);
    return read;
}

/// Where midnight is not on the hour, samples divide the hour; without them it belongs to the day in which it
/// begins.
Result<RollupRow> DayTask::dayOfSeries(const EngineReader &reader, SeriesId series, Kind kind) const
{
    RollupColumns hours;
    if (Status read = reader.readHours(series, m_day.startMs, m_day.endMs - 1, rollupAll, hours); !read)
        return read.error();
    const int64_t floorMs = reader.coverage(series).samplesFromMs;
    RollupRow day;
    day.startMs = m_day.startMs;
    for (const RollupRow &row : toRows(hours)) {
        const int64_t endMs = row.startMs + hourSpanMs;
        if (row.startMs >= m_day.startMs && endMs <= m_day.endMs) {
            day.merge(row);
            continue;
        }
        const int64_t fromMs = std::max(row.startMs, m_day.startMs);
        const int64_t toMs = std::min(endMs, m_day.endMs) - 1;
        Status added;
        if (row.startMs >= floorMs)
            added = holdsHistograms(kind) ? addPart<HistogramColumns>(reader, series, kind, fromMs, toMs, day)
                                          : addPart<FloatColumns>(reader, series, kind, fromMs, toMs, day);
        else if (row.startMs >= m_day.startMs)
            day.merge(row);
        if (!added)
            return added.error();
    }
    return day;
}

/// Windows that were sealed again while the day was made stay due.
void DayTask::settle(BackendWrite &write)
{
    for (const auto &[windowMs, atStart] : m_dueAtStart) {
        const auto it = m_due.find(windowMs);
        if (it == m_due.end() || it->second.seals != atStart.seals || windowMs >= m_day.endMs ||
            it->second.madeUpToMs < m_day.startMs || it->second.madeUpToMs >= m_day.endMs)
            continue;
        it->second.madeUpToMs = m_day.endMs;
        const bool made = m_day.endMs >= windowMs + m_context.windowMs();
        write.meta[daysDueKey(windowMs)] = made ? std::string() : std::to_string(m_day.endMs);
        if (made)
            m_due.erase(it);
    }
}

} // namespace plimsoll

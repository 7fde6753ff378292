#include "storage/engine/Columns.h"
#include "storage/engine/EngineReader.h"
#include "storage/engine/rollup/DayRow.h"
#include "storage/engine/rollup/RollupBuilder.h"
#include "storage/engine/rollup/RowColumns.h"

#include <algorithm>

namespace plimsoll {

namespace {

constexpr int64_t earliest = INT64_MIN;

uint8_t partOf(RollupGroup group) { return static_cast<uint8_t>(1U << static_cast<uint8_t>(group)); }

/// True where a rising list has a number in [from, to).
bool hasBetween(const std::vector<int64_t> &numbers, int64_t from, int64_t to)
{
    const auto it = std::lower_bound(numbers.begin(), numbers.end(), from);
    return it != numbers.end() && *it < to;
}

/// Forgets all entries from the n-th on, also where some columns have more of them than others.
void truncate(RollupColumns &columns, size_t n)
{
    const auto cut = [n](auto &column) {
        if (column.size() > n)
            column.erase(column.begin() + static_cast<ptrdiff_t>(n), column.end());
    };
    for (auto *column : {&columns.startsMs, &columns.endsMs, &columns.firstTimesMs, &columns.lastTimesMs})
        cut(*column);
    for (auto *column : {&columns.counts, &columns.sums, &columns.mins, &columns.maxs, &columns.firsts,
                         &columns.lasts, &columns.increases})
        cut(*column);
    for (auto *column : {&columns.histograms, &columns.firstHistograms, &columns.lastHistograms})
        cut(*column);
    columns.exactSums.erase(columns.exactSums.lower_bound(n), columns.exactSums.end());
}

void mergeInto(RunningTotals::Total &total, const Histogram &histogram)
{
    if (!total.histogram)
        total.histogram = histogram;
    else if (!total.histogram->mixesWith(histogram))
        total.histogram->merge(histogram);
}

} // namespace

bool EngineReader::isComputed(int64_t windowStartMs) const
{
    return std::ranges::binary_search(m_computed, windowStartMs);
}

Coverage EngineReader::coverage(SeriesId series) const
{
    const Floors &floors = m_view.seals->floors;
    if (floors.samples.byPrefix.empty() && floors.hours.byPrefix.empty())
        return {floors.samples.generalMs, floors.hours.generalMs, true};
    const auto described = m_catalogue.describe(series);
    if (!described)
        return {};
    return {floors.samples.of(described->labels.name()), floors.hours.of(described->labels.name()), true};
}

/// What is damaged is made from samples where they are there, else left out with a warning.
Status EngineReader::fenceHours(const Status &failure, const Seal &seal, SeriesId series, Kind kind,
                                int64_t floorMs, RollupRows &rows) const
{
    if (failure.error().code != ErrorCode::Corrupt)
        return failure;
    m_hours.noteDamage(seal.id, series);
    if (seal.windowStartMs < floorMs)
        warnOfDamage("hours", series);
    const bool longer = seal.spanMs != m_head.windowMs();
    for (int64_t window = std::max(seal.windowStartMs, floorMs); window < seal.windowEndMs();
         window += m_head.windowMs()) {
        const bool elsewhere =
            isComputed(window) || (longer && std::ranges::binary_search(m_view.seals->overridden, window));
        if (elsewhere)
            continue;
        if (Status read = appendHoursOf(series, kind, window, window + m_head.windowMs() - 1, rows); !read)
            return read;
    }
    return {};
}

/// Rows of windows that are computed from samples, or that a younger seal replaces, are left out.
Status EngineReader::appendSealedHours(const Seal &seal, SeriesId series, int64_t fromMs, int64_t toMs,
                                       int64_t floorMs, uint8_t parts, RollupColumns &out) const
{
    const size_t first = out.size();
    bool spans = false;
    for (uint8_t g = 0; g < rollupGroups; g++) {
        const auto group = static_cast<RollupGroup>(g);
        if ((parts & partOf(group)) == 0)
            continue;
        const auto pack = m_hours.get(seal.id + g, series);
        if (!pack)
            return pack.error();
        const size_t place = *(*pack)->find(series);
        if (!spans)
            (*pack)->appendSpans(place, out);
        spans = true;
        if (Status read = (*pack)->append(place, out); !read)
            return read;
    }
    const std::vector<int64_t> &overridden = m_view.seals->overridden;
    const int64_t windowMs = m_head.windowMs();
    const bool longer = seal.spanMs != windowMs;
    const bool touched = hasBetween(m_computed, seal.windowStartMs, seal.windowEndMs()) ||
                         (longer && hasBetween(overridden, seal.windowStartMs, seal.windowEndMs()));
    if (!touched && seal.windowStartMs >= fromMs && seal.windowEndMs() - 1 <= toMs)
        return {};
    std::vector<bool> keep(out.size() - first);
    for (size_t i = 0; i < keep.size(); i++) {
        const int64_t start = out.startsMs[first + i];
        const int64_t window = longer ? windowStart(start, windowMs) : seal.windowStartMs;
        const bool replaced =
            touched && window >= floorMs &&
            (isComputed(window) || (longer && std::ranges::binary_search(overridden, window)));
        keep[i] = start <= toMs && out.endsMs[first + i] > fromMs && !replaced;
    }
    keepRows(out, first, keep);
    return {};
}

Status EngineReader::appendHoursOf(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                                   RollupRows &rows) const
{
    if (holdsHistograms(kind)) {
        HistogramColumns columns;
        const Status read = readAny(series, kind, fromMs, toMs, columns);
        appendHours(columns, kind, rows);
        return read;
    }
    FloatColumns columns;
    const Status read = readAny(series, kind, fromMs, toMs, columns);
    appendHours(columns, kind, rows);
    return read;
}

/// Before the floor only what is in memory is not among the sealed hours yet.
Status EngineReader::appendComputedHours(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                                         int64_t floorMs, uint8_t parts, RollupColumns &out) const
{
    const int64_t windowMs = m_head.windowMs();
    const int64_t firstWindow = fromMs < INT64_MIN + windowMs ? INT64_MIN : fromMs - windowMs + 1;
    RollupRows rows;
    for (auto it = std::lower_bound(m_computed.begin(), m_computed.end(), firstWindow);
         it != m_computed.end() && *it <= toMs; ++it) {
        const int64_t start = *it;
        if (start >= floorMs) {
            if (Status read = appendHoursOf(series, kind, start, start + windowMs - 1, rows); !read)
                return read;
            continue;
        }
        if (holdsHistograms(kind)) {
            HistogramColumns columns;
            appendHead(series, start, start + windowMs - 1, columns);
            normalize(columns, kind);
            appendHours(columns, kind, rows);
        } else {
            FloatColumns columns;
            appendHead(series, start, start + windowMs - 1, columns);
            normalize(columns, kind);
            appendHours(columns, kind, rows);
        }
    }
    for (const RollupRow &row : rows) {
        if (row.startMs <= toMs && row.startMs + hourSpanMs > fromMs)
            appendRow(row, row.startMs + hourSpanMs, parts, out);
    }
    return {};
}

Status EngineReader::readHours(SeriesId series, int64_t fromMs, int64_t toMs, uint8_t parts,
                               RollupColumns &out) const
{
    out.clear();
    const auto kind = m_catalogue.kindIfKnown(series);
    if (!kind)
        return Error{ErrorCode::NotFound, "There is no such series.", {}};
    if (!holdsHistograms(*kind))
        parts &= static_cast<uint8_t>(~rollupHistograms);
    else
        parts &= static_cast<uint8_t>(~rollupExtremes);
    const int64_t floorMs = coverage(series).samplesFromMs;
    RollupRows fencedRows;
    // Windows may end within an hour, whose other part lies in the window after.
    const int64_t wideTo = toMs > INT64_MAX - hourSpanMs ? toMs : toMs + hourSpanMs;
    for (const SealPointer &seal : m_view.seals->hours.near(fromMs, wideTo)) {
        if (seal->windowStartMs > toMs || seal->windowEndMs() <= fromMs || !seal->series.contains(series))
            continue;
        const size_t before = out.size();
        if (Status read = appendSealedHours(*seal, series, fromMs, toMs, floorMs, parts, out); !read) {
            truncate(out, before);
            if (Status fenced = fenceHours(read, *seal, series, *kind, floorMs, fencedRows); !fenced)
                return fenced;
        }
    }
    for (const RollupRow &row : fencedRows) {
        if (row.startMs <= toMs && row.startMs + hourSpanMs > fromMs)
            appendRow(row, row.startMs + hourSpanMs, parts, out);
    }
    if (Status read = appendComputedHours(series, *kind, fromMs, toMs, floorMs, parts, out); !read)
        return read;
    normalizeHours(out, parts);
    return {};
}

Status EngineReader::readDays(SeriesId series, int64_t fromMs, int64_t toMs, RollupColumns &out) const
{
    out.clear();
    const auto days = m_hours.backend().readDays(series, fromMs, toMs);
    if (!days)
        return days.error();
    for (const StoredDay &day : *days) {
        const auto row = rowOf(day);
        if (!row) {
            warnOfDamage("days", series);
            continue;
        }
        appendRow(*row, day.endMs, rollupAll, out);
    }
    return {};
}

/// Adds the hours that begin in [fromMs, toMs].
Status EngineReader::addHours(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                              RunningTotals::Total &total) const
{
    if (fromMs > toMs)
        return {};
    RollupColumns hours;
    const uint8_t parts = holdsHistograms(kind) ? rollupHistograms : rollupSums;
    if (Status read = readHours(series, fromMs, toMs, parts, hours); !read)
        return read;
    for (size_t i = 0; i < hours.size(); i++) {
        if (hours.startsMs[i] < fromMs)
            continue;
        if (holdsHistograms(kind))
            mergeInto(total, hours.histograms[i]);
        else
            total.sum.merge(hours.exactSum(i));
    }
    return {};
}

/// The same with days where hours were dropped.
Status EngineReader::addHistory(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs,
                                RunningTotals::Total &total) const
{
    const int64_t hoursFromMs = coverage(series).hoursFromMs;
    if (fromMs < hoursFromMs) {
        RollupColumns days;
        if (Status read = readDays(series, fromMs, std::min(hoursFromMs - 1, toMs), days); !read)
            return read;
        fromMs = hoursFromMs;
        for (size_t i = 0; i < days.size(); i++) {
            if (holdsHistograms(kind))
                mergeInto(total, days.histograms[i]);
            else
                total.sum.merge(days.exactSum(i));
            fromMs = std::max(fromMs, days.endsMs[i]);
        }
    }
    return addHours(series, kind, fromMs, toMs, total);
}

/// The total of what is sealed comes from the running totals, which are moved along; the rest is read.
Result<RunningTotals::Total> EngineReader::totalUpTo(SeriesId series, Kind kind, int64_t beforeMs) const
{
    RunningTotals::Total total;
    if (beforeMs == earliest)
        return total;
    int64_t sealedMs = hourOf(windowStart(beforeMs, m_head.windowMs()));
    for (const auto &window : m_view.windows)
        sealedMs = std::min(sealedMs, hourOf(window->startMs()));
    if (const auto known = m_view.seals->totals ? m_view.seals->totals->find(series, sealedMs) : std::nullopt)
        total = *known;
    if (total.beforeMs < sealedMs) {
        const uint64_t leftOutBefore = m_leftOut;
        if (Status added = addHistory(series, kind, total.beforeMs, sealedMs - 1, total); !added)
            return added.error();
        total.beforeMs = sealedMs;
        // A total without what is damaged is good for the answer that says so, and for no other.
        if (m_view.seals->totals && m_leftOut == leftOutBefore)
            m_view.seals->totals->keep(series, total);
    }
    const int64_t samplesFromMs = std::max(sealedMs, coverage(series).samplesFromMs);
    if (samplesFromMs > sealedMs) {
        if (Status added = addHours(series, kind, sealedMs, std::min(samplesFromMs, beforeMs) - 1, total);
            !added)
            return added.error();
    }
    if (samplesFromMs >= beforeMs)
        return total;
    const Status added = holdsHistograms(kind)
                             ? mergeSamples(series, samplesFromMs, beforeMs - 1, total.histogram)
                             : sumSamples(series, samplesFromMs, beforeMs - 1, total.sum);
    if (!added)
        return added.error();
    return total;
}

Result<double> EngineReader::totalBefore(SeriesId series, int64_t beforeMs) const
{
    const auto kind = kindOf(series, false);
    if (!kind)
        return kind.error();
    const auto total = totalUpTo(series, *kind, beforeMs);
    if (!total)
        return total.error();
    return total->sum.value();
}

Result<Histogram> EngineReader::histogramBefore(SeriesId series, int64_t beforeMs) const
{
    const auto kind = kindOf(series, true);
    if (!kind)
        return kind.error();
    auto total = totalUpTo(series, *kind, beforeMs);
    if (!total)
        return total.error();
    return std::move(total->histogram).value_or(Histogram());
}

Result<Histogram> EngineReader::histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const
{
    const auto kind = kindOf(series, true);
    if (!kind)
        return kind.error();
    const int64_t samplesFromMs = std::max(fromMs, coverage(series).samplesFromMs);
    RunningTotals::Total total;
    if (fromMs < samplesFromMs) {
        const int64_t toHours = std::min(toMs, samplesFromMs - 1);
        if (Status added = addHistory(series, *kind, hourOf(fromMs), toHours, total); !added)
            return added.error();
    }
    if (samplesFromMs <= toMs) {
        if (Status added = mergeSamples(series, samplesFromMs, toMs, total.histogram); !added)
            return added.error();
    }
    return std::move(total.histogram).value_or(Histogram());
}

} // namespace plimsoll

#include "storage/engine/rollup/RowColumns.h"

#include <algorithm>

namespace plimsoll {

namespace {

template<typename Value>
Value at(const std::vector<Value> &column, size_t i, Value otherwise = {})
{
    return i < column.size() ? column[i] : otherwise;
}

template<typename Value>
void keepIn(std::vector<Value> &column, size_t first, const std::vector<bool> &keep)
{
    if (column.empty())
        return;
    size_t kept = first;
    for (size_t i = 0; i < keep.size(); i++) {
        if (keep[i]) {
            if (kept != first + i)
                column[kept] = std::move(column[first + i]);
            kept++;
        }
    }
    column.resize(kept);
}

} // namespace

void appendRow(const RollupRow &row, int64_t endMs, uint8_t parts, RollupColumns &out)
{
    out.startsMs.push_back(row.startMs);
    out.endsMs.push_back(endMs);
    if ((parts & rollupSums) != 0) {
        const double sum = row.histograms ? row.histograms->merged.sum() : row.sum.value();
        if (!row.histograms && row.sum != ExactSum(sum))
            out.exactSums[out.sums.size()] = row.sum;
        out.counts.push_back(static_cast<double>(row.count));
        out.sums.push_back(sum);
    }
    if ((parts & rollupExtremes) != 0) {
        out.mins.push_back(row.min);
        out.maxs.push_back(row.max);
    }
    if ((parts & rollupEnds) != 0) {
        out.firstTimesMs.push_back(row.firstMs);
        out.lastTimesMs.push_back(row.lastMs);
        out.firsts.push_back(row.first);
        out.lasts.push_back(row.last);
        out.increases.push_back(row.increase);
    }
    if ((parts & rollupHistograms) != 0 && row.histograms) {
        out.histograms.push_back(row.histograms->merged);
        if (row.histograms->first) {
            out.firstHistograms.push_back(*row.histograms->first);
            out.lastHistograms.push_back(*row.histograms->last);
        }
    }
}

RollupRows toRows(const RollupColumns &columns)
{
    RollupRows rows;
    for (size_t i = 0; i < columns.size(); i++) {
        RollupRow row;
        row.startMs = columns.startsMs[i];
        row.count = static_cast<uint64_t>(at(columns.counts, i, 1.0));
        if (i < columns.sums.size())
            row.sum = columns.exactSum(i);
        row.min = at(columns.mins, i);
        row.max = at(columns.maxs, i);
        row.firstMs = at(columns.firstTimesMs, i);
        row.lastMs = at(columns.lastTimesMs, i);
        row.first = at(columns.firsts, i);
        row.last = at(columns.lasts, i);
        row.increase = at(columns.increases, i);
        if (i < columns.histograms.size()) {
            row.histograms = RollupHistograms{columns.histograms[i], {}, {}};
            if (i < columns.firstHistograms.size()) {
                row.histograms->first = columns.firstHistograms[i];
                row.histograms->last = columns.lastHistograms[i];
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void keepRows(RollupColumns &columns, size_t first, const std::vector<bool> &keep)
{
    keepIn(columns.startsMs, first, keep);
    keepIn(columns.endsMs, first, keep);
    keepIn(columns.counts, first, keep);
    keepIn(columns.sums, first, keep);
    keepIn(columns.mins, first, keep);
    keepIn(columns.maxs, first, keep);
    keepIn(columns.firstTimesMs, first, keep);
    keepIn(columns.lastTimesMs, first, keep);
    keepIn(columns.firsts, first, keep);
    keepIn(columns.lasts, first, keep);
    keepIn(columns.increases, first, keep);
    keepIn(columns.histograms, first, keep);
    keepIn(columns.firstHistograms, first, keep);
    keepIn(columns.lastHistograms, first, keep);
    std::map<size_t, ExactSum> sums;
    size_t kept = first;
    for (const auto &[i, sum] : columns.exactSums) {
        if (i < first)
            sums.emplace(i, sum);
    }
    for (size_t i = 0; i < keep.size(); i++) {
        if (!keep[i])
            continue;
        if (const auto it = columns.exactSums.find(first + i); it != columns.exactSums.end())
            sums.emplace(kept, it->second);
        kept++;
    }
    columns.exactSums = std::move(sums);
}

void normalizeHours(RollupColumns &columns, uint8_t parts)
{
    const auto &starts = columns.startsMs;
    if (std::adjacent_find(starts.begin(), starts.end(), std::greater_equal<>()) == starts.end())
        return;
    RollupRows rows = toRows(columns);
    normalize(rows);
    columns.clear();
    for (const RollupRow &row : rows)
        appendRow(row, row.startMs + hourSpanMs, parts, columns);
}

} // namespace plimsoll

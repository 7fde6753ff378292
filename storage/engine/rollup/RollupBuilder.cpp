#include "storage/engine/rollup/RollupBuilder.h"

#include "storage/model/Staleness.h"

#include <cmath>

namespace plimsoll {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

bool keepsIncrease(Kind kind) { return kind == Kind::Counter || kind == Kind::Untyped; }

/// Opens the row of a time, if it is not the open one.
RollupRow &rowAt(RollupRows &out, size_t before, int64_t timestampMs)
{
    if (out.size() == before || timestampMs >= out.back().startMs + hourSpanMs) {
        RollupRow row;
        row.startMs = hourOf(timestampMs);
        row.firstMs = timestampMs;
        out.push_back(std::move(row));
    }
    return out.back();
}

void addFloat(RollupRow &row, double value, bool cumulative)
{
    if (row.count == 0) {
        row.min = row.max = row.first = value;
        row.increase = cumulative ? 0 : nothing;
    } else if (cumulative) {
        row.increase += stepUp(row.last, value);
    }
    row.min = std::isnan(row.min) || value < row.min ? value : row.min;
    row.max = std::isnan(row.max) || value > row.max ? value : row.max;
    row.last = value;
    row.count++;
    row.sum.add(value);
}

void addObservations(RollupRow &row, const Histogram &value)
{
    if (!row.histograms)
        row.histograms = RollupHistograms{value, {}, {}};
    else if (!row.histograms->merged.mixesWith(value))
        row.histograms->merged.merge(value);
}

void addState(RollupRow &row, const Histogram &value)
{
    if (!row.histograms) {
        Histogram none = value;
        none.subtract(value);
        row.histograms = RollupHistograms{std::move(none), value, value};
        return;
    }
    const Histogram step = stepUp(*row.histograms->last, value);
    if (!row.histograms->merged.mixesWith(step))
        row.histograms->merged.merge(step);
    row.histograms->last = value;
}

} // namespace

void appendHours(const FloatColumns &columns, Kind kind, RollupRows &out)
{
    const size_t before = out.size();
    const bool cumulative = keepsIncrease(kind);
    for (size_t i = 0; i < columns.size(); i++) {
        if (isStale(columns.values[i]))
            continue;
        RollupRow &row = rowAt(out, before, columns.timestampsMs[i]);
        addFloat(row, columns.values[i], cumulative);
        row.lastMs = columns.timestampsMs[i];
    }
}

void appendHours(const HistogramColumns &columns, Kind kind, RollupRows &out)
{
    const size_t before = out.size();
    for (size_t i = 0; i < columns.size(); i++) {
        const Histogram &value = columns.values[i];
        if (isStale(value.sum()))
            continue;
        RollupRow &row = rowAt(out, before, columns.timestampsMs[i]);
        if (kind == Kind::Distribution)
            addObservations(row, value);
        else
            addState(row, value);
        row.count++;
        row.lastMs = columns.timestampsMs[i];
    }
}

} // namespace plimsoll

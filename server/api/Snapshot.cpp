#include "server/api/Snapshot.h"

#include "server/api/JsonWriter.h"
#include "server/api/MetricDescription.h"

#include <algorithm>

namespace plimsoll::api {

namespace {

/// The newest state of a float series. Its total is asked for only where the kind adds up.
Result<std::optional<SnapshotSeries>> floatState(const ReadScope &scope, const SelectedSeries &series,
                                                 TimeRange range)
{
    const auto newest = newestFloat(scope, series.id, range, IfEnded::Nothing);
    if (!newest)
        return newest.error();
    if (!*newest)
        return std::optional<SnapshotSeries>();
    SnapshotSeries state{series.labels, (*newest)->timestampMs, (*newest)->value, {}};
    if (series.kind == Kind::Delta) {
        const auto total = scope.reader.totalBefore(series.id, range.toMs);
        if (!total)
            return total.error();
        state.value = *total;
    }
    return std::optional(std::move(state));
}

Result<std::optional<SnapshotSeries>> histogramState(const ReadScope &scope, const SelectedSeries &series,
                                                     TimeRange range)
{
    auto newest = newestHistogram(scope, series.id, range);
    if (!newest)
        return newest.error();
    if (!*newest)
        return std::optional<SnapshotSeries>();
    SnapshotSeries state{series.labels, (*newest)->timestampMs, 0, std::move((*newest)->value)};
    if (series.kind == Kind::Distribution) {
        auto all = scope.reader.histogramBefore(series.id, range.toMs);
        if (!all)
            return all.error();
        state.histogram = std::move(*all);
    }
    return std::optional(std::move(state));
}

Result<std::vector<SelectedSeries>> chosen(const ReadScope &scope, const std::vector<std::string> &names,
                                           TimeRange range)
{
    if (names.empty())
        return scope.selectAll(range);
    std::vector<SelectedSeries> all;
    for (const std::string &name : names) {
        auto some = scope.select(name, {}, range);
        if (!some)
            return some.error();
        all.insert(all.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
    }
    return all;
}

void write(JsonWriter &json, const SnapshotSeries &series)
{
    json.beginObject().key("labels").beginObject();
    for (const auto &[name, value] : *series.labels)
        if (name != nameLabel)
            json.member(name, value);
    json.endObject().member("t", series.timestampMs).key("value");
    if (!series.histogram) {
        json.value(series.value).endObject();
        return;
    }
    const Histogram &all = *series.histogram;
    json.null()
        .member("count", all.count())
        .member("sum", all.sum())
        .member("min", all.min())
        .member("max", all.max());
    json.member("p50", all.quantile(0.50))
        .member("p95", all.quantile(0.95))
        .member("p99", all.quantile(0.99));
    json.endObject();
}

} // namespace

void SnapshotGroups::add(const SelectedSeries &series, SnapshotSeries state)
{
    const std::string_view name = series.labels->name();
    auto it = m_byName.find(name);
    if (it == m_byName.end())
        it = m_byName.emplace(name, SnapshotMetric{std::string(name), series.kind, {}}).first;
    it->second.kind = series.kind;
    it->second.series.push_back(std::move(state));
}

Snapshot SnapshotGroups::take()
{
    Snapshot snapshot;
    for (auto &[name, metric] : m_byName)
        snapshot.metrics.push_back(std::move(metric));
    return snapshot;
}

Result<Snapshot> Snapshot::take(const ReadScope &scope, const std::vector<std::string> &names,
                                int64_t maxAgeMs)
{
    const TimeRange range{scope.nowMs - maxAgeMs, scope.nowMs + aheadMs};
    const auto all = chosen(scope, names, range);
    if (!all)
        return all.error();
    SnapshotGroups groups;
    for (const SelectedSeries &series : *all) {
        if (const Status alive = scope.alive(); !alive)
            return alive.error();
        auto state = holdsHistograms(series.kind) ? histogramState(scope, series, range)
                                                  : floatState(scope, series, range);
        if (!state)
            return state.error();
        if (!*state)
            continue;
        groups.add(series, std::move(**state));
    }
    return groups.take();
}

std::string Snapshot::toJson(int64_t atMs) const
{
    JsonWriter json;
    json.beginObject().member("at_ms", atMs).key("metrics").beginArray();
    for (const SnapshotMetric &metric : metrics) {
        const MetricDescription about = describe(metric.name);
        json.beginObject().member("name", metric.name).member("kind", kindName(metric.kind));
        json.member("help", about.help).member("unit", about.unit).key("series").beginArray();
        for (const SnapshotSeries &series : metric.series)
            write(json, series);
        json.endArray().endObject();
    }
    json.endArray().endObject();
    return json.take();
}

} // namespace plimsoll::api

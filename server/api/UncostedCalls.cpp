#include "server/api/UncostedCalls.h"

#include "server/api/StoredRange.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace plimsoll::api {
namespace {

constexpr int64_t dayMs = 86'400'000;

Labels callOf(Labels labels)
{
    labels.remove(nameLabel);
    return labels;
}

/// The value at an instant; `at` moves on through instants that come in time order.
double valueAt(const FloatColumns &columns, size_t &at, int64_t timestampMs)
{
    while (at < columns.size() && columns.timestampsMs[at] < timestampMs)
        at++;
    const bool there = at < columns.size() && columns.timestampsMs[at] == timestampMs;
    return there && !std::isnan(columns.values[at]) ? columns.values[at] : 0;
}

bool has(const FloatColumns &columns, int64_t timestampMs)
{
    return std::ranges::binary_search(columns.timestampsMs, timestampMs);
}

} // namespace

Result<std::vector<CallSeries>> UncostedCalls::series(TimeRange range, const Covers &covers) const
{
    std::map<Labels, CallSeries> found;
    const auto each = [&](std::string_view metric, auto take) -> Status {
        const auto selected = m_scope.select(metric, {}, range);
        if (!selected)
            return selected.error();
        for (const SelectedSeries &one : *selected)
            if (one.kind == Kind::Delta && covers(one.labels->value("provider"), one.labels->value("model")))
                take(one);
        return {};
    };
    Status done = each("llm_calls_total", [&](const SelectedSeries &one) {
        const Labels labels = callOf(*one.labels);
        CallSeries &series = found[labels];
        series.labels = labels;
        series.calls = one.id;
    });
    if (done)
        done = each("llm_cost_usd_total", [&](const SelectedSeries &one) {
            if (const auto it = found.find(callOf(*one.labels)); it != found.end())
                it->second.cost = one.id;
        });
    if (done)
        done = each("llm_tokens_total", [&](const SelectedSeries &one) {
            const auto type = std::ranges::find(CallSeries::tokenTypes, one.labels->value("type"));
            Labels labels = callOf(*one.labels);
            labels.remove("type");
            const auto it = found.find(labels);
            if (type != CallSeries::tokenTypes.end() && it != found.end())
                it->second.tokens[size_t(type - CallSeries::tokenTypes.begin())] = one.id;
        });
    if (!done)
        return done.error();
    std::vector<CallSeries> all;
    for (auto &[labels, series] : found)
        all.push_back(std::move(series));
    return all;
}

int64_t UncostedCalls::samplesFrom(const CallSeries &series, TimeRange range) const
{
    return StoredRange::of(m_scope.reader.coverage(series.calls), range).samples.fromMs;
}

Status UncostedCalls::each(const CallSeries &series, TimeRange range, Read read, const Visit &visit,
                           const std::function<void(int64_t)> &reached) const
{
    FloatColumns calls, costs;
    std::array<FloatColumns, 4> tokens;
    for (int64_t from = samplesFrom(series, range); from < range.toMs;) {
        const int64_t to = std::min(range.toMs, (from / dayMs + 1) * dayMs);
        if (Status alive = m_scope.alive(); !alive)
            return alive;
        const auto fill = [&](std::optional<SeriesId> id, FloatColumns &out) {
            out.clear();
            return id ? m_scope.reader.readFloats(*id, from, to - 1, out) : Status();
        };
        Status filled = fill(series.calls, calls);
        if (filled && calls.size() > 0)
            filled = fill(series.cost, costs);
        std::vector<UncostedInstant> instants;
        for (size_t i = 0; filled && i < calls.size(); i++)
            if (!std::isnan(calls.values[i]) && !has(costs, calls.timestampsMs[i]))
                instants.push_back({calls.timestampsMs[i], calls.values[i], {}});
        for (size_t type = 0; filled && read == Read::CallsAndTokens && !instants.empty() && type < 4;
             type++) {
            filled = fill(series.tokens[type], tokens[type]);
            size_t at = 0;
            for (UncostedInstant &instant : instants)
                instant.tokens[type] = valueAt(tokens[type], at, instant.timestampMs);
        }
        if (filled && !instants.empty())
            filled = visit(instants);
        if (!filled)
            return filled;
        if (reached)
            reached(to);
        from = to;
    }
    return {};
}

Result<UncostedCalls::OfSpans> UncostedCalls::ofSpans(const CallSeries &series, TimeRange range) const
{
    OfSpans out;
    const StoredRange stored = StoredRange::of(m_scope.reader.coverage(series.calls), range);
    if (stored.samples.fromMs <= range.fromMs)
        return out;
    RollupColumns calls, costs;
    Status read = readRollups(m_scope, series.calls, stored, calls);
    if (read && series.cost)
        read = readRollups(m_scope, *series.cost, stored, costs);
    if (!read)
        return read.error();
    std::map<int64_t, double> costed;
    for (size_t i = 0; i < costs.size(); i++)
        costed[costs.startsMs[i]] = costs.counts[i];
    for (size_t i = 0; i < calls.size(); i++) {
        const auto known = costed.find(calls.startsMs[i]);
        const double part = known == costed.end() ? 0 : std::min(1.0, known->second / calls.counts[i]);
        if (part >= 1)
            continue;
        out.calls += calls.exactSum(i).value() * (1 - part);
        out.firstMs = std::min(out.firstMs, calls.startsMs[i]);
        out.lastMs = std::max(out.lastMs, calls.endsMs[i] - 1);
    }
    return out;
}

} // namespace plimsoll::api

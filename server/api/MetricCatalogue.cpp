#include "server/api/MetricCatalogue.h"

#include "server/api/JsonWriter.h"
#include "server/api/MetricDescription.h"
#include "server/api/MetricSearch.h"

#include <algorithm>

namespace plimsoll::api {

namespace {

constexpr size_t seriesLookedAt = 16;
constexpr int64_t aheadMs = 3600LL * 1000;

struct Candidate
{
    int rank = 0;
    MetricEntry entry;
    std::vector<SelectedSeries> some;
};

/// Groups the series by name; names that do not fit are left out.
std::map<std::string, Candidate> candidates(const std::vector<SelectedSeries> &all, const std::string &search)
{
    std::map<std::string, Candidate> found;
    for (const SelectedSeries &series : all) {
        const std::string name(series.labels->name());
        auto at = found.find(name);
        if (at == found.end()) {
            const auto rank = search.empty() ? std::optional(0) : searchRank(search, name);
            if (!rank)
                continue;
            at = found.emplace(name, Candidate{*rank, {name, series.kind, 0, {}}, {}}).first;
        }
        at->second.entry.series++;
        if (at->second.some.size() < seriesLookedAt)
            at->second.some.push_back(series);
    }
    return found;
}

Result<std::optional<int64_t>> newestOf(const ReadScope &scope, const std::vector<SelectedSeries> &some)
{
    std::optional<int64_t> newest;
    for (const SelectedSeries &series : some) {
        const TimeRange range{newest.value_or(0), scope.nowMs + aheadMs};
        if (range.fromMs >= range.toMs)
            break;
        if (holdsHistograms(series.kind)) {
            const auto sample = newestHistogram(scope, series.id, range);
            if (!sample)
                return sample.error();
            if (*sample)
                newest = (*sample)->timestampMs;
        } else {
            const auto sample = newestFloat(scope, series.id, range);
            if (!sample)
                return sample.error();
            if (*sample)
                newest = (*sample)->timestampMs;
        }
    }
    return newest;
}

} // namespace

Result<std::vector<MetricEntry>> findMetrics(const ReadScope &scope, const std::string &search, size_t limit)
{
    const auto all = scope.selectAll({0, scope.nowMs + aheadMs});
    if (!all)
        return all.error();
    std::vector<Candidate> sorted;
    for (auto &[name, candidate] : candidates(*all, search))
        sorted.push_back(std::move(candidate));
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &a, const auto &b) { return a.rank < b.rank; });
    sorted.resize(std::min(sorted.size(), limit));
    std::vector<MetricEntry> entries;
    for (Candidate &candidate : sorted) {
        if (const Status alive = scope.alive(); !alive)
            return alive.error();
        const auto newest = newestOf(scope, candidate.some);
        if (!newest)
            return newest.error();
        candidate.entry.lastMs = *newest;
        entries.push_back(std::move(candidate.entry));
    }
    return entries;
}

std::string metricsToJson(const std::vector<MetricEntry> &entries)
{
    JsonWriter json;
    json.beginObject().key("items").beginArray();
    for (const MetricEntry &entry : entries) {
        const MetricDescription about = describe(entry.name);
        json.beginObject().member("name", entry.name).member("kind", kindName(entry.kind));
        json.member("series", static_cast<uint64_t>(entry.series)).key("last_ms");
        entry.lastMs ? json.value(*entry.lastMs) : json.null();
        json.member("help", about.help).member("unit", about.unit).endObject();
    }
    json.endArray().key("next_cursor").null().endObject();
    return json.take();
}

} // namespace plimsoll::api

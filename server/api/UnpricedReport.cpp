#include "server/api/UnpricedReport.h"

#include "server/api/JsonWriter.h"
#include "server/api/UncostedCalls.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace plimsoll::api {

Result<UnpricedReport> UnpricedReport::make(const ReadScope &scope, TimeRange range)
{
    UnpricedReport report;
    const UncostedCalls calls(scope);
    const auto all = calls.series(range, [](auto, auto) { return true; });
    if (!all)
        return all.error();
    for (const CallSeries &series : *all) {
        Model found;
        const auto gone = calls.ofSpans(series, range);
        if (!gone)
            return gone.error();
        found = {gone->calls, gone->firstMs, gone->lastMs};
        const Status walked = calls.each(
            series, range, UncostedCalls::Read::Calls, [&](const std::vector<UncostedInstant> &instants) {
                for (const UncostedInstant &instant : instants)
                    found.calls += instant.calls;
                found.firstMs = std::min(found.firstMs, instants.front().timestampMs);
                found.lastMs = std::max(found.lastMs, instants.back().timestampMs);
                return Status();
            });
        if (!walked)
            return walked.error();
        if (found.calls <= 0)
            continue;
        Model &model = report.models[{std::string(series.labels.value("provider")),
                                      std::string(series.labels.value("model"))}];
        model.calls += found.calls;
        model.firstMs = std::min(model.firstMs, found.firstMs);
        model.lastMs = std::max(model.lastMs, found.lastMs);
    }
    return report;
}

std::string UnpricedReport::toJson(const ingest::Prices &prices) const
{
    std::vector<std::pair<const std::pair<std::string, std::string> *, const Model *>> sorted;
    for (const auto &[name, model] : models)
        sorted.emplace_back(&name, &model);
    std::ranges::stable_sort(sorted,
                             [](const auto &a, const auto &b) { return a.second->calls > b.second->calls; });
    JsonWriter json;
    json.beginObject().key("items").beginArray();
    for (const auto &[name, model] : sorted) {
        json.beginObject().member("provider", name->first).member("model", name->second);
        json.member("calls", std::round(model->calls));
        json.member("first_ms", model->firstMs).member("last_ms", model->lastMs);
        const ingest::Price *price = prices.find(name->first, name->second, model->lastMs);
        json.key("price_id");
        price ? json.value(price->id) : json.null();
        json.key("price_from_ms");
        price ? json.value(price->validFromMs) : json.null();
        json.endObject();
    }
    json.endArray().key("next_cursor").null().endObject();
    return json.take();
}

} // namespace plimsoll::api

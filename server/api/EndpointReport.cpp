#include "server/api/EndpointReport.h"

#include "server/api/JsonWriter.h"

#include <algorithm>

namespace plimsoll::api {

namespace {

constexpr std::string_view durationMetric = "http_request_duration_seconds";
constexpr double msPerSecond = 1000;

std::vector<Matcher> narrowing(const std::string &method, const std::string &route,
                               const std::vector<Matcher> &where)
{
    std::vector<Matcher> matchers = where;
    if (!method.empty())
        matchers.push_back({"method", Matcher::Op::Equal, method});
    if (!route.empty())
        matchers.push_back({"route", Matcher::Op::Equal, route});
    return matchers;
}

/// Adds one series to its endpoint.
Status gather(const ReadScope &scope, const SelectedSeries &series, TimeRange range,
              EndpointFigures &endpoint)
{
    const auto observed = scope.merged(series.id, range);
    if (!observed)
        return observed.error();
    endpoint.statuses[std::string(series.labels->value("status"))] += observed->count();
    endpoint.durations.merge(*observed);
    return {};
}

void writeStatuses(JsonWriter &json, const EndpointFigures &endpoint)
{
    json.key("status").beginObject();
    for (const auto &[code, count] : endpoint.statuses)
        json.member(code.empty() ? "unknown" : code, count);
    json.endObject();
}

void write(JsonWriter &json, const EndpointFigures &endpoint, double seconds, double allTime)
{
    const Histogram &all = endpoint.durations;
    json.beginObject().member("method", endpoint.method).member("route", endpoint.route);
    json.member("count", all.count()).member("rate", all.count() / seconds);
    json.member("errors", endpoint.errors()).member("error_rate", endpoint.errors() / all.count());
    json.member("p50", all.quantile(0.50) * msPerSecond).member("p95", all.quantile(0.95) * msPerSecond);
    json.member("p99", all.quantile(0.99) * msPerSecond).member("avg", all.sum() / all.count() * msPerSecond);
    json.member("max", all.max() * msPerSecond).member("time_share", allTime > 0 ? all.sum() / allTime : 0.0);
    writeStatuses(json, endpoint);
    json.endObject();
}

} // namespace

double EndpointFigures::errors() const
{
    double count = 0;
    for (const auto &[code, requests] : statuses)
        if (code.size() == 3 && code[0] == '5')
            count += requests;
    return count;
}

Result<EndpointReport> EndpointReport::make(const ReadScope &scope, TimeRange range,
                                            const std::string &method, const std::string &route,
                                            const std::vector<Matcher> &where)
{
    const auto selected = scope.select(durationMetric, narrowing(method, route, where), range);
    if (!selected)
        return selected.error();
    std::map<std::pair<std::string, std::string>, EndpointFigures> byEndpoint;
    StoredForms stored;
    for (const SelectedSeries &series : *selected) {
        if (series.kind != Kind::Distribution)
            continue;
        const std::pair<std::string, std::string> key(series.labels->value("route"),
                                                      series.labels->value("method"));
        EndpointFigures &endpoint = byEndpoint[key];
        std::tie(endpoint.route, endpoint.method) = key;
        if (const Status read = gather(scope, series, range, endpoint); !read)
            return read.error();
        stored.add(StoredRange::of(scope.reader.coverage(series.id), range));
    }
    EndpointReport report{range, {}, stored};
    for (auto &[key, endpoint] : byEndpoint)
        if (!endpoint.durations.empty())
            report.endpoints.push_back(std::move(endpoint));
    std::stable_sort(report.endpoints.begin(), report.endpoints.end(),
                     [](const auto &a, const auto &b) { return a.durations.sum() > b.durations.sum(); });
    return report;
}

std::string EndpointReport::toJson() const
{
    double allTime = 0;
    for (const EndpointFigures &endpoint : endpoints)
        allTime += endpoint.durations.sum();
    JsonWriter json;
    json.beginObject().member("from", range.fromMs).member("to", range.toMs);
    stored.write(json);
    json.key("endpoints").beginArray();
    for (const EndpointFigures &endpoint : endpoints)
        write(json, endpoint, range.spanSeconds(), allTime);
    json.endArray().endObject();
    return json.take();
}

} // namespace plimsoll::api

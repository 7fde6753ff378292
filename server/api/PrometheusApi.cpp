#include "server/api/PrometheusApi.h"

#include "server/api/JsonWriter.h"
#include "server/api/MetricDescription.h"
#include "server/api/PrometheusApiJson.h"

#include <algorithm>
#include <map>
#include <set>

namespace plimsoll::api {

using namespace prometheus;

namespace {

constexpr int64_t maxPoints = 11'000;
/// Wide enough for every sample, with room to compute.
constexpr int64_t earliestMs = -(int64_t(1) << 52);
constexpr int64_t latestMs = int64_t(1) << 52;

http::Response respond(const std::string &json, int status = 200)
{
    http::Response response;
    response.status = status;
    response.body = QByteArray(json.data(), static_cast<qsizetype>(json.size()));
    return response;
}

http::Response success(std::string data) { return respond(successEnvelope(std::move(data))); }

struct ErrorForm
{
    int status;
    const char *type;
};

ErrorForm formOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Invalid:
        return {400, "bad_data"};
    case ErrorCode::NotFound:
        return {404, "not_found"};
    case ErrorCode::TooLarge:
    case ErrorCode::Unprocessable:
        return {422, "execution"};
    case ErrorCode::Timeout:
        return {503, "timeout"};
    case ErrorCode::Cancelled:
        return {503, "canceled"};
    case ErrorCode::Unavailable:
        return {503, "unavailable"};
    default:
        return {500, "internal"};
    }
}

http::Response failure(const Error &error)
{
    const ErrorForm form = formOf(error.code);
    return respond(errorEnvelope(form.type, error.message + (error.hint.empty() ? "" : " " + error.hint)),
                   form.status);
}

http::Response answer(const Result<QueryResult> &result, int64_t timeMs)
{
    if (!result)
        return failure(result.error());
    return respond(successEnvelope(resultToJson(*result, timeMs), result->warnings, result->infos));
}

Result<Query> parsed(const Arguments &arguments)
{
    auto query = Query::parse(arguments.text("query").value_or(""));
    if (query)
        return query;
    return Error{ErrorCode::Invalid, "invalid parameter \"query\": " + query.error().message, {}};
}

template<typename Texts>
std::vector<std::string> firstOf(const Texts &texts, size_t limit)
{
    std::vector<std::string> result;
    for (const auto &text : texts) {
        if (limit > 0 && result.size() == limit)
            break;
        result.push_back(text);
    }
    return result;
}

} // namespace

PrometheusApi::PrometheusApi(const ReaderSource &readers, const Clock &clock, QueryPool &pool,
                             std::string version, QueryLimits limits)
    : m_readers(readers)
    , m_clock(clock)
    , m_pool(pool)
    , m_version(std::move(version))
    , m_limits(limits)
{
}

void PrometheusApi::addRoutes(http::Router &router)
{
    add(router, "/api/v1/query", &PrometheusApi::query, true);
    add(router, "/api/v1/query_range", &PrometheusApi::queryRange, true);
    add(router, "/api/v1/series", &PrometheusApi::series, true);
    add(router, "/api/v1/labels", &PrometheusApi::labels, true);
    add(router, "/api/v1/label/{name}/values", &PrometheusApi::labelValues, false);
    add(router, "/api/v1/metadata", &PrometheusApi::metadata, false);
    add(router, "/api/v1/format_query", &PrometheusApi::formatQuery, true);
    add(router, "/api/v1/query_exemplars", &PrometheusApi::exemplars, true);
    router.get("/api/v1/status/buildinfo", http::Access::Public,
               [this](http::RequestPtr, http::Reply reply) { reply.send(buildInfo()); });
}

void PrometheusApi::add(http::Router &router, const std::string &path, Evaluation evaluation, bool alsoPost)
{
    const http::Handler handler = [this, evaluation](http::RequestPtr request, http::Reply reply) {
        m_pool.answer(std::move(reply), [this, evaluation, request](const QueryPool::Cancelled &cancelled) {
            return (this->*evaluation)(Call{*request, Arguments(*request), cancelled});
        });
    };
    router.get(path, http::Access::Read, handler);
    if (alsoPost)
        router.post(path, http::Access::Read, handler);
}

http::Response PrometheusApi::query(const Call &call) const
{
    const auto timeMs = call.arguments.timeMs("time", m_clock.nowMs());
    if (!timeMs)
        return failure(timeMs.error());
    const auto limits = call.arguments.queryLimits(m_limits);
    if (!limits)
        return failure(limits.error());
    const auto query = parsed(call.arguments);
    if (!query)
        return failure(query.error());
    return answer(query->instant(*m_readers.openReader(), call.request.principal.project, *timeMs, *limits,
                                 &call.cancelled),
                  *timeMs);
}

http::Response PrometheusApi::queryRange(const Call &call) const
{
    const auto startMs = call.arguments.timeMs("start");
    const auto endMs = call.arguments.timeMs("end");
    const auto stepMs = call.arguments.durationMs("step");
    for (const auto *argument : {&startMs, &endMs, &stepMs}) {
        if (!*argument)
            return failure(argument->error());
    }
    if (*endMs < *startMs)
        return failure({ErrorCode::Invalid,
                        "invalid parameter \"end\": end timestamp must not be before start time",
                        {}});
    if ((*endMs - *startMs) / *stepMs > maxPoints)
        return failure({ErrorCode::Invalid,
                        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the "
                        "query resolution "
                        "(?step=XX)",
                        {}});
    const auto limits = call.arguments.queryLimits(m_limits);
    if (!limits)
        return failure(limits.error());
    const auto query = parsed(call.arguments);
    if (!query)
        return failure(query.error());
    return answer(query->range(*m_readers.openReader(), call.request.principal.project, *startMs, *endMs,
                               *stepMs, *limits, &call.cancelled),
                  *endMs);
}

Result<std::vector<SelectedSeries>> PrometheusApi::select(const Call &call, bool required) const
{
    const auto selectors = call.arguments.selectors(required);
    if (!selectors)
        return selectors.error();
    const auto startMs = call.arguments.timeMs("start", earliestMs);
    if (!startMs)
        return startMs.error();
    const auto endMs = call.arguments.timeMs("end", latestMs);
    if (!endMs)
        return endMs.error();
    const auto reader = m_readers.openReader();
    std::map<Labels, SelectedSeries> unique;
    for (const auto &matchers : *selectors) {
        auto selected = reader->select(call.request.principal.project, matchers, *startMs, *endMs);
        if (!selected)
            return selected.error();
        if (call.cancelled)
            return Error{ErrorCode::Cancelled, "The query was cancelled.", {}};
        for (auto &series : *selected)
            unique.try_emplace(*series.labels, std::move(series));
    }
    std::vector<SelectedSeries> result;
    for (auto &[labels, series] : unique)
        result.push_back(std::move(series));
    return result;
}

http::Response PrometheusApi::series(const Call &call) const
{
    const auto selected = select(call, true);
    if (!selected)
        return failure(selected.error());
    const auto limit = call.arguments.limit();
    if (!limit)
        return failure(limit.error());
    JsonWriter writer;
    writer.beginArray();
    for (size_t i = 0; i < selected->size() && (*limit == 0 || i < *limit); i++)
        writer.raw(labelsToJson(*(*selected)[i].labels));
    writer.endArray();
    return success(writer.take());
}

http::Response PrometheusApi::labels(const Call &call) const
{
    const auto selected = select(call, false);
    const auto limit = call.arguments.limit();
    if (!selected || !limit)
        return failure(selected ? limit.error() : selected.error());
    std::set<std::string, std::less<>> names;
    for (const SelectedSeries &series : *selected) {
        for (const auto &[name, value] : *series.labels)
            names.insert(name);
    }
    return success(textsToJson(firstOf(names, *limit)));
}

http::Response PrometheusApi::labelValues(const Call &call) const
{
    const auto selected = select(call, false);
    const auto limit = call.arguments.limit();
    if (!selected || !limit)
        return failure(selected ? limit.error() : selected.error());
    const auto name = call.request.parameter("name");
    std::set<std::string, std::less<>> values;
    for (const SelectedSeries &series : *selected) {
        if (const auto value = series.labels->value(name); !value.empty())
            values.emplace(value);
    }
    return success(textsToJson(firstOf(values, *limit)));
}

http::Response PrometheusApi::metadata(const Call &call) const
{
    const auto selected = select(call, false);
    const auto limit = call.arguments.limit();
    if (!selected || !limit)
        return failure(selected ? limit.error() : selected.error());
    const auto only = call.arguments.text("metric");
    std::map<std::string, Kind, std::less<>> kinds;
    for (const SelectedSeries &series : *selected) {
        if (!only || *only == series.labels->name())
            kinds.try_emplace(std::string(series.labels->name()), series.kind);
    }
    JsonWriter writer;
    writer.beginObject();
    size_t count = 0;
    for (const auto &[name, kind] : kinds) {
        if (*limit > 0 && count++ == *limit)
            break;
        const MetricDescription description = describe(name);
        writer.key(name).beginArray().beginObject();
        writer.member("type", prometheusType(kind))
            .member("help", description.help)
            .member("unit", description.unit);
        writer.endObject().endArray();
    }
    writer.endObject();
    return success(writer.take());
}

http::Response PrometheusApi::formatQuery(const Call &call) const
{
    const auto query = parsed(call.arguments);
    return query ? success(textToJson(query->toString())) : failure(query.error());
}

http::Response PrometheusApi::exemplars(const Call &call) const
{
    const auto query = parsed(call.arguments);
    return query ? success("[]") : failure(query.error());
}

http::Response PrometheusApi::buildInfo() const
{
    // Clients read from the version which features a Prometheus has: these are those of 3.0.
    JsonWriter writer;
    writer.beginObject().member("version", "3.0.0+plimsoll." + m_version);
    for (const char *name : {"revision", "branch", "buildUser", "buildDate", "goVersion"})
        writer.member(name, "");
    writer.endObject();
    return success(writer.take());
}

} // namespace plimsoll::api

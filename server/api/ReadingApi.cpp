#include "server/api/ReadingApi.h"

#include "server/api/CostReport.h"
#include "server/api/EndpointReport.h"
#include "server/api/InQuotes.h"
#include "server/api/MetricCatalogue.h"
#include "server/api/MetricsQuery.h"
#include "server/api/ReadingDescriptions.h"
#include "server/api/Snapshot.h"
#include "server/api/SystemReport.h"
#include "server/api/TextExposition.h"
#include "server/api/WordList.h"
#include "server/ingest/MetricMetadata.h"
#include "server/ingest/scrape/ScraperWord.h"

#include <charconv>

namespace plimsoll::api {

namespace {

constexpr size_t defaultMetricLimit = 1'000;

http::Response respond(Result<std::string> json)
{
    if (!json)
        return http::Response::error(json.error());
    http::Response response;
    response.body = QByteArray(json->data(), static_cast<qsizetype>(json->size()));
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

Result<TimeRange> rangeOf(const http::Request &request, int64_t nowMs)
{
    return parseTimeRange(request.argument("from"), request.argument("to"), nowMs);
}

Result<SnapshotForm> formOf(const http::Request &request)
{
    const auto format = request.argument("format");
    if (!format)
        return preferredForm(request.header("accept").value_or(""));
    if (*format == "json")
        return SnapshotForm::Json;
    if (*format == "prometheus" || *format == "text")
        return SnapshotForm::Text;
    if (*format == "openmetrics")
        return SnapshotForm::OpenMetrics;
    return Error{ErrorCode::Invalid, inQuotes(*format) + " is not a format of this page.",
                 "Use format=json, prometheus or openmetrics."};
}

Result<int64_t> maxAgeOf(const http::Request &request)
{
    const auto text = request.argument("max_age");
    if (!text)
        return Snapshot::defaultMaxAgeMs;
    const auto age = parseDuration(*text);
    if (age)
        return *age;
    return Error{ErrorCode::Invalid, inQuotes(*text) + " is not a length of time.",
                 "Write max_age=5m, 24h or 7d."};
}

http::Response snapshot(const ReadScope &scope, const http::Request &request,
                        const ingest::MetricMetadata *metadata)
{
    if (request.header("x-plimsoll-scraper") == ingest::scraperWord())
        return http::Response::error({ErrorCode::Conflict, "This appliance cannot scrape itself.",
                                      "Its own series are stored already; remove the target."});
    const auto form = formOf(request);
    if (!form)
        return http::Response::error(form.error());
    const auto maxAge = maxAgeOf(request);
    if (!maxAge)
        return http::Response::error(maxAge.error());
    const auto taken = Snapshot::take(scope, request.arguments("metric"), *maxAge);
    if (!taken)
        return http::Response::error(taken.error());
    const auto helpOf = [&](std::string_view metric) {
        const auto said = metadata ? metadata->find(scope.project, metric) : std::nullopt;
        return said ? said->help : std::string();
    };
    http::Response response =
        respond(*form == SnapshotForm::Json ? taken->toJson(scope.nowMs)
                                            : writeExposition(*taken, *form, ShowTimes::No, helpOf));
    const std::string_view type = contentType(*form);
    response.contentType = QByteArray(type.data(), static_cast<qsizetype>(type.size()));
    response.headers.emplace_back("Vary", "Accept");
    return response;
}

http::Response query(const ReadScope &scope, const http::Request &request)
{
    const auto asked = MetricsQuery::fromRequest(request, scope.nowMs);
    if (!asked)
        return http::Response::error(asked.error());
    http::Response response = respond(answerMetricsQuery(scope, *asked));
    if (asked->csv && response.status == 200)
        response.contentType = "text/csv; charset=utf-8";
    return response;
}

http::Response endpoints(const ReadScope &scope, const http::Request &request)
{
    const auto range = rangeOf(request, scope.nowMs);
    if (!range)
        return http::Response::error(range.error());
    const auto where = conditionsOf(request);
    if (!where)
        return http::Response::error(where.error());
    const auto report = EndpointReport::make(scope, *range, request.argument("method").value_or(""),
                                             request.argument("route").value_or(""), *where);
    return report ? respond(report->toJson()) : http::Response::error(report.error());
}

http::Response costs(const ReadScope &scope, const http::Request &request)
{
    const auto range = rangeOf(request, scope.nowMs);
    if (!range)
        return http::Response::error(range.error());
    auto labels = splitList(request.argument("group_by").value_or(""));
    const auto report =
        CostReport::make(scope, *range, labels.empty() ? CostReport::defaultLabels() : std::move(labels));
    return report ? respond(report->toJson()) : http::Response::error(report.error());
}

http::Response metrics(const ReadScope &scope, const http::Request &request)
{
    size_t limit = defaultMetricLimit;
    if (const auto text = request.argument("limit")) {
        const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), limit);
        if (failure != std::errc() || end != text->data() + text->size() || limit == 0)
            return http::Response::error(
                {ErrorCode::Invalid, inQuotes(*text) + " is not a limit.", "Use a whole number from 1 on."});
    }
    const auto found = findMetrics(scope, request.argument("search").value_or(""), limit);
    return found ? respond(metricsToJson(*found)) : http::Response::error(found.error());
}

} // namespace

ReadingApi::ReadingApi(const ReaderSource &readers, const Clock &clock, QueryPool &pool,
                       StorageFigures storage, std::string host)
    : m_readers(readers)
    , m_clock(clock)
    , m_pool(pool)
    , m_storage(std::move(storage))
    , m_host(std::move(host))
{
}

void ReadingApi::addRoutes(http::Router &router)
{
    add(
        router, "/metrics",
        [this](const ReadScope &scope, const http::Request &request) {
            return snapshot(scope, request, m_metadata);
        },
        describeSnapshot());
    add(router, "/metrics/query", query, describeQuery());
    add(router, "/metrics/endpoints", endpoints, describeEndpoints());
    add(router, "/metrics/costs", costs, describeCosts());
    add(
        router, "/metrics/system",
        [this](const ReadScope &scope, const http::Request &) {
            return respond(answerSystem(scope, m_host));
        },
        describeSystem());
    add(router, "/api/app/metrics", metrics, describeMetricList());
    add(
        router, "/api/app/storage",
        [this](const ReadScope &scope, const http::Request &request) {
            // The figures are those of all projects together.
            const http::Principal &who = request.principal;
            const bool some = who.session ? !who.allProjects : !who.keyId.empty();
            if (some && scope.project != defaultProject)
                return http::Response::error(403, "whole_appliance", "This concerns all projects.",
                                             "Use a key of the project default.");
            return respond(answerStorage(scope, m_storage));
        },
        describeStorage());
}

void ReadingApi::add(http::Router &router, const char *path, Evaluation evaluation,
                     http::RouteDescription about)
{
    router.get(
        path, http::Access::Read,
        [this, evaluation = std::move(evaluation)](http::RequestPtr request, http::Reply reply) {
            m_pool.answer(
                std::move(reply), [this, evaluation, request](const QueryPool::Cancelled &cancelled) {
                    const auto reader = m_readers.openReader();
                    const ReadScope scope{*reader, request->principal.project, m_clock.nowMs(), cancelled};
                    return evaluation(scope, *request);
                });
        },
        std::move(about));
}

} // namespace plimsoll::api

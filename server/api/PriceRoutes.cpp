#include "server/api/PriceRoutes.h"

#include "server/api/UnpricedReport.h"
#include "server/http/JsonBody.h"

#include <QJsonArray>

#include <algorithm>

namespace plimsoll::api {
namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr const char *path = "/api/app/prices";
constexpr const char *pathOfOne = "/api/app/prices/{id}";
constexpr qint64 maxBodyBytes = 64 * 1024;
constexpr size_t jobsAtATime = 16;
constexpr const char *given =
    R"({"provider":"anthropic","model":"claude-next*","valid_from":"2026-11-01","input":"3","output":"15",
"cache_read":"0.3","cache_write":"3.75","cost_since":"2026-11-01"})";
constexpr const char *shown =
    R"({"id":"5f0c1a2b3c4d5e6f","provider":"anthropic","model":"claude-next*","valid_from":"2026-11-01",
"valid_from_ms":1793491200000,"currency":"USD","input":"3","output":"15","cache_read":"0.3",
"cache_write":"3.75","source":"own","created_ms":1793491200000,"updated_ms":1793491200000})";
constexpr const char *shownJob =
    R"({"id":"1793491200000-1","kind":"costing","state":"running","progress":0.2,"started_ms":1793491200000,
"ended_ms":null,"result":null,"error":null})";

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

/// From when on calls shall be costed; nothing where nobody asked. Null stands for the price's own date.
Result<std::optional<int64_t>> sinceIn(const QJsonObject &body, const char *field, int64_t nowMs)
{
    const QJsonValue value = body.value(QLatin1String(field));
    if (value.isUndefined() || value.isNull())
        return std::optional<int64_t>();
    const auto at = timeIn(value, field, nowMs);
    return at ? Result<std::optional<int64_t>>(*at) : Result<std::optional<int64_t>>(at.error());
}

Status notBefore(std::optional<int64_t> sinceMs, const PriceRecord &record, const char *field)
{
    if (!sinceMs || *sinceMs >= record.price.validFromMs)
        return {};
    return Error{ErrorCode::Unprocessable,
                 '`' + std::string(field) + "` is before the day from which the price holds.",
                 "Let the price begin earlier, or cost calls from its day on."};
}

Result<QJsonObject> startCosting(const PriceParts &parts, ProjectId project, const PriceRecord &record,
                                 int64_t sinceMs)
{
    Costing::Task task;
    task.project = project;
    task.prices = parts.prices.table(project);
    task.price = record.price;
    task.sinceMs = sinceMs;
    Jobs::Terms terms;
    terms.project = project;
    terms.atATime = jobsAtATime;
    terms.inBytes = false;
    terms.gentle = true;
    return parts.jobs.start(
        QStringLiteral("costing"),
        [costing = parts.costing, task](const Progress &progress) {
            return Costing::run(costing, task, progress);
        },
        std::move(terms));
}

/// The resource, with the job of whoever asked for one.
Response withJob(const PriceParts &parts, ProjectId project, const PriceRecord &record,
                 std::optional<int64_t> sinceMs, int status)
{
    QJsonObject json = record.toJson();
    json["job"] = QJsonValue();
    if (sinceMs) {
        const auto job = startCosting(parts, project, record, *sinceMs);
        if (job)
            json["job"] = *job;
        else
            json["job_error"] = QJsonObject{{"message", QString::fromStdString(job.error().message)},
                                            {"hint", QString::fromStdString(job.error().hint)}};
    }
    return Response::json(json, status);
}

void list(const PriceParts &parts, const RequestPtr &request, Reply reply)
{
    const auto all = parts.prices.list(request->principal.project);
    if (!all)
        return reply.send(Response::error(all.error()));
    const std::string source = request->argument("source").value_or("");
    const QString search = QString::fromStdString(request->argument("search").value_or("")).toLower();
    if (!source.empty() && source != "own" && source != "shipped")
        return reply.send(Response::error({ErrorCode::Invalid, "`source` must be shipped or own.", {}}));
    QJsonArray items;
    for (const PriceRecord &record : *all) {
        const bool wanted = source.empty() || record.price.own == (source == "own");
        const std::string name = record.price.provider + ' ' + record.price.model;
        if (wanted && QString::fromStdString(name).contains(search))
            items.append(record.toJson());
    }
    reply.send(Response::json({{"items", items}, {"next_cursor", QJsonValue()}}));
}

void unpriced(const PriceParts &parts, const RequestPtr &request, Reply reply)
{
    parts.pool.answer(std::move(reply), [parts, request](const QueryPool::Cancelled &cancelled) {
        const int64_t nowMs = parts.costing.clock.nowMs();
        const auto range =
            parseTimeRange(request->argument("from").value_or("90d"), request->argument("to"), nowMs);
        if (!range)
            return Response::error(range.error());
        const ProjectId project = request->principal.project;
        const auto reader = parts.costing.readers.openReader();
        const ReadScope scope{*reader, project, nowMs, cancelled};
        const auto report = UnpricedReport::make(scope, *range);
        if (!report)
            return Response::error(report.error());
        Response response;
        response.body = QByteArray::fromStdString(report->toJson(*parts.prices.table(project)));
        response.headers.emplace_back("Cache-Control", "no-store");
        return response;
    });
}

void create(const PriceParts &parts, const RequestPtr &request, const QJsonObject &body, Reply reply)
{
    const ProjectId project = request->principal.project;
    const int64_t nowMs = parts.costing.clock.nowMs();
    const auto since = sinceIn(body, "cost_since", nowMs);
    if (!since)
        return reply.send(Response::error(since.error()));
    // Refused before anything is made.
    if (const auto asked = PriceRecord().patched(body, nowMs))
        if (Status fits = notBefore(*since, *asked, "cost_since"); !fits)
            return reply.send(Response::error(fits.error()));
    const auto shared = std::make_shared<Reply>(std::move(reply));
    parts.prices.create(project, body, [parts, shared, project, since = *since](const auto &made) {
        shared->send(made ? withJob(parts, project, *made, since, 201) : Response::error(made.error()));
    });
}

void patch(const PriceParts &parts, const RequestPtr &request, const QJsonObject &body, Reply reply)
{
    const ProjectId project = request->principal.project;
    const int64_t nowMs = parts.costing.clock.nowMs();
    const auto since = sinceIn(body, "cost_since", nowMs);
    if (!since)
        return reply.send(Response::error(since.error()));
    if (const auto there = parts.prices.get(project, idOf(request)); there && there->price.own)
        if (const auto asked = there->patched(body, nowMs))
            if (Status fits = notBefore(*since, *asked, "cost_since"); !fits)
                return reply.send(Response::error(fits.error()));
    const auto shared = std::make_shared<Reply>(std::move(reply));
    parts.prices.patch(project, idOf(request), body,
                       [parts, shared, project, since = *since](const auto &changed) {
                           shared->send(changed ? withJob(parts, project, *changed, since, 200)
                                                : Response::error(changed.error()));
                       });
}

void remove(const PriceParts &parts, const RequestPtr &request, const QJsonObject &, Reply reply)
{
    const auto shared = std::make_shared<Reply>(std::move(reply));
    parts.prices.remove(request->principal.project, idOf(request), [shared](const auto &removed) {
        shared->send(removed ? Response::noContent() : Response::error(removed.error()));
    });
}

void cost(const PriceParts &parts, const RequestPtr &request, const QJsonObject &body, Reply reply)
{
    const ProjectId project = request->principal.project;
    const auto record = parts.prices.get(project, idOf(request));
    const auto since = sinceIn(body, "since", parts.costing.clock.nowMs());
    if (!record || !since)
        return reply.send(Response::error(record ? since.error() : record.error()));
    if (Status fits = notBefore(*since, *record, "since"); !fits)
        return reply.send(Response::error(fits.error()));
    const auto job = startCosting(parts, project, *record, since->value_or(record->price.validFromMs));
    reply.send(job ? Response::json(*job, 202) : Response::error(job.error()));
}

using Change = void (*)(const PriceParts &, const RequestPtr &, const QJsonObject &, Reply);

void addChange(http::Router &router, const PriceParts &parts, Method method, const char *pattern,
               Change change, http::RouteDescription about)
{
    http::Route route;
    route.method = method;
    route.pattern = pattern;
    route.access = Access::Edit;
    route.maxBodyBytes = maxBodyBytes;
    route.about = std::move(about);
    route.handler = [parts, change, mayLack = change == cost || method == Method::Delete](
                        const RequestPtr &request, Reply reply) {
        const auto body = http::objectIn(*request, mayLack);
        if (!body)
            return reply.send(Response::error(body.error()));
        change(parts, request, *body, std::move(reply));
    };
    router.add(std::move(route));
}

http::RouteDescription about(const char *summary, http::RouteAnswer answer)
{
    return {.group = "Prices", .summary = summary, .answers = {std::move(answer)}};
}

void addReads(http::Router &router, const PriceParts &parts)
{
    auto listing = about("What models cost, by day",
                         {.text = "Shipped and own prices.",
                          .example = "{\"items\":[" + std::string(shown) + "],\"next_cursor\":null}"});
    listing.arguments = {{.name = "source", .text = "Only these.", .oneOf = {"shipped", "own"}},
                         {.name = "search", .text = "A part of provider and model.", .example = "gpt-4o"}};
    router.get(
        path, Access::Read,
        [parts](const RequestPtr &request, Reply reply) { list(parts, request, std::move(reply)); },
        std::move(listing));
    auto without =
        about("Models with calls that have no cost",
              {.text = "Most calls first. `price_id` is the price that would cover the last of them now.",
               .example = R"({"items":[{"provider":"anthropic","model":"claude-next","calls":1204,)"
                          R"("first_ms":1793491200000,"last_ms":1793577600000,"price_id":null,)"
                          R"("price_from_ms":null}],"next_cursor":null})"});
    without.arguments = {
        {.name = "from", .text = "From when on; 90 days ago unless given.", .example = "30d"},
        {.name = "to", .text = "Until when, exclusive; now unless given."}};
    router.get(
        "/api/app/prices/unpriced", Access::Read,
        [parts](const RequestPtr &request, Reply reply) { unpriced(parts, request, std::move(reply)); },
        std::move(without));
    router.get(
        pathOfOne, Access::Read,
        [parts](const RequestPtr &request, Reply reply) {
            const auto found = parts.prices.get(request->principal.project, idOf(request));
            reply.send(found ? Response::json(found->toJson()) : Response::error(found.error()));
        },
        about("One price", {.text = "The price.", .example = shown}));
}

} // namespace

void addPriceRoutes(http::Router &router, PriceParts parts)
{
    addReads(router, parts);
    auto making = about("Adds a price", {.status = 201,
                                         .text = "The price, and the job that costs calls of "
                                                 "before (null unless asked for).",
                                         .example = shown});
    making.bodies = {{.example = given}};
    addChange(router, parts, Method::Post, path, create, std::move(making));
    auto changing = about("Changes an own price, for calls to come",
                          {.text = "The price, and the job where one was asked for.", .example = shown});
    changing.bodies = {{.example = R"({"input":"2.5"})"}};
    addChange(router, parts, Method::Patch, pathOfOne, patch, std::move(changing));
    addChange(router, parts, Method::Delete, pathOfOne, remove,
              about("Removes an own price; what was costed by it keeps its cost",
                    {.status = 204, .text = "Done.", .contentType = {}}));
    auto costing = about("Costs calls that came before their price",
                         {.status = 202, .text = "The job.", .example = shownJob});
    costing.text = "Writes a cost for each instant of calls that has none; running it again counts nothing "
                   "twice.";
    costing.bodies = {{.example = R"({"since":"2026-11-01"})"}};
    addChange(router, parts, Method::Post, "/api/app/prices/{id}/cost", cost, std::move(costing));
}

} // namespace plimsoll::api

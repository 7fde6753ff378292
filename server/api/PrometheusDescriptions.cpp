#include "server/api/PrometheusDescriptions.h"

#include <algorithm>
#include <array>

namespace plimsoll::api::prometheus {

namespace {

using http::RouteArgument;
using http::RouteDescription;

constexpr const char *group = "Prometheus API";

const RouteArgument query{.name = "query",
                          .text = "A PromQL expression.",
                          .required = true,
                          .example = "sum(rate(jobs_total[5m]))"};
const RouteArgument timeout{.name = "timeout", .text = "Seconds or a duration."};
const RouteArgument limit{.name = "limit", .text = "At most so many entries; 0 is all.", .type = "integer"};
const RouteArgument start{.name = "start", .text = "Seconds since 1970 or RFC 3339."};
const RouteArgument end{.name = "end", .text = "Seconds since 1970 or RFC 3339."};
const RouteArgument match{.name = "match[]", .text = "A series selector.", .repeated = true};

RouteArgument required(RouteArgument argument, std::string example)
{
    argument.required = true;
    argument.example = std::move(example);
    return argument;
}

struct Described
{
    std::string_view pattern;
    const char *summary;
    std::vector<RouteArgument> arguments = {};
};

const std::vector<Described> &table()
{
    static const std::vector<Described> all{
        {"/api/v1/query",
         "Evaluates an expression at one instant",
         {query, {.name = "time", .text = "Seconds or RFC 3339; now unless given."}, timeout, limit}},
        {"/api/v1/query_range",
         "Evaluates an expression over a range of time",
         {query,
          required(start, "2026-01-06T00:00:00Z"),
          required(end, "2026-01-06T12:00:00Z"),
          {.name = "step", .text = "Seconds or a duration.", .required = true, .example = "5m"},
          timeout,
          limit}},
        {"/api/v1/query_exemplars", "Exemplars of an expression; none are kept", {query, start, end}},
        {"/api/v1/format_query", "The expression in its usual form", {query}},
        {"/api/v1/parse_query", "The expression as a tree", {query}},
        {"/api/v1/series", "The series of selectors", {required(match, "jobs_total"), start, end, limit}},
        {"/api/v1/labels", "The names of labels", {match, start, end, limit}},
        {"/api/v1/label/{name}/values",
         "The values of a label",
         {{.name = "name", .text = "The label.", .example = "queue"}, match, start, end, limit}},
        {"/api/v1/metadata",
         "Type, help and unit of metrics",
         {{.name = "metric", .text = "Only this one."},
          limit,
          {.name = "limit_per_metric", .text = {}, .type = "integer"}}},
        {"/api/v1/rules", "Alarms as alerting rules"},
        {"/api/v1/alerts", "Alarms that fire now"},
        {"/api/v1/targets",
         "Scrape targets",
         {{.name = "state", .text = {}, .oneOf = {"active", "dropped", "any"}}}},
        {"/api/v1/targets/metadata", "Metadata that targets told"},
        {"/api/v1/scrape_pools", "Names of scrape pools"},
        {"/api/v1/alertmanagers", "Alertmanagers that are notified"},
        {"/api/v1/read", "Prometheus remote read"},
        {"/api/v1/status/buildinfo", "Version"},
        {"/api/v1/status/runtimeinfo", "State of the process"},
        {"/api/v1/status/tsdb", "Cardinality", {limit}},
        {"/api/v1/status/flags", "Command line flags"},
        {"/api/v1/status/config", "Configuration"},
        {"/api/v1/status/walreplay", "State of recovery"},
        {"/api/v1/notifications", "Notices to the page of Prometheus"},
        {"/federate", "The newest samples of selectors as text exposition", {required(match, "jobs_total")}},
    };
    return all;
}

} // namespace

RouteDescription describe(std::string_view pattern)
{
    const auto &all = table();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Described &one) { return one.pattern == pattern; });
    if (found == all.end())
        return {};
    RouteDescription description{
        .group = group,
        .summary = found->summary,
        .text = "As Prometheus 3 has it: arguments in the address or, with POST, in a form.",
        .arguments = found->arguments,
        .bodies = {},
        .answers = {}};
    if (pattern == "/federate")
        description.answers = {
            {.text = "Samples.", .contentType = "text/plain; version=0.0.4; charset=utf-8"}};
    else if (pattern == "/api/v1/read")
        description.answers = {{.text = "Samples.", .contentType = "application/x-protobuf"}};
    else
        description.answers = {
            {.text = "The envelope of Prometheus.", .example = R"({"status":"success","data":{}})"}};
    return description;
}

} // namespace plimsoll::api::prometheus

#include "server/api/ReadingDescriptions.h"

namespace plimsoll::api {

namespace {

using http::RouteArgument;
using http::RouteDescription;

constexpr const char *group = "Reading";
constexpr const char *csvType = "text/csv; charset=utf-8";

const RouteArgument fromArgument{.name = "from",
                                 .text = "Begin: milliseconds or seconds since 1970, RFC 3339, now-24h, or "
                                         "an age such as 24h. 24 h before `to` "
                                         "unless given.",
                                 .example = "7d"};
const RouteArgument toArgument{.name = "to", .text = "End, exclusive, in the same forms. Now unless given."};
const RouteArgument projectArgument{.name = "project", .text = "May only name the project of the key."};
const RouteArgument keyArgument{
    .name = "key",
    .text = "An API key with the role read, for programs that cannot send headers, such as spreadsheets."};

} // namespace

RouteDescription describeSnapshot()
{
    return {
        .group = group,
        .summary = "The newest value of every series",
        .text = "JSON, or the text exposition of Prometheus where Accept or `format` asks for it.",
        .arguments = {{.name = "metric", .text = "Only this metric.", .repeated = true, .example = "revenue"},
                      {.name = "max_age", .text = "Leaves out what was silent for longer. 24h unless given."},
                      {.name = "format",
                       .text = "Wins over Accept.",
                       .oneOf = {"json", "prometheus", "text", "openmetrics"}},
                      projectArgument,
                      keyArgument},
        .answers = {
            {.text = "The snapshot.",
             .example = R"({"at_ms":1767700800000,"metrics":[{"name":"revenue","kind":"delta","help":"",
                                     "unit":"","series":[{"labels":{"plan":"pro"},"t":1767700800000,
                                     "value":147.5}]}]})"},
            {.text = {}, .contentType = "text/plain; version=0.0.4; charset=utf-8"},
            {.text = {}, .contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"}}};
}

RouteDescription describeQuery()
{
    return {
        .group = group,
        .summary = "A metric over time, in buckets of a minute, an hour or a day",
        .text =
            "Every bucket is there, empty ones with `count` 0; figures that cannot be known are null. "
            "`resolution` is the width of the buckets: wider than asked for where only hours or days of the "
            "samples are stored, and `infos` says so. A metric that nobody sent yet has no series and a "
            "`hint`.",
        .arguments =
            {{.name = "metric", .text = "Its name.", .required = true, .example = "revenue"},
             fromArgument,
             toArgument,
             {.name = "group_by",
              .text = "A list of one of minute, hour and day, and of label names. Without a width: minute up "
                      "to 6 h, hour up to 14 days, else day.",
              .example = "day,plan"},
             {.name = "tz",
              .text = "The time zone in which hours and days begin, an IANA name. UTC unless given.",
              .example = "Europe/Berlin"},
             {.name = "endpoint", .text = "Only series whose label `endpoint` or `route` has this value."},
             {.name = "where",
              .text = "A condition on a label: a=b, a!=b, a=~regex or a!~regex.",
              .repeated = true,
              .example = "plan=pro"},
             {.name = "limit", .text = "At most so many series, the largest sums first.", .type = "integer"},
             {.name = "format", .text = "json unless given.", .oneOf = {"json", "csv"}},
             projectArgument,
             keyArgument},
        .answers = {
            {.text = "The buckets of each series.",
             .example =
                 R"json({"metric":"revenue","kind":"delta","unit":"","from":1767657600000,"to":1767744000000,
                         "resolution":"day","tz":"UTC","series":[{"labels":{"plan":"pro"},"buckets":[{"t":1767657600000,
                         "count":3,"sum":147.5,"avg":49.166666666666664,"min":49,"max":49.5,"p50":49,"p95":49.5,
                         "p99":49.5}]}],"promql":{"sum":"sum by (plan) (increase(revenue[1d]))"},"stored":["samples"],"infos":[]})json"},
            {.text = {}, .contentType = csvType}}};
}

RouteDescription describeEndpoints()
{
    return {
        .group = group,
        .summary = "HTTP figures of each endpoint",
        .text = "Of the distribution http_request_duration_seconds. Times are milliseconds; errors are 5xx.",
        .arguments = {fromArgument,
                      toArgument,
                      {.name = "method", .text = "Only this one.", .example = "GET"},
                      {.name = "route", .text = "Only this one.", .example = "/orders/{id}"},
                      {.name = "where",
                       .text = "Only requests whose label fulfils this: a=b, a!=b, a=~regex or a!~regex.",
                       .repeated = true,
                       .example = "status=~5.."},
                      projectArgument,
                      keyArgument},
        .answers = {{.text = "The endpoints, the most time spent first.",
                     .example = R"({"from":1767614400000,"to":1767700800000,"stored":["samples"],"infos":[],
                                     "endpoints":[{"method":"GET","route":"/orders/{id}","count":1200,"rate":0.0139,
                                     "errors":3,"error_rate":0.0025,"p50":12.1,"p95":48.9,"p99":120.4,"avg":17.3,
                                     "max":950.2,"time_share":0.61,"status":{"200":1197,"500":3}}]})"}}};
}

RouteDescription describeCosts()
{
    return {
        .group = group,
        .summary = "What language models cost",
        .text = "Sums are exact. `unpriced_calls` are calls of models without a price; their cost is null, "
                "never 0.",
        .arguments = {fromArgument,
                      toArgument,
                      {.name = "group_by",
                       .text = "A list of label names: provider,model,endpoint unless given.",
                       .example = "provider,model"},
                      projectArgument,
                      keyArgument},
        .answers = {
            {.text = "The costs, the dearest first.",
             .example =
                 R"({"from":1767614400000,"to":1767700800000,"stored":["samples"],"infos":[],"currency":"USD",
                                     "total":1.26,"unpriced_calls":0,"by":[{"provider":"openai","model":"gpt-4o",
                                     "endpoint":"/chat","calls":42,"unpriced_calls":0,"tokens":{"input":120000,
                                     "output":40000,"cache_read":0,"cache_write":0},"cost":1.26}]})"}}};
}

RouteDescription describeSystem()
{
    return {
        .group = group,
        .summary = "The machine: processor, memory, disks, network",
        .text = "The newest figures of the last 5 minutes; null where not known.",
        .arguments = {projectArgument, keyArgument},
        .answers = {{.text = "The figures.",
                     .example = R"({"host":"atlas-1","uptime_s":86400,"cpu_ratio":0.12,"load":[0.4,0.3,0.2],
                                     "memory":{"used_bytes":1000000000,"total_bytes":4000000000,"ratio":0.25},
                                     "disks":[{"mount":"/","used_bytes":1000000000,"total_bytes":4000000000,
                                     "ratio":0.25}],"network":{"receive_bytes_per_s":1200,"transmit_bytes_per_s":800},
                                     "process":{"rss_bytes":30000000,"cpu_ratio":0.01,"open_files":24}})"}}};
}

RouteDescription describeMetricList()
{
    return {.group = group,
            .summary = "The names of all metrics",
            .text = {},
            .arguments = {{.name = "search", .text = "Fuzzy; the best match comes first.", .example = "rev"},
                          {.name = "limit", .text = "1,000 unless given.", .type = "integer"},
                          projectArgument},
            .answers = {
                {.text = "The metrics.", .example = R"({"items":[{"name":"revenue","kind":"delta","series":2,
                                     "last_ms":1767700800000,"help":"","unit":""}],"next_cursor":null})"}}};
}

RouteDescription describeStorage()
{
    return {.group = "Upkeep",
            .summary = "What is stored, what comes in, how long the disk lasts",
            .text = {},
            .arguments = {projectArgument},
            .answers = {{.text = "The figures."}}};
}

RouteDescription describeExport()
{
    return {
        .group = group,
        .summary = "All samples, streamed",
        .text =
            "Series by series in the order of labels, each in the order of time, in constant memory on both "
            "sides. With `limit` the header Link (rel=\"next\") leads to the following page. Without it json "
            "and "
            "prometheus have a cursor line every few MB, where a broken export can be resumed: keep all up "
            "to the "
            "last one and ask for the rest with `cursor`. The last cursor is null (json) or `end` "
            "(prometheus): "
            "all is there. An export that could not go on ends with a line that begins with `!!`.",
        .arguments =
            {{.name = "format",
              .text = "json is NDJSON and loses nothing; csv is one sample a line; prometheus is text with "
                      "timestamps, which POST /api/v1/import/prometheus takes back. json unless given.",
              .oneOf = {"json", "ndjson", "csv", "prometheus", "text"},
              .example = "csv"},
             {.name = "metric", .text = "Only this metric.", .repeated = true, .example = "revenue"},
             {.name = "match[]", .text = "Only series of this PromQL selector.", .repeated = true},
             {.name = "from",
              .text = "Begin, as elsewhere; the oldest sample unless given.",
              .example = "7d"},
             {.name = "to", .text = "End, exclusive; after the newest sample unless given."},
             {.name = "limit", .text = "At most so many samples.", .type = "integer"},
             {.name = "cursor",
              .text = "Goes on where another export stopped; metric and match[] as they were there."},
             projectArgument,
             keyArgument},
        .answers = {{.text = "The samples.", .contentType = "application/x-ndjson"},
                    {.text = {}, .contentType = csvType},
                    {.text = {}, .contentType = "text/plain; version=0.0.4; charset=utf-8"}}};
}

} // namespace plimsoll::api

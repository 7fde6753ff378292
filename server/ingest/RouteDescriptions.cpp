#include "server/ingest/RouteDescriptions.h"

namespace plimsoll::ingest {

namespace {

using http::RouteArgument;
using http::RouteDescription;

constexpr const char *group = "Writing";
constexpr const char *compressions = "The body may be compressed (gzip, deflate, zstd). An Idempotency-Key "
                                     "header makes a repeated request count once.";

const http::RouteAnswer empty{.status = 204, .text = "Stored on disk.", .contentType = {}};
const http::RouteAnswer counts{.text = "Stored on disk; what was refused is named.",
                               .example = R"({"accepted":2,"rejected":0,"errors":[]})"};

RouteDescription own()
{
    return {.group = group,
            .summary = "Samples, requests and model calls as JSON",
            .text = compressions,
            .bodies = {{.example = R"({"metrics":[{"name":"queue_depth","value":3,"labels":{"queue":"mail"}},
                                  {"name":"revenue","value":49,"type":"counter","labels":{"plan":"pro"}}],
                                  "requests":[{"method":"GET","route":"/orders/{id}","status":200,"duration_ms":12.5}],
                                  "llm":[{"provider":"openai","model":"gpt-4o","input_tokens":900,
                                  "output_tokens":120}]})"},
                       {.contentType = "application/x-ndjson", .example = {}}},
            .answers = {counts}};
}

RouteDescription track()
{
    return {
        .group = group,
        .summary = "One value, in one line",
        .text =
            "Other query arguments become labels: ?plan=pro. The body is a number, or JSON with value, type, "
            "labels and ts.",
        .arguments = {{.name = "name", .text = "The metric.", .example = "revenue"}},
        .bodies = {{.contentType = "text/plain", .example = "49"},
                   {.example = R"({"value":49,"type":"counter","labels":{"plan":"pro"}})"}},
        .answers = {{.text = "Stored on disk.", .example = R"({"accepted":1})"}}};
}

} // namespace

RouteDescription describeIngest(std::string_view pattern)
{
    if (pattern == "/ingest")
        return own();
    if (pattern == "/track/{name}")
        return track();
    if (pattern == "/api/v1/import/prometheus")
        return {.group = group,
                .summary = "Text exposition, as Prometheus targets show it, with or without timestamps",
                .text = "Takes back what GET /metrics/export?format=prometheus wrote. " +
                        std::string(compressions),
                .bodies = {{.contentType = "text/plain",
                            .example = "# TYPE jobs counter\njobs{queue=\"mail\"} 3\n"}},
                .answers = {counts}};
    if (pattern == "/api/v1/import/plimsoll")
        return {.group = group,
                .summary = "An export of this program (NDJSON)",
                .text = "Takes back what GET /metrics/export?format=json wrote, to the bit. " +
                        std::string(compressions),
                .bodies = {{.contentType = "application/x-ndjson", .example = {}}},
                .answers = {counts}};
    if (pattern == "/api/v1/write")
        return {.group = group,
                .summary = "Prometheus remote write 1.0 and 2.0",
                .text = {},
                .bodies = {{.contentType = "application/x-protobuf", .example = {}}},
                .answers = {empty}};
    if (pattern == "/write" || pattern == "/api/v2/write" || pattern == "/api/v3/write_lp")
        return {
            .group = group,
            .summary = pattern == "/write"          ? "InfluxDB line protocol, version 1"
                       : pattern == "/api/v2/write" ? "InfluxDB line protocol, version 2"
                                                    : "InfluxDB line protocol, version 3",
            .text = compressions,
            .arguments = {{.name = "precision",
                           .text = "Of the timestamps; ns unless given.",
                           .oneOf = {"n", "ns", "u", "us", "ms", "s", "m", "h", "auto", "nanosecond",
                                     "microsecond", "millisecond", "second"}}},
            .bodies = {{.contentType = "text/plain", .example = "cpu,host=a load=0.5 1767700800000000000"}},
            .answers = {empty}};
    if (pattern == "/v1/metrics" || pattern == "/api/v1/otlp/v1/metrics")
        return {
            .group = group,
            .summary = pattern == "/v1/metrics" ? "OpenTelemetry metrics (OTLP over HTTP)"
                                                : "OpenTelemetry metrics, at the path that Prometheus has",
            .text = "ExportMetricsServiceRequest as protobuf or JSON; answered in kind. " +
                    std::string(compressions),
            .bodies = {{.contentType = "application/x-protobuf", .example = {}},
                       {.example = R"({"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name",
                            "value":{"stringValue":"shop"}}]},"scopeMetrics":[{"metrics":[{"name":"queue.depth",
                            "gauge":{"dataPoints":[{"timeUnixNano":"1790000000000000000","asInt":"3"}]}}]}]}]})"}},
            .answers = {{.text = "Stored on disk; a partial success says how many points were refused.",
                         .example = "{}"}}};
    if (pattern == "/collectd")
        return {.group = group,
                .summary = "What collectd's write_http sends with Format \"JSON\"",
                .text = compressions,
                .bodies = {{.example = R"([{"values":[0.5],"dstypes":["gauge"],"dsnames":["shortterm"],
                            "time":1767700800.5,"interval":10,"host":"a","plugin":"load","plugin_instance":"",
                            "type":"load","type_instance":""}])"}},
                .answers = {counts}};
    if (pattern == "/ping")
        return {.group = group,
                .summary = "Tells clients of InfluxDB that the server is there",
                .text = {},
                .answers = {{.status = 204, .text = "It is.", .contentType = {}}}};
    if (pattern == "/query")
        return {.group = group,
                .summary =
                    "Answers CREATE DATABASE and SHOW DATABASES of InfluxDB clients; reading is PromQL",
                .text = {},
                .arguments =
                    {{.name = "q", .text = "The statement.", .required = true, .example = "SHOW DATABASES"}},
                .answers = {{.text = "The result."}}};
    return {};
}

} // namespace plimsoll::ingest

#pragma once

#include "tests/support/MetricFamiliesBody.h"
#include "tests/support/OtlpBody.h"
#include "tests/support/RemoteWriteBody.h"

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::tests {

/// A request that is good until mutated() has had it.
struct DoorSeed
{
    const char *source; ///< the row of the table of wire formats
    const char *path;   ///< empty where it comes through a socket
    const char *contentType;
    std::string body;
};

/// At least one for every wire format, and for everything else that takes a body.
inline std::vector<DoorSeed> doorSeeds()
{
    const std::string series =
        prw::series({{"__name__", "up"}, {"job", "a"}}, {{1, 1790000000001}, {0.25, 1790000000002}});
    const std::string otlpRequest = otlp::request(
        {otlp::metric("queue.depth", "1", 5, {otlp::number(3, 1790000000001000000, {{"a.b", "c"}})}),
         otlp::metric("d", "s", 9, {otlp::buckets(6, 5, {0, 1}, {1, 2, 3}, 1790000000001000000)}, 2)},
        {{"service.name", "shop"}}, {{"team", "b"}}, "scope");
    prw::Request2 second;
    second.add({{"__name__", "up"}, {"job", "a"}},
               prw::field(2, prw::sample(1, 1790000000001)) + second.metadata(1, "Whether it is up."));
    const char *ofFamilies =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    return {
        {"remote_write_2", "/api/v1/write", "application/x-protobuf;proto=io.prometheus.write.v2.Request",
         prw::compressed(second.message())},
        {"collectd", "/collectd", "application/json",
         R"([{"values":[5,null],"dstypes":["derive","gauge"],"dsnames":["x","y"],"time":1790000000.1,"host":"a","plugin":"b","type":"c"}])"},
        {"metric_families", "/metrics/job/hostile", ofFamilies, families::someOfEach()},
        // What is scraped is the same text, pulled.
        {"scrape", "/metrics/job/hostile/instance/a", "text/plain",
         "# TYPE jobs_total counter\njobs_total{q=\"a\"} 5\n"},
        {"ingest", "/ingest", "application/json",
         R"({"metrics":[{"name":"cpu","value":0.5,"type":"gauge","labels":{"host":"a","b":"\u00e9\n"}},{"values":{"x":1,"y":-2e3}}],)"
         R"("requests":[{"method":"GET","route":"/a","status":200,"duration_ms":12.5}],"llm":[{"provider":"openai","model":"gpt-4o","input_tokens":10}]})"},
        {"ingest", "/ingest", "application/x-ndjson",
         "{\"name\":\"a\",\"value\":1,\"type\":\"counter\",\"cumulative\":true}\n{\"name\":\"b\",\"value\":2}"
         "\n"},
        {"track", "/track/deploy?version=1", "text/plain", "49"},
        {"track", "/track/deploy?version=1", "application/json",
         R"({"value":2,"type":"counter","labels":{"a":"b"},"ts":5})"},
        {"import", "/api/v1/import/prometheus", "text/plain",
         "# TYPE http_requests_total counter\nhttp_requests_total{method=\"post\",code=\"200\"} "
         "1027\nup{a=\"b\\\\\"} 1\n# EOF\n"},
        {"export", "/api/v1/import/plimsoll", "application/x-ndjson",
         "{\"plimsoll_export\":1}\n{\"series\":{\"__name__\":\"cpu\",\"host\":\"a\"},\"kind\":\"gauge\","
         "\"t\":[1790000000000],\"v\":[0.5]}\n"},
        {"remote_write", "/api/v1/write", "application/x-protobuf", prw::compressed(series)},
        {"remote_write", "/api/v1/write", "application/x-protobuf", series},
        {"influx", "/write?db=x&precision=ms", "text/plain",
         "cpu,host=a,region=eu\\ west usage=58i,idle=2.5,ok=t\nmem value=1\n"},
        {"influx", "/api/v2/write?bucket=b", "text/plain",
         "cpu,host=b value=1\nlog text=\"a \\\" b\",n=1u\n"},
        {"otlp", "/v1/metrics", "application/x-protobuf", otlpRequest},
        {"otlp", "/api/v1/otlp/v1/metrics", "application/x-protobuf", otlpRequest},
        {"otlp_json", "/v1/metrics", "application/json",
         R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"q","gauge":{"dataPoints":[{"timeUnixNano":"1790000000001000000","asInt":"3"}]}}]}]}]})"},
        {"statsd", "", "",
         "page.views:1|c|@0.1|#env:prod,beta\nfuel:+4|g\nt:320:1.5:2|ms\n_e{5,9}:title|text\\nend\n"},
        {"graphite", "", "", "servers.a.load 0.5 1790000000\nservers.a.load;dc=eu 2 1790000000\n"},
    };
}

} // namespace plimsoll::tests

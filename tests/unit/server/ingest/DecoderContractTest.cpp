#include "server/ingest/Decoder.h"
#include "server/ingest/NameRules.h"
#include "tests/support/OtlpBody.h"
#include "tests/support/RemoteWriteBody.h"

#include <QTest>

#include <random>
#include <set>

using namespace plimsoll;
using namespace plimsoll::ingest;

namespace {

/// Good bodies of each format, which the test then breaks.
const std::vector<std::pair<const char *, std::vector<std::string>>> &seeds()
{
    static const std::vector<std::pair<const char *, std::vector<std::string>>> all{
        {"ingest",
         {"{\"metrics\":[{\"name\":\"cpu\",\"value\":0.5,\"type\":\"gauge\",\"labels\":{\"host\":\"a\",\"b\":"
          "\"\\u00e9\\n\"},\"ts\":1790000000},"
          "{\"values\":{\"x\":1,\"y\":-2e3,\"z\":12345678901234567890},\"labels\":{},\"ts\":\"2026-09-21T14:"
          "13:20.5+02:00\"}]}",
          "{\"requests\":[{\"method\":\"GET\",\"route\":\"/"
          "a\",\"status\":200,\"duration_ms\":12.5,\"labels\":{\"z\":1}}],"
          "\"llm\":[{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"input_tokens\":10,\"labels\":{"
          "\"endpoint\":\"/x\"}}]}",
          "{\"name\":\"a\",\"value\":1,\"cumulative\":true}\n{\"name\":\"b\",\"value\":2}\n[{\"name\":\"c\","
          "\"value\":3}]\n",
          "[{\"metrics\":[{\"name\":\"a\",\"value\":1,\"nested\":{\"deep\":[[[{\"x\":\"}\"}]]]}}]},{"
          "\"values\":{\"a\":1}}]"}},
        {"track",
         {"49", "", "{\"value\":2,\"type\":\"counter\",\"labels\":{\"a\":\"b\"},\"ts\":5}", "-1.5e-7"}},
        {"export",
         {"{\"plimsoll_export\":1,\"version\":\"0.1.0\"}\n{\"series\":{\"__name__\":\"cpu\",\"host\":\"a\"},"
          "\"kind\":\"gauge\",\"t\":[1790000000000,1790000001000],\"v\":[0.5,\"0x7ff0000000000002\"]}\n",
          "{\"series\":{\"__name__\":\"h\"},\"kind\":\"distribution\",\"t\":[5],\"h\":["
          "\"AQIMAgAAAAAAAAD4PwAAAAAAAPg/AAAAAAAA+D8BTAI=\"]}"}},
        {"import",
         {"# TYPE http_requests_total counter\nhttp_requests_total{method=\"post\",code=\"200\"} 1027 "
          "1790000000001\n"
          "# HELP x y\nup{a=\"back\\\\slash\",b=\"quo\\\"te\",c=\"li\\nne\",} 1\n{\"a.b\",l=\"v\"} NaN 5\nm "
          "1 # {x=\"y\"} 1\n# EOF\n"}},
        {"remote_write",
         {tests::prw::series({{"__name__", "up"}, {"job", "a"}},
                             {{1, 1790000000001}, {0.25, 1790000000002}}) +
              tests::prw::series({{"__name__", "up"}, {"job", "b"}}, {{-3, 1790000000001}}) +
              tests::prw::metadata(1, "up"),
          tests::prw::field(1, tests::prw::field(2, tests::prw::sample(7, 5)) +
                                   tests::prw::labels({{"a", "b"}, {"__name__", "m"}})) +
              tests::prw::field(
                  1, tests::prw::labels({{"__name__", "h"}}) +
                         tests::prw::field(4, std::string("\x08\x03\x19\0\0\0\0\0\0\xf0\x3f\x20\x02\x5a\x04"
                                                          "\x08\x01\x10\x02\x62\x02\x02\x02\x78\x05",
                                                          25))),
          tests::prw::compressed(tests::prw::series({{"__name__", "up"}}, {{1, 1790000000001}}))}},
        {"influx",
         {"cpu,host=a,region=eu\\ west usage=58i,idle=2.5,ok=t 1790000000001000000\n"
          "cpu,host=b value=1\nlog text=\"a \\\" b\",n=1u 1790000000001000000\n# comment\nm a\\=b=-1e-3"}},
        {"statsd",
         {"page.views:1|c|@0.1|#env:prod,beta\nfuel:+4|g\nfuel:-1.5|g|c:ci-1\nusers:ann|s\nusers:bob|s\n",
          "t:320:1.5:2|ms|@0.3\nsize:12|h\nlat:7|d|#a:b|c:x|e:y\nold:3|c|T1790000000\ncpu,host=a:1:2|c",
          "_e{5,9}:title|text\\nend|d:1790000000|h:a|k:key|p:low|s:git|t:error|#a:b,c\n"
          "_sc|db up|2|d:1790000000|h:a|#a:b|m:too | long\nx:1|c"}},
        {"graphite",
         {"servers.a.load 0.5 1790000000\nservers.a.load;dc=eu;rack=1 -2e3 1790000000.5\n",
          "a;b=c 1 -1\r\n  b 2 N\n\nc\t3\t5"}},
        {"otlp",
         {tests::otlp::request(
              {tests::otlp::metric("queue.depth", "1", 5,
                                   {tests::otlp::number(3, 1790000000001000000, {{"a.b", "c"}}),
                                    tests::otlp::integer(-3, 1790000000002000000)}),
               tests::otlp::metric("sold", "", 7, {tests::otlp::number(2.5, 1790000000001000000)}, 1, true)},
              {{"service.name", "shop"}, {"host.name", "a"}}, {{"team", "b"}}, "scope"),
          tests::otlp::request(
              {tests::otlp::metric("d", "s", 9,
                                   {tests::otlp::buckets(6, 5, {0, 1}, {1, 2, 3}, 1790000000001000000)}, 2),
               tests::otlp::metric("e", "s", 9,
                                   {tests::otlp::buckets(6, 5, {0, 1}, {1, 2, 3}, 1790000000001000000)}, 1),
               tests::otlp::metric("f", "s", 10,
                                   {tests::otlp::exponential(6, 5, 9, 1, -2, {2, 3}, 1790000000001000000)},
                                   2)})}},
        {"otlp_json",
         {R"({"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},
          {"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"kvlistValue":{"values":[{"key":"k"}]}}]}}}]},
          "scopeMetrics":[{"scope":{"name":"s","version":"1"},"metrics":[{"name":"queue.depth","unit":"1","gauge":
          {"dataPoints":[{"timeUnixNano":"1790000000001000000","asInt":"3","attributes":[{"key":"b","value":
          {"boolValue":true}}]},{"timeUnixNano":1790000000002000000,"asDouble":0.5}]}},
          {"name":"sold","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asDouble":2.5}]}}]}]}]})",
          R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"d","unit":"s","histogram":{
          "aggregationTemporality":2,"dataPoints":[{"count":"6","sum":5,"bucketCounts":["1","2","3"],"explicitBounds":
          [0,1],"timeUnixNano":"1790000000001000000"}]}},{"name":"f","exponentialHistogram":{"aggregationTemporality":1,
          "dataPoints":[{"count":6,"sum":5,"scale":9,"zeroCount":1,"positive":{"offset":-2,"bucketCounts":[2,3]}}]}},
          {"name":"s","summary":{"dataPoints":[{"count":2,"sum":3,"quantileValues":[{"quantile":0.5,"value":1}]}]}}
          ]}]}]})"}},
    };
    return all;
}

std::string mutated(std::string body, std::mt19937 &random)
{
    static constexpr std::string_view interesting = "{}[]\":,\\\n\r\t 0e-.+#\x00\xff\xc3\x80tfn_=";
    static const std::vector<std::string> words{
        "null",    "true",     "1e999",       "-0",           "\"\"",          "{}",  "[]",  "\\u0000",
        "\\ud800", "__name__", "\"labels\":", "\"values\":{", "\"metrics\":[", "\n{", "}\n", "NaN",
        "# TYPE ", "# EOF\n"};
    const auto below = [&](size_t n) { return n == 0 ? 0 : random() % n; };
    for (size_t changes = 1 + below(4); changes > 0; changes--) {
        const size_t at = below(body.size() + 1);
        switch (random() % 7) {
        case 0:
            body.erase(at, below(8));
            break;
        case 1:
            body.insert(at, 1, interesting[below(interesting.size())]);
            break;
        case 2:
            body.insert(at, words[below(words.size())]);
            break;
        case 3:
            body.insert(at, body.substr(below(body.size()), below(40)));
            break;
        case 4:
            body.resize(at);
            break;
        case 5:
            if (at < body.size())
                body[at] = static_cast<char>(random());
            break;
        default:
            if (at < body.size())
                body[at] = interesting[below(interesting.size())];
        }
    }
    return body;
}

/// What holds for every batch of every decoder; the first thing that does not, in words.
std::string broken(const Batch &batch)
{
    std::set<uint32_t> refused;
    for (const Rejection &rejection : batch.rejections) {
        if (rejection.item >= batch.itemCount || !refused.insert(rejection.item).second)
            return "a rejection's item is out of range or there twice";
        if (rejection.code.empty() || rejection.message.empty() || rejection.message.size() > 2000)
            return "a rejection does not say why";
    }
    std::vector<bool> used(batch.series.size());
    for (const auto &sample : batch.floats) {
        if (sample.series >= batch.series.size())
            return "a sample's series is out of range";
        if (sample.item >= batch.itemCount || refused.contains(sample.item))
            return "a sample belongs to no accepted item";
        if (sample.timestampMs < 0)
            return "a timestamp is negative";
        used[sample.series] = true;
    }
    for (const auto &sample : batch.histograms) {
        if (sample.series >= batch.series.size() || sample.item >= batch.itemCount ||
            refused.contains(sample.item) || sample.timestampMs < 0)
            return "a histogram is out of range";
        if (!Histogram::decode(sample.value.encode()))
            return "a histogram cannot be stored";
        used[sample.series] = true;
    }
    for (size_t i = 0; i < batch.series.size(); i++) {
        const auto labels = Labels::fromKey(batch.series[i].canonicalKey());
        if (!used[i])
            return "a series has no sample";
        if (!labels || checkMetricName(labels->name()) || labels->size() > maxLabels + 1)
            return "a series has a bad key";
    }
    return {};
}

} // namespace

/// The contract that the decoders of all formats share.
class DecoderContractTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyFormatHasSeeds()
    {
        for (const Format &format : formats()) {
            const auto has = [&](const auto &seed) { return seed.first == std::string_view(format.source); };
            QVERIFY2(std::any_of(seeds().begin(), seeds().end(), has), format.source);
        }
    }

    void takesItsSeedsWhole()
    {
        const Prices prices = Prices::shipped();
        Decoders decoders(prices);
        for (const auto &[source, bodies] : seeds()) {
            for (const std::string &body : bodies) {
                Payload payload;
                payload.body = body;
                payload.subject = "subject";
                Batch batch;
                QVERIFY(decoders.of(source).decode(payload, batch).ok());
                QVERIFY(batch.rejections.empty() && !batch.empty());
                QCOMPARE(broken(batch), std::string());
            }
        }
    }

    void holdsForBrokenBodies_data()
    {
        QTest::addColumn<QByteArray>("source");
        for (const Format &format : formats())
            QTest::newRow(format.source) << QByteArray(format.source);
    }
    void holdsForBrokenBodies()
    {
        QFETCH(QByteArray, source);
        const Prices prices = Prices::shipped();
        Decoders decoders(prices);
        const auto seed =
            std::find_if(seeds().begin(), seeds().end(), [&](const auto &s) { return source == s.first; });
        std::mt19937 random(4711);
        int decoded = 0;
        for (int round = 0; round < 20000; round++) {
            const std::string body = mutated(seed->second[random() % seed->second.size()], random);
            Payload payload;
            payload.body = body;
            payload.subject = "subject";
            payload.nowMs = 1790000000000;
            Batch batch;
            if (!decoders.of(seed->first).decode(payload, batch))
                continue;
            decoded++;
            const std::string fault = broken(batch);
            QVERIFY2(
                fault.empty(),
                (fault + ": " + QByteArray::fromStdString(body).toPercentEncoding().toStdString()).c_str());
        }
        QVERIFY(decoded > 1000);
    }

    /// What a decoder remembers must not change what it reads.
    void remembersNothingWrong()
    {
        const Prices prices = Prices::shipped();
        std::mt19937 random(815);
        for (const auto &[source, bodies] : seeds()) {
            Decoders old(prices);
            for (int round = 0; round < 2000; round++) {
                const std::string body = mutated(bodies[random() % bodies.size()], random);
                Payload payload;
                payload.body = body;
                payload.subject = "subject";
                Decoders fresh(prices);
                Batch a;
                Batch b;
                const bool taken = old.of(source).decode(payload, a).ok();
                QCOMPARE(fresh.of(source).decode(payload, b).ok(), taken);
                if (!taken)
                    continue;
                QCOMPARE(a.itemCount, b.itemCount);
                QCOMPARE(a.rejections, b.rejections);
                QCOMPARE(a.floats.size(), b.floats.size());
                for (size_t i = 0; i < a.floats.size(); i++) {
                    const auto &left = a.series[a.floats[i].series];
                    const auto &right = b.series[b.floats[i].series];
                    QCOMPARE(left.canonicalKey(), right.canonicalKey());
                    QCOMPARE(left.kind, right.kind);
                    QCOMPARE(left.adoptsKind, right.adoptsKind);
                    QCOMPARE(std::bit_cast<uint64_t>(a.floats[i].value),
                             std::bit_cast<uint64_t>(b.floats[i].value));
                    QCOMPARE(a.floats[i].timestampMs, b.floats[i].timestampMs);
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(DecoderContractTest)
#include "DecoderContractTest.moc"

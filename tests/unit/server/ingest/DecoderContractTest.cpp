#include "server/ingest/Decoder.h"
#include "tests/support/BatchContract.h"
#include "tests/support/MetricFamiliesBody.h"
#include "tests/support/MutatedBody.h"
#include "tests/support/OtlpBody.h"
#include "tests/support/RemoteWriteBody.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <random>

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
        {"scrape",
         {"# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n"
          "http_requests_total{method=\"post\",code=\"200\"} 1027 1790000000001\n"
          "http_requests_total{method=\"get\",job=\"x\"} 3 # {trace=\"a\"} 1 2\n"
          "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\nh_sum 4\nh_count 3\n"
          "{\"a.b\",l=\"v\"} NaN\n# EOF\n"}},
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
        {"remote_write_2",
         {[] {
              tests::prw::Request2 request;
              request.add({{"__name__", "up"}, {"job", "a"}},
                          tests::prw::field(2, tests::prw::sample(1, 1790000000001)) +
                              tests::prw::field(2, tests::prw::sample(2, 1790000000002)) +
                              request.metadata(1, "Whether it is up."));
              request.add({{"__name__", "h_sum"}, {"job", "a"}},
                          request.metadata(3, "Some help.") + tests::prw::field(2, tests::prw::sample(7, 5)));
              return request.message();
          }(),
          tests::prw::compressed([] {
              tests::prw::Request2 request;
              request.add({{"__name__", "h"}},
                          tests::prw::field(3, std::string("\x08\x03\x19\0\0\0\0\0\0\xf0\x3f\x20\x02\x5a"
                                                           "\x04\x08\x01\x10\x02\x62\x02\x02\x02\x78\x05",
                                                           25)));
              return request.message();
          }())}},
        {"influx",
         {"cpu,host=a,region=eu\\ west usage=58i,idle=2.5,ok=t 1790000000001000000\n"
          "cpu,host=b value=1\nlog text=\"a \\\" b\",n=1u 1790000000001000000\n# comment\nm a\\=b=-1e-3"}},
        {"statsd",
         {"page.views:1|c|@0.1|#env:prod,beta\nfuel:+4|g\nfuel:-1.5|g|c:ci-1\nusers:ann|s\nusers:bob|s\n",
          "t:320:1.5:2|ms|@0.3\nsize:12|h\nlat:7|d|#a:b|c:x|e:y\nold:3|c|T1790000000\ncpu,host=a:1:2|c",
          "_e{5,9}:title|text\\nend|d:1790000000|h:a|k:key|p:low|s:git|t:error|#a:b,c\n"
          "_sc|db up|2|d:1790000000|h:a|#a:b|m:too | long\nx:1|c"}},
        {"metric_families", {tests::families::someOfEach()}},
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
        {"collectd",
         {R"([{"values":[1901474177],"dstypes":["counter"],"dsnames":["value"],"time":1790000000.123,
          "interval":10.000,"host":"a","plugin":"cpu","plugin_instance":"0","type":"cpu","type_instance":"idle"},
          {"values":[1,null,-2e3],"dstypes":["gauge","gauge","absolute"],"dsnames":["x","y","z"],"time":1790000000,
          "host":"\u00e9","plugin":"load","type":"load"}])",
          R"([{"host":"a","plugin":"b","type":"c","dsnames":["value"],"dstypes":["derive"],"values":[5]},
          {"severity":"OKAY","message":"x","plugin":"b"}])"}},
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
                QCOMPARE(test::brokenContract(batch), std::string());
            }
        }
    }

    /// tests/fuzz makes a program of each.
    void everyFormatIsFuzzed()
    {
        QFile file(qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + "/tests/fuzz/CMakeLists.txt");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(file.readAll());
        const qsizetype begin = text.indexOf("set(formats ");
        const QStringList fuzzed =
            text.mid(begin + 12, text.indexOf(')', begin) - begin - 12).split(QRegularExpression("\\s+"));
        for (const Format &format : formats())
            QVERIFY2(fuzzed.contains(format.source), format.source);
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
            const std::string body = tests::mutated(seed->second[random() % seed->second.size()], random);
            Payload payload;
            payload.body = body;
            payload.subject = "subject";
            payload.nowMs = 1790000000000;
            Batch batch;
            if (!decoders.of(seed->first).decode(payload, batch))
                continue;
            decoded++;
            const std::string fault = test::brokenContract(batch);
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
                const std::string body = tests::mutated(bodies[random() % bodies.size()], random);
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
                QCOMPARE(test::differenceOf(a, b), std::string());
            }
        }
    }
};

QTEST_GUILESS_MAIN(DecoderContractTest)
#include "DecoderContractTest.moc"

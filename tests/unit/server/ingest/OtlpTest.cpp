#include "server/ingest/OtlpJson.h"
#include "server/ingest/OtlpProtobuf.h"

#include "storage/model/Staleness.h"
#include "tests/support/OtlpBody.h"
#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;
namespace otlp = plimsoll::tests::otlp;

namespace {

constexpr uint64_t second = 1'000'000'000;
constexpr uint64_t at = 1'700'000'000 * second;

/// Metrics in the JSON of one resource and scope.
std::string json(const std::string &metrics)
{
    return R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[)" + metrics +
           R"(],"scope":{"name":""}}],"resource":{"attributes":[)"
           R"({"key":"service.name","value":{"stringValue":"shop"}}]}}]})";
}

/// A sample's value as its sender wrote it, whichever the form.
std::string histogramsOf(const Batch &batch)
{
    std::string out;
    for (const auto &sample : batch.histograms) {
        const auto &series = batch.series.at(sample.series);
        const Histogram &h = sample.value;
        out += Labels::fromKey(series.canonicalKey())->toString() + ' ' + std::string(kindName(series.kind)) +
               " schema " + std::to_string(h.schema()) + " count " + std::to_string(int(h.count())) +
               " sum " + QByteArray::number(h.sum(), 'g', 17).toStdString() + " zero " +
               std::to_string(int(h.zeroCount()));
        for (const auto &[index, count] : h.negative())
            out += " -" + std::to_string(index) + ':' + std::to_string(int(count));
        for (const auto &[index, count] : h.positive())
            out += ' ' + std::to_string(index) + ':' + std::to_string(int(count));
        out += '\n';
    }
    return out;
}

} // namespace

class OtlpTest : public QObject
{
    Q_OBJECT

    Prices m_prices;
    OtlpProtobuf m_protobuf{m_prices};
    OtlpJson m_json{m_prices};

    static Decoded decode(Decoder &decoder, std::string_view body)
    {
        Payload payload;
        payload.body = body;
        return testing::decode(decoder, payload);
    }
    Decoded decode(const std::string &body) { return decode(m_protobuf, body); }

private Q_SLOTS:
    void readsGaugesAndSums_data()
    {
        QTest::addColumn<bool>("asJson");
        QTest::newRow("protobuf") << false;
        QTest::newRow("json") << true;
    }
    void readsGaugesAndSums()
    {
        QFETCH(bool, asJson);
        const std::string body =
            asJson ? json(R"({"name":"queue.depth","unit":"1","gauge":{"dataPoints":[
                {"timeUnixNano":"1700000000000000000","asInt":"3","attributes":[{"key":"queue.name","value":{"stringValue":"mail"}}]},
                {"asDouble":0.25,"timeUnixNano":1700000001000000000}]}},
                {"sum":{"dataPoints":[{"asDouble":12.5,"timeUnixNano":"1700000000000000000"}],"isMonotonic":true,"aggregationTemporality":2},"unit":"s","name":"busy"},
                {"name":"revenue","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","isMonotonic":true,"dataPoints":[{"asDouble":49.99,"timeUnixNano":"1700000000000000000"}]}},
                {"name":"open","sum":{"aggregationTemporality":2,"dataPoints":[{"asInt":-4,"timeUnixNano":"1700000000000000000"}]}},
                {"name":"moved","sum":{"aggregationTemporality":1,"dataPoints":[{"asInt":"-2","timeUnixNano":"1700000000000000000"}]}})")
                   : otlp::request({otlp::metric("queue.depth", "1", 5,
                                                 {otlp::integer(3, at, {{"queue.name", "mail"}}),
                                                  otlp::number(0.25, at + second)}),
                                    otlp::metric("busy", "s", 7, {otlp::number(12.5, at)}, 2, true),
                                    otlp::metric("revenue", "", 7, {otlp::number(49.99, at)}, 1, true),
                                    otlp::metric("open", "", 7, {otlp::integer(-4, at)}, 2),
                                    otlp::metric("moved", "", 7, {otlp::integer(-2, at)}, 1)});
        Decoder &decoder = asJson ? static_cast<Decoder &>(m_json) : m_protobuf;
        for (int round = 0; round < 3; round++) {
            const auto d = decode(decoder, body);
            QVERIFY2(d.status.ok(), d.status.ok() ? "" : d.status.error().message.c_str());
            QCOMPARE(d.rejections, std::string());
            QCOMPARE(
                d.samples,
                std::string("queue_depth_ratio{job=\"shop\",queue_name=\"mail\"} gauge 1700000000000 3 #0\n"
                            "queue_depth_ratio{job=\"shop\"} gauge 1700000001000 0.25 #1\n"
                            "busy_seconds_total{job=\"shop\"} counter 1700000000000 12.5 #2\n"
                            "revenue_total{job=\"shop\"} delta 1700000000000 49.990000000000002 #3\n"
                            "open{job=\"shop\"} gauge 1700000000000 -4 #4\n"
                            "moved{job=\"shop\"} delta 1700000000000 -2 #5\n"));
        }
    }

    void tellsResourceAndScope()
    {
        const std::string body = otlp::request(
            {otlp::metric("a", "", 5, {otlp::number(1, at, {{"job", "mine"}, {"x.y", "1"}, {"x_y", "2"}})})},
            {{"service.name", "shop"},
             {"service.namespace", "eu"},
             {"service.instance.id", "i-1"},
             {"host.name", "web1"},
             {"long", std::string(3000, 'x')}},
            {{"team", "payments"}}, "http");
        const auto d = decode(body);
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.samples,
                 "a{instance=\"i-1\",job=\"eu/shop\",otel_scope_name=\"http\",otel_scope_team=\"payments\","
                 "x_y=\"1;2\"} gauge 1700000000000 1 #0\n"
                 "target_info{host_name=\"web1\",instance=\"i-1\",job=\"eu/shop\",long=\"" +
                     std::string(512, 'x') + "\"} gauge 1700000000000 1 #1\n");
    }

    void readsValuesOfAnyType()
    {
        const std::string attributes =
            R"({"key":"s","value":{"stringValue":"\u00e9\n"}},{"key":"i","value":{"intValue":"-7"}},)"
            R"({"key":"b","value":{"boolValue":true}},{"key":"d","value":{"doubleValue":0.5}},)"
            R"({"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":1},{}]}}},)"
            R"({"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"doubleValue":1e20}}]}}},)"
            R"({"key":"n","value":null},{"key":"e","value":{"stringValue":""}})";
        const auto any = [](const otlp::Fill &fill) { return otlp::message(fill); };
        const auto pair = [](const std::string &key, const std::string &value) {
            return otlp::message([&](auto &w) {
                w.add_string(1, key);
                w.add_message(2, value);
            });
        };
        const std::string point = otlp::message([&](auto &w) {
            w.add_fixed64(3, at);
            w.add_double(4, 1);
            w.add_message(7, pair("s", any([](auto &v) { v.add_string(1, "é\n"); })));
            w.add_message(7, pair("i", any([](auto &v) { v.add_int64(3, -7); })));
            w.add_message(7, pair("b", any([](auto &v) { v.add_bool(2, true); })));
            w.add_message(7, pair("d", any([](auto &v) { v.add_double(4, 0.5); })));
            w.add_message(7, pair("a", any([&](auto &v) {
                                      v.add_message(
                                          5, any([&](auto &list) {
                                              list.add_message(1, any([](auto &e) { e.add_string(1, "x"); }));
                                              list.add_message(1, any([](auto &e) { e.add_int64(3, 1); }));
                                              list.add_message(1, std::string());
                                          }));
                                  })));
            w.add_message(7, pair("m", any([&](auto &v) {
                                      v.add_message(6, any([&](auto &list) {
                                                        list.add_message(1, pair("k", any([](auto &e) {
                                                                                     e.add_double(4, 1e20);
                                                                                 })));
                                                    }));
                                  })));
        });
        const std::string expected =
            "m{a=\"[\\\"x\\\",1,null]\",b=\"true\",d=\"0.5\",i=\"-7\",job=\"shop\","
            "m=\"{\\\"k\\\":100000000000000000000}\",s=\"é\\n\"} gauge 1700000000000 1 #0\n";
        QCOMPARE(decode(otlp::request({otlp::metric("m", "", 5, {point})})).samples, expected);
        const auto d =
            decode(m_json, json(R"({"name":"m","gauge":{"dataPoints":[{"attributes":[)" + attributes +
                                R"(],"asDouble":1,"timeUnixNano":"1700000000000000000"}]}})"));
        QCOMPARE(d.samples, expected);
    }

    void makesClassicSeriesOfCumulativeHistograms()
    {
        const std::string expected =
            "d_seconds_bucket{job=\"shop\",le=\"0.005\"} counter 1700000000000 1 #0\n"
            "d_seconds_bucket{job=\"shop\",le=\"10\"} counter 1700000000000 3 #0\n"
            "d_seconds_bucket{job=\"shop\",le=\"+Inf\"} counter 1700000000000 6 #0\n"
            "d_seconds_sum{job=\"shop\"} counter 1700000000000 42.5 #0\n"
            "d_seconds_count{job=\"shop\"} counter 1700000000000 6 #0\n";
        for (int round = 0; round < 2; round++) {
            const auto d = decode(otlp::request(
                {otlp::metric("d", "s", 9, {otlp::buckets(6, 42.5, {0.005, 10}, {1, 2, 3}, at)}, 2)}));
            QCOMPARE(d.samples, expected);
        }
        const auto d = decode(
            m_json, json(R"({"name":"d","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[
            {"count":"6","sum":42.5,"bucketCounts":["1",2,"3"],"explicitBounds":[0.005,10],"timeUnixNano":"1700000000000000000"}]}})"));
        QCOMPARE(d.samples, expected);
    }

    void makesADistributionOfDeltaHistograms()
    {
        const auto d = decode(otlp::request(
            {otlp::metric("d", "s", 9, {otlp::buckets(1006, 42.5, {0, 0.3, 10}, {4, 1000, 0, 2}, at)}, 1)}));
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.batch.histograms.size(), size_t(1));
        const Histogram &h = d.batch.histograms[0].value;
        QCOMPARE(d.batch.series[0].kind, Kind::Distribution);
        QCOMPARE(h.schema(), Histogram::ownSchema);
        QCOMPARE(h.count(), 1006.0);
        QCOMPARE(h.sum(), 42.5);
        QCOMPARE(h.zeroCount(), 4.0);
        double below = 0;
        double above = 0;
        for (const auto &[index, count] : h.positive()) {
            QVERIFY(h.upperBound(index) <= 0.3 || h.lowerBound(index) >= 10);
            (h.upperBound(index) <= 0.3 ? below : above) += count;
        }
        QCOMPARE(below, 1000.0);
        QCOMPARE(above, 2.0);
        QVERIFY(std::abs(h.quantile(0.5) - 0.15) < 0.02);
    }

    void keepsExtremesOfDeltaHistograms()
    {
        const auto extremes = [](double min, double max) {
            return [=](protozero::pbf_writer &w) {
                w.add_double(11, min);
                w.add_double(12, max);
            };
        };
        const auto of = [&](const std::string &point) {
            return decode(otlp::request({otlp::metric("d", "", 9, {point}, 1)})).batch.histograms.at(0).value;
        };
        const Histogram one = of(otlp::buckets(1, 7, {5, 10}, {0, 1, 0}, at, extremes(7, 7)));
        QCOMPARE(one.quantile(0.5), 7.0);
        QCOMPARE(std::pair(one.min(), one.max()), std::pair(7.0, 7.0));
        const Histogram open = of(otlp::buckets(100, 5000, {-5}, {50, 50}, at, extremes(-20, 100)));
        QVERIFY(open.quantile(0.25) <= -5 && open.quantile(0.25) >= -20);
        QVERIFY(open.quantile(0.75) >= -5 && open.quantile(0.75) <= 100);
        QVERIFY(open.quantile(1) > 90 && open.quantile(1) <= 100);
        const Histogram none = of(otlp::buckets(4, 10, {}, {4}, at));
        QVERIFY(std::abs(none.quantile(0.5) - 2.5) < 0.03);
        const Histogram negative = of(otlp::buckets(10, -70, {-5}, {10, 0}, at));
        QVERIFY(negative.quantile(0.5) < -5);
    }

    void keepsExponentialHistograms()
    {
        const auto point = [](int scale) {
            return otlp::exponential(12, 18.5, scale, 2, -1, {3, 0, 5}, at, [](auto &w) {
                w.add_message(9, otlp::message([](auto &b) {
                                  b.add_sint32(1, 3);
                                  const std::vector<uint64_t> counts{2};
                                  b.add_packed_uint64(2, counts.begin(), counts.end());
                              }));
            });
        };
        const auto of = [&](int scale, int temporality) {
            return histogramsOf(
                decode(otlp::request({otlp::metric("d", "s", 10, {point(scale)}, temporality)})).batch);
        };
        QCOMPARE(of(3, 2), std::string("d_seconds{job=\"shop\"} histogram schema 3 count 12 sum 18.5 zero 2 "
                                       "-4:2 0:3 2:5\n"));
        QCOMPARE(of(3, 1), std::string("d_seconds{job=\"shop\"} distribution schema 3 count 12 sum 18.5 "
                                       "zero 2 -4:2 0:3 2:5\n"));
        // Two buckets of scale 9 are one of scale 8.
        QCOMPARE(of(9, 2), std::string("d_seconds{job=\"shop\"} histogram schema 8 count 12 sum 18.5 zero 2 "
                                       "-2:2 0:3 1:5\n"));
        const auto d = decode(
            m_json,
            json(
                R"({"name":"d","unit":"s","exponentialHistogram":{"dataPoints":[{"count":"12","sum":18.5,"scale":3,
            "zeroCount":"2","positive":{"offset":-1,"bucketCounts":["3","0","5"]},"negative":{"bucketCounts":[2],"offset":3},
            "timeUnixNano":"1700000000000000000"}],"aggregationTemporality":2}})"));
        QCOMPARE(histogramsOf(d.batch), of(3, 2));
    }

    void makesSeriesOfSummaries()
    {
        const std::string point = otlp::message([](auto &w) {
            w.add_fixed64(3, at);
            w.add_fixed64(4, 10);
            w.add_double(5, 12.5);
            for (const auto &one : {std::pair(0.5, 1.0), std::pair(0.99, 3.5)})
                w.add_message(6, otlp::message([&](auto &q) {
                                  q.add_double(1, one.first);
                                  q.add_double(2, one.second);
                              }));
        });
        const std::string expected = "s{job=\"shop\",quantile=\"0.5\"} gauge 1700000000000 1 #0\n"
                                     "s{job=\"shop\",quantile=\"0.99\"} gauge 1700000000000 3.5 #0\n"
                                     "s_sum{job=\"shop\"} counter 1700000000000 12.5 #0\n"
                                     "s_count{job=\"shop\"} counter 1700000000000 10 #0\n";
        QCOMPARE(decode(otlp::request({otlp::metric("s", "", 11, {point})})).samples, expected);
        const auto d =
            decode(m_json, json(R"({"name":"s","summary":{"dataPoints":[{"timeUnixNano":"1700000000000000000",
            "count":"10","sum":12.5,"quantileValues":[{"quantile":0.5,"value":1},{"value":3.5,"quantile":0.99}]}]}})"));
        QCOMPARE(d.samples, expected);
    }

    void marksWhatIsGoneAsStale()
    {
        const auto gone = [](uint32_t flags) {
            return otlp::message([&](auto &w) {
                w.add_fixed64(3, at);
                w.add_uint32(flags, 1);
            });
        };
        const auto d = decode(
            otlp::request({otlp::metric("a", "", 5, {gone(8)}), otlp::metric("b", "", 7, {gone(8)}, 1, true),
                           otlp::metric("c", "", 10, {gone(10)}, 2)}));
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.batch.itemCount, 3U);
        QCOMPARE(d.batch.floats.size(), size_t(1));
        QVERIFY(isStale(d.batch.floats[0].value));
        const Histogram &histogram = d.batch.histograms.at(0).value;
        QVERIFY(isStale(histogram.sum()));
        QVERIFY(isStale(Histogram::decode(histogram.encode()).value().sum()));
    }

    void refusesBadPointsAlone()
    {
        const auto d = decode(otlp::request(
            {otlp::metric("a", "", 5, {otlp::message([](auto &w) { w.add_fixed64(3, at); })}),
             otlp::metric("日本", "", 5, {otlp::number(1, at)}),
             otlp::metric("b", "", 7, {otlp::number(1, at)}, 0, true),
             otlp::metric("c", "", 7, {otlp::number(-1, at)}, 1, true),
             otlp::metric("d", "", 9, {otlp::buckets(5, 1, {1, 2}, {1, 2, 3}, at)}, 2),
             otlp::metric("e", "", 9, {otlp::buckets(6, 1, {2, 1}, {1, 2, 3}, at)}, 1),
             otlp::metric("f", "", 9, {otlp::buckets(3, 1, {1, 2}, {1, 2}, at)}, 1),
             otlp::metric("g", "", 10, {otlp::exponential(1, 1, -5, 1, 0, {}, at)}, 2),
             otlp::metric("h", "", 10, {otlp::exponential(2, 1, 0, 1, 2'000'000'000, {1}, at)}, 2),
             otlp::metric("i", "", 5, {otlp::number(1, at, {{"x", std::string(2000, 'x')}})}),
             otlp::metric("j", "", 5, {otlp::number(1, at, {{"x", "\xff"}})}),
             otlp::metric("good", "", 5, {otlp::number(1, at)})}));
        QVERIFY(d.status.ok());
        QCOMPARE(d.rejections,
                 std::string("0 bad_value\n1 bad_name\n2 bad_type\n3 bad_value\n4 bad_value\n5 bad_value\n"
                             "6 bad_value\n7 bad_value\n8 bad_value\n9 bad_label\n10 bad_label\n"));
        QCOMPARE(d.samples, std::string("good{job=\"shop\"} gauge 1700000000000 1 #11\n"));
        QCOMPARE(d.batch.rejections[3].message,
                 std::string("Metric \"c\": An increment of a monotonic sum is negative."));
    }

    void describesWhatIsNew()
    {
        const std::string body = otlp::request(
            {otlp::metric("busy", "s", 7, {otlp::number(1, at), otlp::number(2, at + second)}, 2, true)});
        const std::vector<Batch::Description> said{{"busy_seconds_total", "counter", "Some words.", "s"}};
        OtlpProtobuf fresh(m_prices);
        QCOMPARE(decode(fresh, body).batch.descriptions, said);
        QVERIFY(decode(fresh, body).batch.descriptions.empty());
    }

    void takesNowForNoTime()
    {
        QCOMPARE(decode(otlp::request({otlp::metric("a", "", 5, {otlp::number(1, 0)})})).samples,
                 std::string("a{job=\"shop\"} gauge now 1 #0\n"));
    }

    void refusesWhatIsNoRequest_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("asJson");
        QTest::newRow("text") << QByteArray("hello") << false;
        QTest::newRow("cut") << QByteArray::fromStdString(
                                    otlp::request({otlp::metric("a", "", 5, {otlp::number(1, at)})}))
                                    .chopped(1)
                             << false;
        QTest::newRow("no JSON") << QByteArray("{") << true;
        QTest::newRow("empty") << QByteArray() << true;
        QTest::newRow("more behind it") << QByteArray("{} {}") << true;
        QTest::newRow("an array") << QByteArray("[]") << true;
        QTest::newRow("wrong type") << QByteArray(R"({"resourceMetrics":5})") << true;
        QTest::newRow("deep") << QByteArray(1'000'000, '[') << true;
        QTest::newRow("deep inside") << QByteArray(R"({"resourceMetrics":)" + QByteArray(1'000'000, '['))
                                     << true;
    }
    void refusesWhatIsNoRequest()
    {
        QFETCH(QByteArray, body);
        QFETCH(bool, asJson);
        Decoder &decoder = asJson ? static_cast<Decoder &>(m_json) : m_protobuf;
        const auto d = decode(decoder, body.toStdString());
        QVERIFY(!d.status.ok());
        QCOMPARE(d.status.error().code, ErrorCode::Invalid);
    }

    void takesAnEmptyRequest()
    {
        QVERIFY(decode(std::string()).status.ok());
        QVERIFY(decode(m_json, "{}").status.ok());
        QVERIFY(decode(m_json, R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[]}]}]})").status.ok());
    }

    void boundsWhatOneRequestTakes()
    {
        QCOMPARE(decode(std::string((20 << 20) + 1, 'x')).status.error().code, ErrorCode::TooLarge);
        // Nested values are cut, not followed.
        std::string value = otlp::message([](auto &v) { v.add_string(1, "x"); });
        for (int depth = 0; depth < 2000; depth++)
            value = otlp::message([&](auto &v) {
                v.add_message(5, otlp::message([&](auto &list) { list.add_message(1, value); }));
            });
        const std::string point = otlp::message([&](auto &w) {
            w.add_fixed64(3, at);
            w.add_double(4, 1);
            w.add_message(7, otlp::message([&](auto &pair) {
                              pair.add_string(1, "deep");
                              pair.add_message(2, value);
                          }));
        });
        const auto d = decode(otlp::request({otlp::metric("a", "", 5, {point})}));
        QVERIFY(d.status.ok());
        QCOMPARE(d.batch.floats.size(), size_t(1));
        // A list of many numbers costs its point, not the memory.
        const std::vector<uint64_t> zeros(3'000'000, 0);
        const auto many = decode(
            otlp::request({otlp::metric("a", "", 10, {otlp::exponential(0, 0, 0, 0, 0, zeros, at)}, 2)}));
        QCOMPARE(many.rejections, std::string("0 bad_value\n"));
    }
};

QTEST_GUILESS_MAIN(OtlpTest)
#include "OtlpTest.moc"

#include "server/ingest/OwnJson.h"

#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;

namespace {

/// JSON with single quotes for readability.
std::string json(std::string text)
{
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

QString qjson(std::string text) { return QString::fromStdString(json(std::move(text))); }

} // namespace

class OwnJsonTest : public QObject
{
    Q_OBJECT

    Prices m_prices = Prices::shipped();
    OwnJson m_decoder{m_prices};

    Decoded decode(std::string_view body)
    {
        Payload payload;
        payload.body = body;
        return testing::decode(m_decoder, payload);
    }

private Q_SLOTS:
    void readsBothMetricForms()
    {
        const auto d =
            decode(json("{'metrics':["
                        "{'name':'cpu','value':0.5,'type':'gauge','labels':{'host':'a'},'ts':1790000000},"
                        "{'values':{'x':1,'y':-2e3},'labels':{'host':'a'},'ts':1790000000123},"
                        "{'name':'plain','value':7}]}"));
        QVERIFY(d.status.ok());
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.samples, std::string("cpu{host=\"a\"} gauge now 0.5 #0\n"
                                        "x{host=\"a\"} gauge? 1790000000123 1 #1\n"
                                        "y{host=\"a\"} gauge? 1790000000123 -2000 #1\n"
                                        "plain gauge? now 7 #2\n"));
        QCOMPARE(d.batch.itemCount, 3u);
    }

    void understandsTypes_data()
    {
        QTest::addColumn<QString>("fields");
        QTest::addColumn<QString>("kind");
        QTest::newRow("none") << ""
                              << "gauge?";
        QTest::newRow("null") << qjson(",'type':null") << "gauge?";
        QTest::newRow("gauge") << qjson(",'type':'gauge'") << "gauge";
        QTest::newRow("counter") << qjson(",'type':'counter'") << "delta";
        QTest::newRow("cumulative") << qjson(",'type':'counter','cumulative':true") << "counter";
        QTest::newRow("cumulative alone") << qjson(",'cumulative':true") << "counter";
        QTest::newRow("histogram") << qjson(",'type':'histogram'") << "distribution";
        QTest::newRow("event") << qjson(",'type':'event'") << "distribution";
    }
    void understandsTypes()
    {
        QFETCH(QString, fields);
        QFETCH(QString, kind);
        const auto d = decode(json("{'metrics':[{'name':'m','value':3") + fields.toStdString() + "}]}");
        QCOMPARE(d.samples, "m " + kind.toStdString() + " now 3 #0\n");
    }

    void understandsTimes_data()
    {
        QTest::addColumn<QString>("ts");
        QTest::addColumn<qint64>("ms");
        QTest::newRow("seconds") << "1790000000" << qint64(1790000000000);
        QTest::newRow("fraction") << "1790000000.25" << qint64(1790000000250);
        QTest::newRow("ms") << "1790000000001" << qint64(1790000000001);
        QTest::newRow("zero") << "0" << qint64(0);
        QTest::newRow("largest seconds") << "99999999999" << qint64(99999999999000);
        QTest::newRow("smallest ms") << "100000000000" << qint64(100000000000);
        QTest::newRow("rfc3339") << "\"2026-09-21T14:13:20Z\"" << qint64(1790000000000);
        QTest::newRow("offset") << "\"2026-09-21T16:13:20.5+02:00\"" << qint64(1790000000500);
        QTest::newRow("west") << "\"2026-09-21 09:13:20.123456-05:00\"" << qint64(1790000000123);
    }
    void understandsTimes()
    {
        QFETCH(QString, ts);
        QFETCH(qint64, ms);
        const auto d = decode("{\"metrics\":[{\"name\":\"m\",\"value\":3,\"ts\":" + ts.toStdString() + "}]}");
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.batch.floats.at(0).timestampMs, int64_t(ms));
    }

    void refusesItems_data()
    {
        QTest::addColumn<QString>("item");
        QTest::addColumn<QString>("code");
        const auto row = [](const char *title, const std::string &item, const char *code) {
            QTest::newRow(title) << QString::fromStdString(item) << code;
        };
        const auto metric = [&](const char *title, const std::string &fields, const char *code) {
            row(title, json("{'name':'m','value':1,") + fields + "}", code);
        };
        row("no name", json("{'value':1}"), "bad_name");
        row("empty name", json("{'name':'','value':1}"), "bad_name");
        row("number as name", json("{'name':1,'value':1}"), "bad_value");
        row("long name", json("{'name':'" + std::string(257, 'n') + "','value':1}"), "bad_name");
        row("zero in name", json("{'name':'a\\u0000b','value':1}"), "bad_name");
        row("lone surrogate", json("{'name':'a\\ud800b','value':1}"), "bad_name");
        row("no value", json("{'name':'m'}"), "bad_value");
        row("null value", json("{'name':'m','value':null}"), "bad_value");
        row("text value", json("{'name':'m','value':'1'}"), "bad_value");
        row("boolean value", json("{'name':'m','value':true}"), "bad_value");
        row("object value", json("{'name':'m','value':{'a':[1,2]}}"), "bad_value");
        row("NaN", json("{'name':'m','value':NaN}"), "not_finite");
        row("-Infinity", json("{'name':'m','value':-Infinity}"), "not_finite");
        row("too large a number", json("{'name':'m','value':1e400}"), "not_finite");
        metric("unknown type", json("'type':'meter'"), "bad_type");
        metric("type no text", json("'type':3"), "bad_type");
        metric("cumulative gauge", json("'type':'gauge','cumulative':true"), "bad_type");
        row("negative increment", json("{'name':'m','value':-1,'type':'counter'}"), "bad_value");
        metric("labels array", json("'labels':[1]"), "bad_label");
        metric("label object", json("'labels':{'a':{}}"), "bad_label");
        metric("reserved label", json("'labels':{'__a':'b'}"), "bad_label");
        metric("name as label", json("'labels':{'__name__':'b'}"), "bad_label");
        metric("empty label name", json("'labels':{'':'b'}"), "bad_label");
        metric("long label value", json("'labels':{'a':'" + std::string(1025, 'v') + "'}"), "bad_label");
        metric("ts negative", json("'ts':-5"), "bad_ts");
        metric("ts in ns", json("'ts':1790000000000000000"), "bad_ts");
        metric("ts text", json("'ts':'yesterday'"), "bad_ts");
        metric("ts 30 February", json("'ts':'2026-02-30T00:00:00Z'"), "bad_ts");
        metric("ts boolean", json("'ts':true"), "bad_ts");
        metric("both forms", json("'values':{'a':1}"), "bad_item");
        row("values empty", json("{'values':{}}"), "bad_value");
        row("values null inside", json("{'values':{'a':1,'b':null}}"), "bad_value");
        row("values array", json("{'values':[1]}"), "bad_value");
        row("values bad name", json("{'values':{'good':1,'':2}}"), "bad_name");
        row("no object", "3", "bad_item");
        row("nested array", "[1]", "bad_item");
    }
    void refusesItems()
    {
        QFETCH(QString, item);
        QFETCH(QString, code);
        const auto d = decode(json("{'metrics':[{'name':'before','value':1},") + item.toStdString() +
                              json(",{'name':'after','value':2}]}"));
        QVERIFY(d.status.ok());
        QCOMPARE(d.rejections, "1 " + code.toStdString() + "\n");
        QCOMPARE(d.samples, std::string("before gauge? now 1 #0\nafter gauge? now 2 #2\n"));
        QCOMPARE(d.batch.itemCount, 3u);
        QCOMPARE(d.batch.series.size(), size_t(2));
        QVERIFY(d.batch.rejections[0].message.starts_with("metrics[1]: "));
    }

    void refusesTooManyLabels()
    {
        for (const int count : {64, 65, 1000}) {
            std::string labels;
            for (int i = 0; i < count; i++)
                labels += (i ? ",\"l" : "\"l") + std::to_string(i) + "\":\"v\"";
            const auto d = decode("{\"metrics\":[{\"name\":\"m\",\"value\":1,\"labels\":{" + labels + "}}]}");
            QCOMPARE(d.rejections, std::string(count > 64 ? "0 too_many_labels\n" : ""));
        }
    }

    void takesFriendlyLabels()
    {
        const auto d =
            decode(json("{'metrics':[{'name':'m','value':1,'labels':"
                        "{'s':200,'t':true,'n':null,'e':'','q':'\\'\\u00e9\\ud83d\\ude00\\n'}}]}"));
        QCOMPARE(d.samples, std::string("m{q=\"\\\"é😀\\n\",s=\"200\",t=\"true\"} gauge? now 1 #0\n"));
    }

    void ignoresUnknownFields()
    {
        const auto d =
            decode(json("{'source':'x','metrics':[{'name':'m','unit':{'a':[1,{}]},'value':1}],'more':[[]]}"));
        QCOMPARE(d.samples, std::string("m gauge? now 1 #0\n"));
        QCOMPARE(d.rejections, std::string());
    }

    void takesArraysLinesAndBareMetrics()
    {
        const std::string bodies[] = {
            json("[{'metrics':[{'name':'a','value':1}]},{'metrics':[{'name':'b','value':2}]}]"),
            "{\"metrics\":[{\"name\":\"a\",\"value\":1}]}\n{\"metrics\":[{\"name\":\"b\",\"value\":2}]}\n",
            "\r\n{\"metrics\":[{\"name\":\"a\",\"value\":1}]}\r\n\r\n{\"metrics\":[{\"name\":\"b\",\"value\":"
            "2}]}",
            "{\"name\":\"a\",\"value\":1}\n{\"name\":\"b\",\"value\":2}",
            json("[{'name':'a','value':1},{'name':'b','value':2}]"),
            "{\n  \"metrics\": [\n    "
            "{\n\"name\":\"a\"\n,\"value\":1}\n,\n{\"name\":\"b\",\"value\":2}\n]\n}\n",
            "{\"values\":{\"a\":1}}\n   {\"values\":{\"b\":2}}",
        };
        for (const std::string &body : bodies) {
            const auto d = decode(body);
            QVERIFY2(d.samples == "a gauge? now 1 #0\nb gauge? now 2 #1\n", body.c_str());
            QCOMPARE(d.rejections, std::string());
            QCOMPARE(d.batch.itemCount, 2u);
        }
    }

    void countsItemsOverSections()
    {
        const auto d =
            decode(json("{'requests':[{'method':'GET','route':'/a','status':200,'duration_ms':500}],"
                        "'metrics':[{'name':'a','value':1},{'name':'b'}]}"));
        QCOMPARE(d.samples,
                 std::string("http_request_duration_seconds{method=\"GET\",route=\"/a\",status=\"200\"} "
                             "distribution now 0.5 #0\na gauge? now 1 #1\n"));
        QCOMPARE(d.rejections, std::string("2 bad_value\n"));
        QVERIFY(d.batch.rejections[0].message.starts_with("metrics[1]: "));
    }

    void readsRequests_data()
    {
        QTest::addColumn<QString>("item");
        QTest::addColumn<QString>("result");
        const QString series = "http_request_duration_seconds{method=\"GET\",route=\"/a\",status=\"404\"";
        const QString fields = qjson("'method':'GET','route':'/a','status':404,");
        QTest::newRow("plain") << fields + qjson("'duration_ms':250")
                               << series + "} distribution now 0.25 #0\n";
        QTest::newRow("labels") << qjson("'labels':{'z':'1'},") + fields + qjson("'duration_ms':0,'ts':5")
                                << series + ",z=\"1\"} distribution 5000 0 #0\n";
        QTest::newRow("no route") << qjson("'method':'GET','status':404,'duration_ms':250")
                                  << "0 bad_value\n";
        QTest::newRow("no method") << qjson("'route':'/','status':404,'duration_ms':250") << "0 bad_value\n";
        QTest::newRow("no status") << qjson("'method':'GET','route':'/a','duration_ms':250")
                                   << "0 bad_value\n";
        QTest::newRow("status 99") << fields + qjson("'duration_ms':250,'status':99") << "0 bad_value\n";
        QTest::newRow("status text") << fields + qjson("'duration_ms':250,'status':'404'") << "0 bad_value\n";
        QTest::newRow("status fraction")
            << fields + qjson("'duration_ms':250,'status':404.5") << "0 bad_value\n";
        QTest::newRow("no duration") << fields + qjson("'x':1") << "0 bad_value\n";
        QTest::newRow("negative") << fields + qjson("'duration_ms':-1") << "0 bad_value\n";
        QTest::newRow("own label") << fields + qjson("'duration_ms':1,'labels':{'route':'x'}")
                                   << "0 bad_label\n";
    }
    void readsRequests()
    {
        QFETCH(QString, item);
        QFETCH(QString, result);
        const auto d = decode("{\"requests\":[{" + item.toStdString() + "}]}");
        QCOMPARE(d.samples + d.rejections, result.toStdString());
    }

    void pricesModelCalls()
    {
        const auto d = decode(
            json("{'llm':[{'provider':'openai','model':'gpt-4o-mini','input_tokens':1000,'output_tokens':10,"
                 "'cache_read_tokens':1,'endpoint':'/chat','ts':1790000000}]}"));
        const std::string labels = "{endpoint=\"/chat\",model=\"gpt-4o-mini\",provider=\"openai\"";
        QCOMPARE(d.batch.floats.size(), size_t(5));
        // 1000 * 150 + 10 * 600 + 1 * 75 nano-dollars
        QCOMPARE(d.batch.floats[1].value, 0.000156075);
        QCOMPARE(d.samples, "llm_calls_total" + labels + "} delta now 1 #0\nllm_cost_usd_total" + labels +
                                "} delta now " + QByteArray::number(0.000156075, 'g', 17).toStdString() +
                                " #0\nllm_tokens_total" + labels +
                                ",type=\"input\"} delta now 1000 #0\nllm_tokens_total" + labels +
                                ",type=\"output\"} delta now 10 #0\nllm_tokens_total" + labels +
                                ",type=\"cache_read\"} delta now 1 #0\n");
    }

    void leavesUnknownModelsUnpriced()
    {
        const auto d =
            decode(json("{'llm':[{'provider':'acme','model':'m1','input_tokens':3,'labels':{'endpoint':'x'}},"
                        "{'provider':'openai','model':'gpt-4o','ts':'2020-01-01T00:00:00Z'}]}"));
        const std::string labels = "{endpoint=\"x\",model=\"m1\",provider=\"acme\"";
        const std::string early = "{model=\"gpt-4o\",provider=\"openai\"} delta 1577836800000 1 #1\n";
        QCOMPARE(d.samples, "llm_calls_total" + labels + "} delta now 1 #0\nllm_unpriced_calls_total" +
                                labels + "} delta now 1 #0\nllm_tokens_total" + labels +
                                ",type=\"input\"} delta now 3 #0\n" + "llm_calls_total" + early +
                                "llm_unpriced_calls_total" + early);
    }

    void refusesBadModelCalls()
    {
        for (const std::string &item : {json("'model':'m'"), json("'provider':'p'"),
                                        json("'provider':'p','model':'m','input_tokens':-1"),
                                        json("'provider':'p','model':'m','output_tokens':1.5"),
                                        json("'provider':'p','model':'m','output_tokens':'1'"),
                                        json("'provider':'p','model':'m','labels':{'type':'x'}")}) {
            const auto d = decode("{\"llm\":[{" + item + "}]}");
            QVERIFY2(d.samples.empty(), item.c_str());
            QCOMPARE(d.batch.rejections.size(), size_t(1));
        }
    }

    void saysWhereJsonBreaks()
    {
        for (const std::string &tail : {std::string(), json(",{'name':'b'"), json(",{'name':'b','value':1"),
                                        json(",{'name':'b' 'value':1}]}"), json(",{'name' 'b','value':1}]}"),
                                        json(",{'name':'b','value':1]]}"), json(",{1:2}]}")}) {
            const auto d = decode(json("{'metrics':[{'name':'a','value':1}") + tail);
            QVERIFY(d.status.ok());
            QVERIFY2(d.batch.rejections.size() == 1, tail.c_str());
            QCOMPARE(d.batch.rejections[0].code, std::string("bad_json"));
        }
        const auto d = decode(json("{'metrics':[{'name':'a','value':1},{'name':'b' 'value':1}]}"));
        QCOMPARE(d.samples, std::string("a gauge? now 1 #0\n"));
        QVERIFY2(d.batch.rejections[0].message.find("at byte 47") != std::string::npos,
                 d.batch.rejections[0].message.c_str());
    }

    void aBrokenLineCostsNoOther()
    {
        const auto d = decode(
            "{\"name\":\"a\",\"value\":1}\n{\"name\":\"x\" \"value\":}\n{\"name\":\"b\",\"value\":2}\n");
        QCOMPARE(d.samples, std::string("a gauge? now 1 #0\nb gauge? now 2 #2\n"));
        QCOMPARE(d.rejections, std::string("1 bad_json\n"));
        QVERIFY(d.batch.rejections[0].message.find("line 2") != std::string::npos);
    }

    void refusesTextAfterTheDocument()
    {
        const auto d = decode(json("{'name':'a','value':1} trailing"));
        QCOMPARE(d.rejections.substr(d.rejections.size() - 9), std::string("bad_json\n"));
    }

    void refusesWhatIsNoObject_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("number") << QByteArray("17");
        QTest::newRow("text") << QByteArray("\"x\"");
        QTest::newRow("words") << QByteArray("hello world");
        QTest::newRow("empty object") << QByteArray("{}");
        QTest::newRow("array of numbers") << QByteArray("[1]");
        QTest::newRow("no section") << QByteArray("{\"foo\":1}");
        QTest::newRow("not UTF-8") << QByteArray("{\"name\":\"\xff\",\"value\":1}");
        QTest::newRow("control character") << QByteArray("{\"name\":\"a\nb\",\"value\":1}");
        QTest::newRow("open string") << QByteArray("{\"name\":\"a");
        QTest::newRow("metrics object") << QByteArray("{\"metrics\":{}}");
    }
    void refusesWhatIsNoObject()
    {
        QFETCH(QByteArray, body);
        const auto d = decode(body.toStdString());
        QVERIFY(d.status.ok());
        QVERIFY(d.batch.empty());
        QCOMPARE(d.batch.rejections.size(), size_t(1));
        QCOMPARE(d.batch.itemCount, 1u);
    }

    void refusesAnEmptyBody()
    {
        QVERIFY(!decode("").status.ok());
        QVERIFY(!decode(" \n\t ").status.ok());
        const auto d = decode(json("{'metrics':[]}"));
        QVERIFY(d.status.ok());
        QCOMPARE(d.batch.itemCount, 0u);
        QCOMPARE(d.batch.rejections.size(), size_t(0));
    }

    void remembersSeriesButNotWrongly()
    {
        for (int round = 0; round < 3; round++) {
            const auto d = decode(
                json("[{'name':'m','value':1,'labels':{'a':'1'}},{'name':'m','value':2,'labels':{'a':'2'}},"
                     "{'name':'m','value':3,'labels':{'a':'1'}},{'name':'m','value':4,'labels':{'a':'1'},'"
                     "type':'counter'},"
                     "{'name':'mm','value':5,'labels':{'a':'1'}},{'name':'m','value':6,'labels':{'a':'1','b':"
                     "'2'}}]"));
            QCOMPARE(d.samples,
                     std::string("m{a=\"1\"} gauge? now 1 #0\nm{a=\"2\"} gauge? now 2 #1\n"
                                 "m{a=\"1\"} gauge? now 3 #2\nm{a=\"1\"} delta now 4 #3\n"
                                 "mm{a=\"1\"} gauge? now 5 #4\nm{a=\"1\",b=\"2\"} gauge? now 6 #5\n"));
            QCOMPARE(d.batch.series.size(), size_t(5));
        }
    }
};

QTEST_GUILESS_MAIN(OwnJsonTest)
#include "OwnJsonTest.moc"

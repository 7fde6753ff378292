#include "server/ingest/Exposition.h"

#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

#include <cmath>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;

class ExpositionTest : public QObject
{
    Q_OBJECT

    Prices m_prices;
    Exposition m_decoder{m_prices};

    Decoded decode(std::string_view body)
    {
        Payload payload;
        payload.body = body;
        return testing::decode(m_decoder, payload);
    }

private Q_SLOTS:
    void readsPrometheusText()
    {
        const auto d = decode("# HELP http_requests_total Requests.\n"
                              "# TYPE http_requests_total counter\n"
                              "http_requests_total{method=\"post\",code=\"200\"} 1027 1790000000001\n"
                              "http_requests_total{method=\"post\",code=\"400\"}    3 1790000000001\n"
                              "\n"
                              "# A comment\n"
                              "  cpu_seconds  0.5\n"
                              "# TYPE up gauge\n"
                              "up{a=\"back\\\\slash\",b=\"quo\\\"te\",c=\"li\\nne\",} 1\n"
                              "something_weird{problem=\"division by zero\"} +Inf -0\n");
        QVERIFY(d.status.ok());
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(
            d.samples,
            std::string("http_requests_total{code=\"200\",method=\"post\"} counter 1790000000001 1027 #0\n"
                        "http_requests_total{code=\"400\",method=\"post\"} counter 1790000000001 3 #1\n"
                        "cpu_seconds untyped? now 0.5 #2\n"
                        "up{a=\"back\\\\slash\",b=\"quo\\\"te\",c=\"li\\nne\"} gauge now 1 #3\n"
                        "something_weird{problem=\"division by zero\"} untyped? 0 inf #4\n"));
    }

    void readsOpenMetrics()
    {
        const auto d =
            decode("# TYPE acme_http counter\n# UNIT acme_http seconds\n# HELP acme_http A \"text\".\n"
                   "acme_http_total{path=\"/a b\"} 4.0 1790000000.5 # {trace_id=\"x\"} 0.7 1.0\n"
                   "acme_http_created{path=\"/a b\"} 1605281325.0\n"
                   "# TYPE h histogram\n"
                   "h_bucket{le=\"+Inf\"} 17 1790000000\nh_sum 3.5\nh_count 17\n"
                   "# TYPE s summary\ns{quantile=\"0.5\"} 4\ns_sum 1\ns_count 1\n"
                   "# TYPE t info\nt_info{v=\"1\"} 1\n"
                   "# EOF\n");
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.samples, std::string("acme_http_total{path=\"/a b\"} counter 1790000000500 4 #0\n"
                                        "acme_http_created{path=\"/a b\"} gauge now 1605281325 #1\n"
                                        "h_bucket{le=\"+Inf\"} counter now 17 #2\nh_sum counter now 3.5 #3\n"
                                        "h_count counter now 17 #4\ns{quantile=\"0.5\"} gauge now 4 #5\n"
                                        "s_sum counter now 1 #6\ns_count counter now 1 #7\n"
                                        "t_info{v=\"1\"} gauge now 1 #8\n"));
    }

    void readsQuotedNames()
    {
        const auto d = decode("{\"a.b\",\"l.x\"=\"v\"} 1\n{\"a.c\",\"l.x\"=\"v\"} 2\n{\"a.b\"} 3\n");
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.samples, std::string("a.b{l.x=\"v\"} untyped? now 1 #0\na.c{l.x=\"v\"} untyped? now 2 #1\n"
                                        "a.b untyped? now 3 #2\n"));
    }

    void keepsNaN()
    {
        const auto d = decode("a NaN\nb nan\nc -Inf\n");
        QCOMPARE(d.batch.floats.size(), size_t(3));
        QVERIFY(std::isnan(d.batch.floats[0].value));
        QVERIFY(std::isinf(d.batch.floats[2].value));
    }

    void refusesLines_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("code");
        const auto row = [](const char *line, const char *code) {
            QTest::newRow(line) << QByteArray(line) << QByteArray(code);
        };
        row("m", "bad_value");
        row("m x", "bad_value");
        row("m 1x", "bad_value");
        row("m 1 x", "bad_ts");
        row("m 1 2 3", "bad_ts");
        row("m 1 -5", "bad_ts");
        row("m 1 1e15", "bad_ts");
        row("m{ 1", "bad_label");
        row("m{a=\"1} 1", "bad_label");
        row("m{a} 1", "bad_label");
        row("m{a=1} 1", "bad_label");
        row("m{a=\"1\" b=\"2\"} 1", "bad_label");
        row("m{a=\"1\",a=\"2\"} 1", "bad_label");
        row("m{=\"1\"} 1", "bad_label");
        row("m{a=\"\\x\"} 1", "bad_label");
        row("m{__a=\"1\"} 1", "bad_label");
        row("{a=\"1\"} 1", "bad_name");
        row("{} 1", "bad_name");
        row("# TYPE m meter", "bad_type");
    }
    void refusesLines()
    {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, code);
        const auto d = decode("before 1\n" + line.toStdString() + "\r\nafter 2");
        QCOMPARE(d.rejections, "1 " + code.toStdString() + "\n");
        QCOMPARE(d.samples, std::string("before untyped? now 1 #0\nafter untyped? now 2 #2\n"));
        QVERIFY(d.batch.rejections[0].message.starts_with("line 2: "));
    }

    void refusesTextAfterTheEnd()
    {
        QCOMPARE(decode("a 1\n# EOF\nb 2\n").rejections, std::string("1 bad_item\n"));
    }

    void refusesWhatIsNotUtf8() { QVERIFY(!decode("a{b=\"\xff\"} 1\n").status.ok()); }
};

QTEST_GUILESS_MAIN(ExpositionTest)
#include "ExpositionTest.moc"

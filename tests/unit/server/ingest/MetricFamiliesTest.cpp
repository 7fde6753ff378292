#include "server/ingest/MetricFamilies.h"

#include "tests/support/MetricFamiliesBody.h"
#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::tests;

class MetricFamiliesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void becomesText()
    {
        QCOMPARE(familiesAsText(families::someOfEach()).value(),
                 std::string("# TYPE jobs_total counter\n"
                             "jobs_total{kind=\"a\\\"b\\\\c\\nd\",} 3\n"
                             "jobs_total{} 0.1\n"
                             "# TYPE \"size.bytes\" gauge\n"
                             "{\"size.bytes\",\"dotted.label\"=\"x\",} -1e+300\n"
                             "# TYPE time summary\n"
                             "time{quantile=\"0.99\"} 3\ntime_sum{} 5.5\ntime_count{} 2\n"
                             "# TYPE plain untyped\n"
                             "plain{} 7\n"
                             "# TYPE seconds histogram\n"
                             "seconds_bucket{a=\"b\",le=\"0.1\"} 1\nseconds_bucket{a=\"b\",le=\"1\"} 2\n"
                             "seconds_bucket{a=\"b\",le=\"+Inf\"} 3\nseconds_sum{a=\"b\",} 6.5\n"
                             "seconds_count{a=\"b\",} 3\n"));
    }

    void becomesSamples()
    {
        const Prices prices;
        MetricFamilies decoder(prices);
        const std::string body = families::someOfEach();
        Payload payload;
        payload.body = body;
        const auto d = ingest::testing::decode(decoder, payload);
        QCOMPARE(d.rejections, std::string());
        QVERIFY(
            d.samples.starts_with("jobs_total{kind=\"a\\\"b\\\\c\\nd\"} counter now 3 #0\n"
                                  "jobs_total counter now 0.10000000000000001 #1\n"
                                  "size.bytes{dotted.label=\"x\"} gauge now -1.0000000000000001e+300 #2\n"));
    }

    void refusesWhatIsNone()
    {
        const std::string whole = families::someOfEach();
        QVERIFY(!familiesAsText(whole.substr(0, whole.size() - 1)));
        QCOMPARE(familiesAsText("# TYPE a gauge\na 1\n").error().code, ErrorCode::Invalid);
        QCOMPARE(familiesAsText("").value(), std::string());
    }

    /// A small body must not become a large text.
    void isBounded()
    {
        const std::vector<std::string> empty(600'000, families::metric({}, 2, ""));
        const auto text = familiesAsText(families::family(std::string(250, 'n'), families::Gauge, empty));
        QVERIFY(!text);
        QCOMPARE(text.error().code, ErrorCode::TooLarge);
    }
};

QTEST_GUILESS_MAIN(MetricFamiliesTest)
#include "MetricFamiliesTest.moc"

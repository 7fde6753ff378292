#include "server/ingest/Statsd.h"

#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;

class StatsdTest : public QObject
{
    Q_OBJECT

    Prices m_prices;

    static Decoded decode(std::string_view body)
    {
        const Prices prices;
        Statsd decoder(prices);
        Payload payload;
        payload.body = body;
        return testing::decode(decoder, payload);
    }

    /// One batch of a reader that remembers.
    static Batch readBy(StatsdLines &lines, std::string_view body, int64_t nowMs = now)
    {
        Batch batch;
        lines.begin(batch, defaultProject, nowMs);
        lines.read(body);
        lines.finish();
        return batch;
    }

private Q_SLOTS:
    void addsIncrementsUpExactly()
    {
        const auto d = decode("revenue:0.1|c\nrevenue:0.2|c\nrevenue:-0.05|c\nother:1|c|#plan:pro\n");
        QCOMPARE(d.samples, std::string("revenue delta now 0.25 #0\nother{plan=\"pro\"} delta now 1 #3\n"));
        QCOMPARE(d.batch.itemCount, 4U);
    }

    void scalesBySampleRate()
    {
        QCOMPARE(decode("a:1|c|@0.1\na:2|c|@0.5").samples, std::string("a delta now 14 #0\n"));
        const auto d = decode("t:5|ms|@0.1\nt:7|ms|@0.25");
        QCOMPARE(d.batch.histograms.size(), 1U);
        QCOMPARE(d.batch.histograms[0].value.count(), 14.0);
        QCOMPARE(d.batch.histograms[0].value.sum(), 78.0);
    }

    void ratesThatAreNoWholeNumberAreRightOnAverage()
    {
        StatsdLines lines;
        double count = 0;
        for (int i = 0; i < 30; i++) {
            for (const auto &sample : readBy(lines, "t:1|ms|@0.3").histograms)
                count += sample.value.count();
        }
        QVERIFY2(std::abs(count - 100) <= 1, qPrintable(QString::number(count)));
    }

    void takesPackedValues()
    {
        QCOMPARE(decode("t:1:2.5:3|d\nc:1:2|c\ng:1:2|g").samples,
                 std::string("t distribution now 1 #0\nt distribution now 2.5 #0\nt distribution now 3 #0\n"
                             "c delta now 3 #1\ng gauge now 2 #2\n"));
    }

    void aSignedGaugeChangesTheValue()
    {
        StatsdLines lines;
        lines.setGaugeSource([](ProjectId, const std::string &key) -> std::optional<double> {
            return Labels::fromKey(key)->name() == "stored" ? std::optional(40.0) : std::nullopt;
        });
        QCOMPARE(samplesOf(readBy(lines, "g:10|g|#a:1,b:2\ng:+4|g|#b:2,a:1\nnew:-3|g\nstored:+2|g")),
                 std::string("g{a=\"1\",b=\"2\"} gauge now 14 #0\nnew gauge now -3 #2\n"
                             "stored gauge now 42 #3\n"));
        QCOMPARE(samplesOf(readBy(lines, "g:-20|g|#a:1,b:2\nnew:+1:+1|g\nstored:+1|g")),
                 std::string("g{a=\"1\",b=\"2\"} gauge now -6 #0\nnew gauge now -1 #1\n"
                             "stored gauge now 43 #2\n"));
    }

    void aSetCountsDifferentMembersOfItsInterval()
    {
        StatsdLines lines;
        const auto at = [&](int64_t ms, std::string_view body) { return samplesOf(readBy(lines, body, ms)); };
        QCOMPARE(at(20'100, "u:ann|s\nu:bob:x|s\nu:ann|s"), std::string("u gauge 20000 2 #0\n"));
        QCOMPARE(at(25'000, "u:cy|s\nv:cy|s"), std::string("u gauge 20000 3 #0\nv gauge 20000 1 #1\n"));
        QCOMPARE(at(30'000, "u:ann|s"), std::string("u gauge 30000 1 #0\n"));
    }

    void keepsTimesThatAreGiven()
    {
        QCOMPARE(decode("c:5|c|T1790000001\nc:5|c|T1790000001\nc:1|c\ng:7|g|T1789999999").samples,
                 std::string("c delta 1790000001000 5 #0\nc delta 1790000001000 5 #1\n"
                             "g gauge 1789999999000 7 #3\nc delta now 1 #0\n"));
        QCOMPARE(decode("t:1|ms|T1790000001\nc:1|c|T1.5").rejections, std::string("0 bad_ts\n1 bad_ts\n"));
    }

    void readsTagsOfAllWritings()
    {
        QCOMPARE(decode("page.views:1|c|#env:prod,beta,env:dev,empty:,url:http://x|c:container\n"
                        "cpu,host=a,dc=eu:1|g|#x:y\r\n")
                     .samples,
                 std::string("page.views{beta=\"true\",env=\"dev\",url=\"http://x\"} delta now 1 #0\n"
                             "cpu{dc=\"eu\",host=\"a\",x=\"y\"} gauge now 1 #1\n"));
    }

    void saysWhatIsWrongAndTakesTheRest()
    {
        const auto d =
            decode("nocolon|c\n:1|c\na:|c\na:1\na:1|x\na:abc|c\na:1:|c\na:1|c|@0\na:1|c|@2\na:nan|g\n"
                   "a:1e308|c|@0.001\na:+-1|g\na:1|c|#__x:y\ngood:1|c\n\xff:1|c\n");
        QCOMPARE(d.samples, std::string("good delta now 1 #13\n"));
        QCOMPARE(
            d.rejections,
            std::string("0 bad_line\n1 bad_name\n2 bad_value\n3 bad_type\n4 bad_type\n5 bad_value\n"
                        "6 bad_value\n7 bad_value\n8 bad_value\n9 bad_value\n10 bad_value\n11 bad_value\n"
                        "12 bad_label\n14 bad_line\n"));
        QCOMPARE(d.batch.rejections[5].message,
                 std::string("\"a:abc|c\": The value \"abc\" is not a finite number."));
    }

    void handsEventsOn()
    {
        StatsdLines lines;
        std::vector<StatsdEvent> events;
        lines.setEventSink([&](ProjectId, StatsdEvent event) -> Status {
            events.push_back(std::move(event));
            return {};
        });
        const Batch batch =
            readBy(lines, "_e{6,11}:deploy|line\\nnext!|d:1790000000|h:web1|k:agg|p:low|s:git|"
                          "t:success|#a:b,c\n_e{2,1}:ü|x\n_e{9,9}:short|x\n_e{0,0}:|\n_e{x}");
        QCOMPARE(rejectionsOf(batch), std::string("2 bad_line\n3 bad_line\n4 bad_line\n"));
        QCOMPARE(events.size(), 2U);
        const StatsdEvent &event = events.front();
        QCOMPARE(event.title, std::string("deploy"));
        QCOMPARE(event.text, std::string("line\nnext!"));
        QCOMPARE(event.timestampMs, std::optional<int64_t>(1'790'000'000'000));
        QCOMPARE(event.host + event.aggregationKey + event.priority + event.source + event.alertType,
                 std::string("web1agglowgitsuccess"));
        QCOMPARE(event.tags, (std::vector<std::string>{"a:b", "c"}));
        QCOMPARE(events.back().title, std::string("ü"));
    }

    void aServiceCheckIsAGauge()
    {
        const auto d = decode("_sc|db.up|2|d:1790000001|h:a|#env:prod|m:down | really\n_sc|db.up|0\n"
                              "_sc|x|4\n_sc||1");
        QCOMPARE(d.samples, std::string("service_check_status{check=\"db.up\",env=\"prod\",host=\"a\"} gauge "
                                        "1790000001000 2 #0\n"
                                        "service_check_status{check=\"db.up\"} gauge now 0 #1\n"));
        QCOMPARE(d.rejections, std::string("2 bad_value\n3 bad_name\n"));
    }
};

QTEST_GUILESS_MAIN(StatsdTest)
#include "StatsdTest.moc"

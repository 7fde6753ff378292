#include "server/ingest/Collectd.h"

#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;

class CollectdTest : public QObject
{
    Q_OBJECT

    Prices m_prices;
    Collectd m_decoder{m_prices};

    Decoded decode(std::string_view body)
    {
        Payload payload;
        payload.body = body;
        return testing::decode(m_decoder, payload);
    }

private Q_SLOTS:
    void readsValueLists()
    {
        const std::string body = R"([
{"values":[1901474177],"dstypes":["counter"],"dsnames":["value"],"time":1280959128.123,"interval":10.000,
 "host":"leeloo","plugin":"cpu","plugin_instance":"0","type":"cpu","type_instance":"idle","meta":{"a:b":[1]}},
{"host":"leeloo","plugin":"load","plugin_instance":"","type":"load","type_instance":"","interval":10,
 "time":1280959128,"dsnames":["shortterm","midterm","longterm"],"dstypes":["gauge","gauge","gauge"],"values":[0.5,null,2]},
{"values":[7,-2],"dstypes":["derive","absolute"],"dsnames":["rx","tx"],"time":1280959128,"interval":10,
 "host":"l\u00e9","plugin":"interface","plugin_instance":"","type":"if-octets","type_instance":"eth0"}])";
        for (int round = 0; round < 2; round++) {
            const auto d = decode(body);
            QVERIFY(d.status.ok());
            QCOMPARE(d.rejections, std::string());
            QCOMPARE(d.samples,
                     std::string("collectd_cpu_total{cpu=\"0\",instance=\"leeloo\",type=\"idle\"} counter "
                                 "1280959128123 1901474177 #0\n"
                                 "collectd_load_shortterm{instance=\"leeloo\"} gauge 1280959128000 0.5 #1\n"
                                 "collectd_load_longterm{instance=\"leeloo\"} gauge 1280959128000 2 #1\n"
                                 "collectd_interface_if_octets_rx_total{instance=\"lé\",interface=\"eth0\"} "
                                 "counter 1280959128000 7 #2\n"
                                 "collectd_interface_if_octets_tx_total{instance=\"lé\",interface=\"eth0\"} "
                                 "delta 1280959128000 -2 #2\n"));
            QCOMPARE(d.batch.skippedValues, 1U);
        }
    }

    void leavesNotificationsOut()
    {
        const auto d = decode(R"([{"host":"a","plugin":"b","severity":"FAILURE","message":"x","time":1}])");
        QVERIFY(d.status.ok());
        QCOMPARE(d.batch.itemCount, 0U);
    }

    void refusesBadListsAlone()
    {
        const auto d = decode(R"([{"values":[],"dstypes":[],"dsnames":[],"plugin":"a","type":"b"},
            {"values":[1],"dstypes":[],"dsnames":["x"],"plugin":"a","type":"b"},
            {"values":[1],"dstypes":["gauge"],"dsnames":["value"],"type":"b"},
            {"values":[1],"dstypes":["gauge"],"dsnames":["value"],"plugin":"a","type":"b","time":-5},
            {"values":[1],"dstypes":["gauge"],"dsnames":["value"],"plugin":"a","type":"b"}])");
        QCOMPARE(d.rejections, std::string("0 bad_value\n1 bad_item\n2 bad_name\n3 bad_ts\n"));
        QCOMPARE(d.samples, std::string("collectd_a_b gauge now 1 #4\n"));
    }

    void refusesWhatIsNoArray()
    {
        for (const std::string &body :
             {std::string(), std::string("{}"), std::string("[1]"), std::string("[{}"), std::string("[] []"),
              std::string(1'000'000, '['), std::string("[{\"values\":[\"x\"]}]")})
            QCOMPARE(decode(body).status.ok(), false);
    }
};

QTEST_GUILESS_MAIN(CollectdTest)
#include "CollectdTest.moc"

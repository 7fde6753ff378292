#include "server/ingest/Graphite.h"

#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;

class GraphiteTest : public QObject
{
    Q_OBJECT

    Prices m_prices;
    Graphite m_decoder{m_prices};

    Decoded decode(std::string_view body)
    {
        Payload payload;
        payload.body = body;
        return testing::decode(m_decoder, payload);
    }

private Q_SLOTS:
    void readsLines()
    {
        for (int round = 0; round < 2; round++) {
            const auto d = decode("servers.web1.load 0.5 1790000001\r\n\n"
                                  "  disk;dc=eu;rack=1\t-2e3 1790000000.25\nnow 1 -1\nnow 2 N");
            QCOMPARE(d.rejections, std::string());
            QCOMPARE(d.samples, std::string("servers.web1.load untyped? 1790000001000 0.5 #0\n"
                                            "disk{dc=\"eu\",rack=\"1\"} untyped? 1790000000250 -2000 #1\n"
                                            "now untyped? now 1 #2\nnow untyped? now 2 #3\n"));
        }
    }

    void saysWhatIsWrongAndTakesTheRest()
    {
        const auto d =
            decode("a 1\na b 1790000000\na 1 x\na 1 2 3\na;b 1 5\na;=c 1 5\n;a=b 1 5\na nan 5\ngood 1 5\n"
                   "\xff 1 5\na 1 1e12");
        QCOMPARE(d.samples, std::string("good untyped? 5000 1 #8\n"));
        QCOMPARE(d.rejections,
                 std::string("0 bad_line\n1 bad_value\n2 bad_ts\n3 bad_line\n4 bad_label\n5 bad_label\n"
                             "6 bad_name\n7 bad_value\n9 bad_line\n10 bad_ts\n"));
        QCOMPARE(d.batch.rejections[1].message,
                 std::string("\"a b 1790000000\": The value \"b\" is not a finite number."));
    }
};

QTEST_GUILESS_MAIN(GraphiteTest)
#include "GraphiteTest.moc"

#include "server/ingest/InfluxLines.h"

#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;

class InfluxLinesTest : public QObject
{
    Q_OBJECT

    Prices m_prices;
    InfluxLines m_decoder{m_prices};

    Decoded decode(std::string_view body, const std::string &precision = "ms")
    {
        Payload payload;
        payload.body = body;
        payload.arguments = {{"db", "x"}, {"precision", precision}};
        return testing::decode(m_decoder, payload);
    }

private Q_SLOTS:
    void readsLines()
    {
        for (int round = 0; round < 3; round++) {
            const auto d = decode("# a comment\n"
                                  "cpu,host=a,region=eu usage_user=58i,usage_idle=2.5 1790000000001\n"
                                  "\n"
                                  "cpu,region=eu,host=a usage_user=-3i\r\n"
                                  "  mem free=1e3,ok=true,bad=F,huge=18446744073709551615u 1790000000002  \n"
                                  "load value=0.5 5");
            QVERIFY(d.status.ok());
            QCOMPARE(d.rejections, std::string());
            QCOMPARE(d.samples,
                     std::string("cpu_usage_user{host=\"a\",region=\"eu\"} untyped? 1790000000001 58 #0\n"
                                 "cpu_usage_idle{host=\"a\",region=\"eu\"} untyped? 1790000000001 2.5 #0\n"
                                 "cpu_usage_user{host=\"a\",region=\"eu\"} untyped? now -3 #1\n"
                                 "mem_free untyped? 1790000000002 1000 #2\n"
                                 "mem_ok untyped? 1790000000002 1 #2\n"
                                 "mem_bad untyped? 1790000000002 0 #2\n"
                                 "mem_huge untyped? 1790000000002 1.8446744073709552e+19 #2\n"
                                 "load untyped? 5 0.5 #3\n"));
        }
    }

    void namesAFieldValueByItsMeasurementWhereItIsAlone()
    {
        for (int round = 0; round < 2; round++) {
            QCOMPARE(decode("m value=1 1\nm value=2,other=3 2\nm other=4,value=5 3\nm value=6 4\n").samples,
                     std::string("m untyped? 1 1 #0\nm_value untyped? 2 2 #1\nm_other untyped? 2 3 #1\n"
                                 "m_other untyped? 3 4 #2\nm_value untyped? 3 5 #2\nm untyped? 4 6 #3\n"));
        }
    }

    void unescapes()
    {
        const auto d = decode("my\\ cpu\\,x,ta\\ g=va\\,l\\=ue,back=a\\b fi\\=eld\\ x=1 7\n");
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.samples,
                 std::string("my cpu,x_fi=eld x{back=\"a\\\\b\",ta g=\"va,l=ue\"} untyped? 7 1 #0\n"));
    }

    void leavesStringsOutAndCountsThem()
    {
        const auto d = decode(
            "log text=\"a, b=c \\\" d\\\\\",n=1i,more=\"two\nlines\" 7\nlog text=\"only\" 8\nlog n=2i 9");
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.samples, std::string("log_n untyped? 7 1 #0\nlog_n untyped? 9 2 #2\n"));
        QCOMPARE(d.batch.skippedValues, 3U);
        QCOMPARE(d.batch.itemCount, 3U);
    }

    void readsPrecisions_data()
    {
        QTest::addColumn<QByteArray>("precision");
        QTest::addColumn<QByteArray>("timestamp");
        QTest::newRow("default") << QByteArray("") << QByteArray("1790000000123456789");
        QTest::newRow("ns") << QByteArray("ns") << QByteArray("1790000000123999999");
        QTest::newRow("n") << QByteArray("n") << QByteArray("1790000000123000000");
        QTest::newRow("us") << QByteArray("us") << QByteArray("1790000000123456");
        QTest::newRow("u") << QByteArray("u") << QByteArray("1790000000123000");
        QTest::newRow("ms") << QByteArray("ms") << QByteArray("1790000000123");
        QTest::newRow("nanosecond") << QByteArray("nanosecond") << QByteArray("1790000000123000000");
        QTest::newRow("millisecond") << QByteArray("millisecond") << QByteArray("1790000000123");
        QTest::newRow("auto, ns") << QByteArray("auto") << QByteArray("1790000000123000000");
        QTest::newRow("auto, us") << QByteArray("auto") << QByteArray("1790000000123000");
        QTest::newRow("auto, ms") << QByteArray("auto") << QByteArray("1790000000123");
    }
    void readsPrecisions()
    {
        QFETCH(QByteArray, precision);
        QFETCH(QByteArray, timestamp);
        const auto d = decode("m value=1 " + timestamp.toStdString(), precision.toStdString());
        QCOMPARE(d.samples, std::string("m untyped? 1790000000123 1 #0\n"));
    }

    void readsLongPrecisions()
    {
        QCOMPARE(decode("m value=1 1790000000", "auto").samples, std::string("m untyped? now 1 #0\n"));
        QCOMPARE(decode("m value=1 7", "s").samples, std::string("m untyped? 7000 1 #0\n"));
        QCOMPARE(decode("m value=1 7", "m").samples, std::string("m untyped? 420000 1 #0\n"));
        QCOMPARE(decode("m value=1 7", "h").samples, std::string("m untyped? 25200000 1 #0\n"));
        QVERIFY(!decode("m value=1 7", "fortnight").status.ok());
        QCOMPARE(decode("m value=1 9223372036854775807", "s").rejections, std::string("0 bad_line\n"));
    }

    void readsNumbersExactly_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<double>("value");
        QTest::newRow("many digits") << QByteArray("0.1234567890123456789") << 0.1234567890123456789;
        QTest::newRow("point last") << QByteArray("1.") << 1.0;
        QTest::newRow("point first") << QByteArray(".5") << 0.5;
        QTest::newRow("plus") << QByteArray("+1.5e-3") << 1.5e-3;
        QTest::newRow("minus") << QByteArray("-123456.789") << -123456.789;
        QTest::newRow("int64") << QByteArray("-9223372036854775808i") << -9223372036854775808.0;
        QTest::newRow("large") << QByteArray("1.7976931348623157e308") << 1.7976931348623157e308;
        QTest::newRow("tiny") << QByteArray("5e-324") << 5e-324;
        QTest::newRow("tenths") << QByteArray("99999999999999.9") << 99999999999999.9;
    }
    void readsNumbersExactly()
    {
        QFETCH(QByteArray, text);
        QFETCH(double, value);
        const auto d = decode("m value=" + text.toStdString() + " 1");
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(std::bit_cast<uint64_t>(d.batch.floats.at(0).value), std::bit_cast<uint64_t>(value));
    }

    void refusesBadLinesAloneInInfluxsWords_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("why");
        const auto row = [](const char *line, const char *why) {
            QTest::newRow(line) << QByteArray(line) << QByteArray(why);
        };
        row("cpu", "missing fields");
        row("cpu,host=a", "missing fields");
        row("cpu value=", "missing field value");
        row("cpu value=,b=1", "missing field value");
        row("cpu =1", "missing field key");
        row("cpu value", "invalid field format");
        row("cpu value=1,", "invalid field format");
        row("cpu value=abc", "invalid number");
        row("cpu value=NaN", "invalid number");
        row("cpu value=12x", "invalid number");
        row("cpu value=9223372036854775808i", "invalid number");
        row("cpu value=-1u", "invalid number");
        row("cpu value=\"open", "unbalanced quotes");
        row("cpu value=1 soon", "bad timestamp");
        row("cpu value=1 1 2", "bad timestamp");
        row("cpu value=1 -1", "time outside range");
        row(",host=a value=1", "missing measurement");
        row("cpu,=a value=1", "missing tag key");
        row("cpu,host value=1", "missing tag value");
        row("cpu,host= value=1", "missing tag value");
        row("cpu,host=a,host=b value=1", "duplicate tags");
    }
    void refusesBadLinesAloneInInfluxsWords()
    {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, why);
        for (int round = 0; round < 2; round++) {
            const auto d = decode("cpu,host=a x=1 1\n" + line.toStdString() + "\ncpu,host=a x=2 2\n");
            QVERIFY(d.status.ok());
            QCOMPARE(d.rejections, std::string("1 bad_line\n"));
            QCOMPARE(d.batch.rejections[0].message,
                     "unable to parse '" + line.toStdString() + "': " + why.toStdString());
            QCOMPARE(d.samples,
                     std::string("cpu_x{host=\"a\"} untyped? 1 1 #0\ncpu_x{host=\"a\"} untyped? 2 2 #2\n"));
        }
    }
};

QTEST_GUILESS_MAIN(InfluxLinesTest)
#include "InfluxLinesTest.moc"

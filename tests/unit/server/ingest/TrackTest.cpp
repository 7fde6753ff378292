#include "server/ingest/Track.h"

#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;

class TrackTest : public QObject
{
    Q_OBJECT

    Prices m_prices;
    Track m_decoder{m_prices};

    Decoded decode(std::string_view body, std::vector<std::pair<std::string, std::string>> arguments = {},
                   std::string name = "revenue")
    {
        Payload payload;
        payload.body = body;
        payload.subject = std::move(name);
        payload.arguments = std::move(arguments);
        return testing::decode(m_decoder, payload);
    }

private Q_SLOTS:
    void readsBodies_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("sample");
        const auto row = [](const char *body, const char *sample) {
            QTest::newRow(body) << QByteArray(body) << QByteArray(sample);
        };
        row("49", "distribution? now 49");
        row("", "distribution? now 1");
        row(" 49.5\n", "distribution? now 49.5");
        row("+3", "distribution? now 3");
        row("-3e2", "distribution? now -300");
        row("{\"value\":2}", "distribution? now 2");
        row("{\"value\":2,\"type\":\"gauge\",\"ts\":5}", "gauge 5000 2");
        row("{\"type\":\"counter\",\"value\":2}", "delta now 2");
        row("{\"type\":\"event\",\"value\":2,\"labels\":null}", "distribution now 2");
    }
    void readsBodies()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, sample);
        const auto d = decode(body.toStdString());
        QVERIFY(d.status.ok());
        QCOMPARE(d.samples, "revenue " + sample.toStdString() + " #0\n");
    }

    void takesLabelsOfQueryAndBody()
    {
        QCOMPARE(decode("1", {{"plan", "pro"}, {"country", "de"}}).samples,
                 std::string("revenue{country=\"de\",plan=\"pro\"} distribution? now 1 #0\n"));
        QCOMPARE(
            decode("{\"value\":1,\"labels\":{\"plan\":\"free\",\"x\":\"y\"}}", {{"plan", "pro"}}).samples,
            std::string("revenue{plan=\"free\",x=\"y\"} distribution? now 1 #0\n"));
        QCOMPARE(decode("1", {{"plan", ""}}).samples, std::string("revenue distribution? now 1 #0\n"));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("code");
        const auto row = [](const char *body, const char *code) {
            QTest::newRow(body) << QByteArray(body) << QByteArray(code);
        };
        row("nan", "not_finite");
        row("inf", "not_finite");
        row("1e999", "not_finite");
        row("{}", "bad_value");
        row("{\"value\":\"x\"}", "bad_value");
        row("{\"value\":1,\"type\":\"x\"}", "bad_type");
        row("{\"value\":1,\"ts\":\"x\"}", "bad_ts");
        row("{\"value\":1,\"labels\":{\"__x\":\"y\"}}", "bad_label");
    }
    void refuses()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, code);
        const auto d = decode(body.toStdString());
        QVERIFY(d.status.ok());
        QVERIFY(d.batch.empty());
        QCOMPARE(d.rejections, "0 " + code.toStdString() + "\n");
    }

    void refusesWholly()
    {
        for (const char *body : {"abc", "49 euros", "[1]", "{\"value\":1", "{\"value\":1}x", "{\"a\" 1}"})
            QVERIFY2(!decode(body).status.ok(), body);
    }

    void checksNames()
    {
        QCOMPARE(decode("1", {{"__name__", "x"}}).rejections, std::string("0 bad_label\n"));
        QCOMPARE(decode("1", {{"a", "\xff"}}).rejections, std::string("0 bad_label\n"));
        QCOMPARE(decode("1", {}, "\xff").rejections, std::string("0 bad_name\n"));
        QCOMPARE(decode("1", {}, std::string(300, 'n')).rejections, std::string("0 bad_name\n"));
        QCOMPARE(decode("1", {}, "my metric").samples, std::string("my metric distribution? now 1 #0\n"));
    }
};

QTEST_GUILESS_MAIN(TrackTest)
#include "TrackTest.moc"

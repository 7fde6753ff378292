#include "server/api/PrometheusApi.h"
#include "tests/support/HttpFixture.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/RawClient.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;
using tests::RawAnswer;
using tests::RawClient;

/// The Prometheus API over a real socket.
class PrometheusApiTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i <= 60; i++) {
            m_series.add({{"__name__", "cpu"}, {"host", "a"}}, Kind::Gauge, i * 15'000, i);
            m_series.add({{"__name__", "cpu"}, {"host", "b"}}, Kind::Gauge, i * 15'000, 0.5);
        }
        m_series.add({{"__name__", "revenue"}, {"plan", "pro"}}, Kind::Delta, 1000, 49);
        m_series.observe({{"__name__", "latency"}}, 1000, 0.25);
        m_series.add({{"__name__", "secret"}}, Kind::Gauge, 1000, 1, defaultProject + 1);
        for (int i = 0; i < 200'000; i++)
            m_series.add({{"__name__", "long"}}, Kind::Gauge, i * 100, i % 977);
        m_api.addRoutes(m_http.router);
        m_http.start();
    }

    void cleanupTestCase() { m_http.stop(); }

    void answersAsPrometheusDoes_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("data");
        const auto row = [](const char *target, const char *data) {
            QTest::newRow(target) << QByteArray(target) << QByteArray(data);
        };
        row("/api/v1/query?query=cpu%7Bhost%3D%22b%22%7D&time=30.5",
            R"({"resultType":"vector","result":[{"metric":{"__name__":"cpu","host":"b"},"value":[30.500,"0.5"]}]})");
        row("/api/v1/query?query=1%2B1&time=1970-01-01T00:00:10Z",
            R"({"resultType":"scalar","result":[10,"2"]})");
        row("/api/v1/query?query=%22x%22&time=7", R"({"resultType":"string","result":[7,"x"]})");
        row("/api/v1/query_range?query=sum(cpu)&start=0&end=30&step=15s",
            R"({"resultType":"matrix","result":[{"metric":{},"values":[[0,"0.5"],[15,"1.5"],[30,"2.5"]]}]})");
        row("/api/v1/query?query=cpu%7Bhost%3D%22a%22%7D[20s]&time=30",
            R"({"resultType":"matrix","result":[{"metric":{"__name__":"cpu","host":"a"},"values":[[15,"1"],[30,"2"]]}]})");
        row("/api/v1/query?query=increase(latency[1m])&time=60",
            R"({"resultType":"vector","result":[{"metric":{},"histogram":[60,{"count":"1","sum":"0.25","buckets":[[0,"0.24730700329849387","0.25","1"]]}]}]})");
        row("/api/v1/query?query=nothing&time=0", R"({"resultType":"vector","result":[]})");
        row("/api/v1/labels", R"(["__name__","host","plan"])");
        row("/api/v1/label/host/values", R"(["a","b"])");
        row("/api/v1/label/__name__/values?match[]=%7Bplan!=%22%22%7D", R"(["revenue"])");
        row("/api/v1/series?match[]=cpu%7Bhost=%22a%22%7D", R"([{"__name__":"cpu","host":"a"}])");
        row("/api/v1/metadata?metric=revenue", R"({"revenue":[{"type":"counter","help":"","unit":""}]})");
        row("/api/v1/format_query?query=SUM(x)by(a)", "\"sum by (a) (x)\"");
        row("/api/v1/query_exemplars?query=x", "[]");
        row("/api/v1/query?query=secret&time=1", R"({"resultType":"vector","result":[]})");
    }

    void answersAsPrometheusDoes()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, data);
        const auto answer = get(target);
        QVERIFY(answer);
        QCOMPARE(answer->status, 200);
        QCOMPARE(answer->body, QByteArray("{\"status\":\"success\",\"data\":" + data + "}"));
        QVERIFY(!QJsonDocument::fromJson(answer->body).isNull());
    }

    void errorsAreTyped_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("type");
        const auto row = [](const char *target, int status, const char *type) {
            QTest::newRow(target) << QByteArray(target) << status << QString::fromLatin1(type);
        };
        row("/api/v1/query", 400, "bad_data");
        row("/api/v1/query?query=sum(", 400, "bad_data");
        row("/api/v1/query?query=1&time=yesterday", 400, "bad_data");
        row("/api/v1/query?query=1&timeout=x", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=0&end=10", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=10&end=0&step=1", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=0&end=10&step=0", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=0&end=11001&step=1", 400, "bad_data");
        row("/api/v1/query_range?query=cpu[5m]&start=0&end=10&step=1", 400, "bad_data");
        row("/api/v1/series", 400, "bad_data");
        row("/api/v1/series?match[]=%7B%7D", 400, "bad_data");
        row("/api/v1/labels?limit=x", 400, "bad_data");
        row("/api/v1/query?query=label_replace(cpu,%22host%22,%22%22,%22%22,%22%22)&time=1", 422,
            "execution");
        row("/api/v1/query_range?query=quantile_over_time(.5,long[5h])&start=0&end=20000&step=2&timeout=1ms",
            503, "timeout");
    }

    void errorsAreTyped()
    {
        QFETCH(QByteArray, target);
        QFETCH(int, status);
        QFETCH(QString, type);
        const auto answer = get(target);
        QVERIFY(answer);
        QCOMPARE(answer->status, status);
        const QJsonObject object = QJsonDocument::fromJson(answer->body).object();
        QCOMPARE(object["status"].toString(), QStringLiteral("error"));
        QCOMPARE(object["errorType"].toString(), type);
        QVERIFY(!object["error"].toString().isEmpty());
    }

    void formsAreReadToo()
    {
        const QByteArray body = "query=cpu%7Bhost%3D%22b%22%7D+*+2&time=15";
        RawClient client(m_http.port());
        client.send("POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                    "application/x-www-form-urlencoded\r\n"
                    "Content-Length: " +
                    QByteArray::number(body.size()) + "\r\n\r\n" + body);
        const auto answer = client.receive();
        QVERIFY(answer);
        QVERIFY2(answer->body.contains(R"("value":[15,"1"])"), answer->body);
    }

    void warningsComeAlong()
    {
        const auto answer = get("/api/v1/query?query=quantile(2,cpu)&time=1");
        const auto object = QJsonDocument::fromJson(answer->body).object();
        QCOMPARE(object["warnings"].toArray().size(), 1);
        QVERIFY(object["warnings"][0].toString().contains("between 0 and 1"));
    }

    void buildInfoNamesAVersion()
    {
        const auto answer = get("/api/v1/status/buildinfo");
        QCOMPARE(answer->status, 200);
        QVERIFY(answer->body.contains("\"version\":\"3.0.0+plimsoll.0.1.0\""));
    }

    void aClientThatGoesFreesItsQuery()
    {
        {
            RawClient client(m_http.port());
            client.send(
                "GET /api/v1/query_range?query=quantile_over_time(.5,long[5h])&start=0&end=20000&step=2 "
                "HTTP/1.1\r\n"
                "Host: localhost\r\n\r\n");
            QTest::qWait(100);
        }
        // both threads of the pool must be free again long before those 10,000 steps could be done
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), size_t(0), 10'000);
    }

private:
    std::optional<RawAnswer> get(const QByteArray &target)
    {
        RawClient client(m_http.port());
        client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return client.receive();
    }

    test::MemorySeries m_series;
    QueryPool m_pool;
    tests::HttpFixture m_http;
    PrometheusApi m_api{PrometheusParts{m_series, m_http.clock, m_pool, "0.1.0"}};
};

QTEST_GUILESS_MAIN(PrometheusApiTest)
#include "PrometheusApiTest.moc"

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

namespace {

constexpr int manySeries = 30;
constexpr int patienceMs = 20'000;

/// Takes minutes, were it not ended: 100,000 medians of up to 200,000 samples.
const QByteArray endless = "/api/v1/query_range?start=0&end=20000&step=2&query=" +
                           QByteArray("quantile_over_time(.5,long[6h])%2B").repeated(10) + "1";
/// About 10 MB of JSON.
const QByteArray large = "/api/v1/query_range?query=wide&start=0&end=10999&step=1";

QByteArray getRequest(const QByteArray &target, const QByteArray &headers = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

} // namespace

/// What a query may cost, and that it ends when nobody waits for it: over real sockets.
class QueryLimitsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i < 200'000; i++)
            m_series.add({{"__name__", "long"}}, Kind::Gauge, i * 100, i % 977);
        for (int i = 0; i < manySeries; i++) {
            for (int t = 0; t < 11'000; t += 250)
                m_series.add({{"__name__", "wide"}, {"n", std::to_string(i)}}, Kind::Gauge, t * 1000,
                             t + i / 128.0);
        }
        PrometheusParts parts{m_series, m_http.clock, m_pool, "0.1.0"};
        parts.limits.memory = &m_memory;
        m_api = std::make_unique<PrometheusApi>(parts);
        m_api->addRoutes(m_http.router);
        m_http.start();
    }

    void cleanupTestCase() { m_http.stop(); }

    void aClientThatGoesFreesItsQuery_data()
    {
        QTest::addColumn<QByteArray>("headers");
        QTest::newRow("keep-alive") << QByteArray();
        QTest::newRow("close") << QByteArray("Connection: close\r\n");
    }

    void aClientThatGoesFreesItsQuery()
    {
        QFETCH(QByteArray, headers);
        const uint64_t cancelled = m_pool.figures().cancelled();
        RawClient client(m_http.port());
        client.send(getRequest(endless, headers));
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), size_t(1), patienceMs);
        QTest::qWait(30);
        client.close();
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), size_t(0), patienceMs);
        QCOMPARE(m_pool.figures().cancelled(), cancelled + 1);
        QCOMPARE(m_memory.held(), uint64_t(0));
    }

    void oneThatWaitsDoesNotRunAtAll()
    {
        std::vector<std::unique_ptr<RawClient>> busy;
        for (size_t i = 0; i < m_pool.threads(); i++) {
            busy.push_back(std::make_unique<RawClient>(m_http.port()));
            busy.back()->send(getRequest(endless));
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), m_pool.threads(), patienceMs);
        const uint64_t started = m_pool.figures().started();
        {
            RawClient waiting(m_http.port());
            waiting.send(getRequest(endless));
            QTRY_COMPARE_WITH_TIMEOUT(m_pool.waiting(), size_t(1), patienceMs);
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.waiting(), size_t(0), patienceMs);
        busy.clear();
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), size_t(0), patienceMs);
        QCOMPARE(m_pool.figures().started(), started);
    }

    void whatFindsNoPlaceIsToldWhenToComeAgain()
    {
        std::vector<std::unique_ptr<RawClient>> busy;
        for (size_t i = 0; i < m_pool.threads() + queueLength; i++) {
            busy.push_back(std::make_unique<RawClient>(m_http.port()));
            busy.back()->send(getRequest(endless));
            QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy() + m_pool.waiting(), i + 1, patienceMs);
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), m_pool.threads(), patienceMs);
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.waiting(), queueLength, patienceMs);
        const auto refused = get("/api/v1/query?query=1");
        busy.clear();
        QVERIFY(refused);
        QCOMPARE(refused->status, 503);
        QVERIFY(refused->header("retry-after").toInt() > 0);
        const QJsonObject answer = QJsonDocument::fromJson(refused->body).object();
        QCOMPARE(answer["errorType"].toString(), QStringLiteral("unavailable"));
        QCOMPARE(answer["status"].toString(), QStringLiteral("error"));
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), size_t(0), patienceMs);
        QCOMPARE(get("/api/v1/query?query=1")->status, 200);
    }

    void timeEndsAQuery()
    {
        const auto late = get(endless + "&timeout=50ms");
        QVERIFY(late);
        QCOMPARE(late->status, 503);
        QVERIFY2(late->body.contains(R"("errorType":"timeout")") && late->body.contains("50 ms"), late->body);
    }

    void aLargeAnswerIsStreamedWhole()
    {
        const auto answer = get(large);
        QVERIFY(answer);
        QCOMPARE(answer->status, 200);
        QCOMPARE(answer->header("transfer-encoding"), QByteArray("chunked"));
        const QJsonObject data = QJsonDocument::fromJson(answer->body).object()["data"].toObject();
        const QJsonArray series = data["result"].toArray();
        QCOMPARE(series.size(), manySeries);
        for (const QJsonValue &one : series) {
            const QJsonArray values = one["values"].toArray();
            QCOMPARE(values.size(), 11'000);
            QCOMPARE(values[10'999][0].toInt(), 10'999);
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), size_t(0), patienceMs);
        QCOMPARE(m_memory.held(), uint64_t(0));
    }

    void aClientThatStopsReadingFreesItsThread()
    {
        {
            RawClient client(m_http.port());
            client.send(getRequest(large));
            QVERIFY(client.fill(patienceMs));
            QTest::qWait(50);
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_pool.busy(), size_t(0), patienceMs);
    }

    void memoryIsShared()
    {
        QVERIFY(m_memory.take(m_memory.maxBytes() - 1000));
        const auto refused = get(large);
        m_memory.release(m_memory.maxBytes() - 1000);
        QCOMPARE(refused->status, 503);
        QVERIFY2(refused->body.contains("All queries together"), refused->body);
        QVERIFY(refused->hasHeader("retry-after"));
        QCOMPARE(m_memory.held(), uint64_t(0));
    }

    void anAnswerThatIsTooLargeIsRefusedBeforeItBegins()
    {
        PrometheusParts parts{m_series, m_http.clock, m_pool, "0.1.0"};
        parts.maxResultBytes = 5'000'000;
        tests::HttpFixture http;
        PrometheusApi api(parts);
        api.addRoutes(http.router);
        http.start();
        RawClient client(http.port());
        const auto refused = client.ask(getRequest(large));
        QVERIFY(refused);
        QCOMPARE(refused->status, 422);
        QVERIFY2(refused->body.contains("larger than 5000000 bytes"), refused->body);
        const auto fits = client.ask(getRequest("/api/v1/query_range?query=wide&start=0&end=10999&step=10"));
        QCOMPARE(fits->status, 200);
        http.stop();
    }

private:
    static constexpr size_t queueLength = 2;

    std::optional<RawAnswer> get(const QByteArray &target)
    {
        RawClient client(m_http.port());
        return client.ask(getRequest(target));
    }

    test::MemorySeries m_series;
    QueryMemory m_memory{uint64_t(1) << 30};
    QueryPool m_pool{2, queueLength};
    tests::HttpFixture m_http;
    std::unique_ptr<PrometheusApi> m_api;
};

QTEST_GUILESS_MAIN(QueryLimitsTest)
#include "QueryLimitsTest.moc"

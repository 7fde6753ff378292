#include "server/api/ReadingApi.h"
#include "server/api/Health.h"
#include "server/api/LiveHub.h"
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

/// The reading endpoints over a real socket.
class ReadingApiTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const int64_t nowMs = m_http.clock.nowMs();
        for (int i = 0; i < 60; i++)
            m_series.add({{"__name__", "cpu"}, {"host", "a"}}, Kind::Gauge, nowMs - i * 60'000, i);
        m_series.observe({{"__name__", "http_request_duration_seconds"},
                          {"method", "GET"},
                          {"route", "/a"},
                          {"status", "200"}},
                         nowMs - 5, 0.25);
        m_series.add({{"__name__", "llm_calls_total"}, {"model", "m"}}, Kind::Delta, nowMs - 5, 1);
        m_reading.addRoutes(m_http.router);
        m_health.addRoutes(m_http.router);
        m_live->addRoutes(m_http.router);
        m_http.start();
    }

    void cleanupTestCase()
    {
        m_http.stop();
        m_live.reset();
    }

    void everyEndpointAnswersJson_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QString>("member");
        const auto row = [](const char *target, const char *member) {
            QTest::newRow(target) << QByteArray(target) << QString::fromLatin1(member);
        };
        row("/metrics", "metrics");
        row("/metrics/query?metric=cpu", "series");
        row("/metrics/query?metric=cpu&project=default", "series");
        row("/metrics/endpoints", "endpoints");
        row("/metrics/costs?from=7d", "by");
        row("/metrics/system", "memory");
        row("/api/app/metrics?search=cp", "items");
        row("/api/app/storage", "samples_total");
        row("/health", "checks");
    }

    void everyEndpointAnswersJson()
    {
        QFETCH(QByteArray, target);
        QFETCH(QString, member);
        const auto answer = get(target);
        QVERIFY(answer);
        QCOMPARE(answer->status, 200);
        QCOMPARE(answer->header("content-type"), QByteArray("application/json"));
        QVERIFY2(parse(*answer).contains(member), answer->body);
    }

    void theQueryComesThrough()
    {
        const auto answer = get("/metrics/query?metric=cpu&from=1h&group_by=minute,host");
        const QJsonObject line = parse(*answer)["series"][0].toObject();
        QCOMPARE(line["labels"].toObject(), (QJsonObject{{"host", "a"}}));
        double sum = 0;
        for (const QJsonValue &bucket : line["buckets"].toArray())
            sum += bucket["sum"].toDouble();
        QCOMPARE(sum, 1770.0);
    }

    void theAcceptHeaderChooses()
    {
        const auto text = get("/metrics", "Accept: text/plain\r\n");
        QCOMPARE(text->header("content-type"), QByteArray("text/plain; version=0.0.4; charset=utf-8"));
        QVERIFY(text->body.contains("# TYPE cpu gauge\ncpu{host=\"a\"} 0\n"));
        const auto open = get("/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\n");
        QVERIFY(open->body.endsWith("# EOF\n"));
        QCOMPARE(get("/metrics?format=prometheus")->body, text->body);
    }

    void errorsSayWhatToDo_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("code");
        const auto row = [](const char *target, int status, const char *code) {
            QTest::newRow(target) << QByteArray(target) << status << QString::fromLatin1(code);
        };
        row("/metrics/query", 400, "invalid");
        row("/metrics/query?metric=cpu&tz=Mars/Base", 400, "invalid");
        row("/metrics/query?metric=cpu&from=x", 400, "invalid");
        row("/metrics/query?metric=cpu&from=now&to=1h", 400, "invalid");
        row("/metrics/query?metric=cpu&from=1y&group_by=minute", 422, "unprocessable");
        row("/metrics/endpoints?from=x", 400, "invalid");
        row("/metrics/costs?to=x", 400, "invalid");
        row("/metrics?format=xml", 400, "invalid");
        row("/metrics?max_age=x", 400, "invalid");
        row("/api/app/metrics?limit=0", 400, "invalid");
        row("/metrics/query?metric=cpu&project=other", 404, "not_found");
        row("/metrics/export", 404, "not_found");
    }

    void errorsSayWhatToDo()
    {
        QFETCH(QByteArray, target);
        QFETCH(int, status);
        QFETCH(QString, code);
        const auto answer = get(target);
        QVERIFY(answer);
        QCOMPARE(answer->status, status);
        const QJsonObject error = parse(*answer)["error"].toObject();
        QCOMPARE(error["code"].toString(), code);
        QVERIFY(!error["message"].toString().isEmpty());
    }

    void theLiveStreamStreams()
    {
        RawClient client(m_http.port());
        QVERIFY(
            client.send("GET /api/app/live HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"));
        QVERIFY(waitFor(client, "event: hello"));
        QVERIFY(client.pending().contains("text/event-stream"));
        QVERIFY(!client.pending().toLower().contains("content-encoding"));
        QVERIFY(waitFor(client, "event: status"));
        Batch batch;
        batch.series.push_back({Labels{{"__name__", "revenue"}}.key(), Kind::Distribution, false, 0});
        batch.floats.push_back({0, 1, 49, 0});
        m_live->batchCommitted(batch, {}, "track", 0);
        QVERIFY(waitFor(client, "\"name\":\"revenue\""));
        client.close();
        QTRY_COMPARE_WITH_TIMEOUT(m_live->clientCount(), size_t(0), 20'000);
    }

    void aClientThatDoesNotReadIsDropped()
    {
        RawClient client(m_http.port());
        QVERIFY(client.send("GET /api/app/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        QVERIFY(waitFor(client, "event: hello"));
        const std::string episode = "{\"id\":\"" + std::string(60'000, 'x') + "\"}";
        const auto dropped = [&] {
            m_live->publishEpisode(defaultProject, episode);
            return m_live->clientCount() == 0;
        };
        QTRY_VERIFY_WITH_TIMEOUT(dropped(), 60'000);
    }

    void theOwnFiguresAreInTheAnswer()
    {
        const QJsonObject storage = parse(*get("/api/app/storage"));
        QCOMPARE(storage["samples_total"].toInteger(), 77);
        QCOMPARE(storage["data_directory"].toString(), QString());
        QVERIFY(storage["disk_free_bytes"].isNull());
    }

private:
    std::optional<RawAnswer> get(const QByteArray &target, const QByteArray &headers = {})
    {
        RawClient client(m_http.port());
        return client.ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    }

    static bool waitFor(RawClient &client, const QByteArray &text)
    {
        while (!client.pending().contains(text))
            if (!client.fill(20'000))
                return false;
        return true;
    }

    static QJsonObject parse(const RawAnswer &answer)
    {
        return QJsonDocument::fromJson(answer.body).object();
    }

    static EngineStats someStats()
    {
        EngineStats stats;
        stats.samplesAccepted = 77;
        return stats;
    }

    test::MemorySeries m_series;
    tests::HttpFixture m_http;
    QueryPool m_pool;
    std::unique_ptr<LiveHub> m_live = std::make_unique<LiveHub>(m_http.clock);
    ReportedHealth m_journal{"journal"};
    Health m_health = [this] {
        Health health;
        health.add(m_journal);
        return health;
    }();
    ReadingApi m_reading{m_series,
                         m_http.clock,
                         m_pool,
                         {someStats, [this] { return m_live->samplesPerSecond(); }, {}},
                         "atlas-1"};
};

QTEST_GUILESS_MAIN(ReadingApiTest)
#include "ReadingApiTest.moc"

#include "server/api/LiveHub.h"
#include "storage/model/Labels.h"
#include "tests/support/ManualClock.h"
#include "tests/support/RecordedReply.h"

#include <QTest>

#include <thread>

using namespace plimsoll;
using namespace plimsoll::api;
using test::ask;

namespace {

Batch batchOf(const char *name, double value, ProjectId project = defaultProject)
{
    Batch batch;
    batch.project = project;
    batch.itemCount = 1;
    batch.series.push_back({Labels{{"__name__", name}, {"plan", "pro"}}.key(), Kind::Delta, false, 0});
    batch.floats.push_back({0, 1'000, value, 0});
    return batch;
}

CommitReceipt takenAt(int64_t committedMs)
{
    CommitReceipt receipt;
    receipt.accepted = 1;
    receipt.committedMs = committedMs;
    return receipt;
}

} // namespace

class LiveHubTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_router = {};
        LiveLimits limits;
        limits.statusMs = 200;
        limits.rejectedMs = 100;
        limits.heartbeatMs = 300;
        limits.maxClients = 150;
        m_hub = std::make_unique<LiveHub>(m_clock, limits);
        m_hub->addRoutes(m_router);
    }

    void cleanup() { m_hub.reset(); }

    void greetsAtOnce()
    {
        const auto reply = ask(m_router, "/api/app/live");
        QCOMPARE(reply->wait().contentType, QByteArray("text/event-stream"));
        const QByteArray hello =
            "event: hello\ndata: {\"server_ms\":" + QByteArray::number(m_clock.nowMs()) + "}\n\n";
        QVERIFY(reply->stream->bytes().startsWith(hello));
        QVERIFY(reply->stream->waitForText(
            "event: status\ndata: {\"firing\":0,\"worst\":\"ok\",\"samples_per_second\":0,"));
    }

    void beatsAndRepeatsItsStatus()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        QVERIFY(
            stream->waitFor([](const QByteArray &bytes, bool) { return bytes.count("event: status") >= 3; }));
        QVERIFY(stream->waitFor([](const QByteArray &bytes, bool) { return bytes.count("\n: ") >= 2; }));
    }

    void showsSamples()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        m_hub->batchCommitted(batchOf("revenue", 49), takenAt(1'008), "track", 1'001);
        QVERIFY(stream->waitForText(
            "event: sample\ndata: {\"at_ms\":1001,\"committed_ms\":1008,\"name\":\"revenue\","
            "\"series\":\"revenue{plan=\\\"pro\\\"}\",\"kind\":\"delta\",\"value\":49,\"timestamp_ms\":1000,"
            "\"latency_ms\":7,\"source\":\"track\"}\n\n"));
    }

    void showsObservations()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        Batch batch = batchOf("revenue", 0);
        batch.floats.clear();
        batch.series[0].kind = Kind::Distribution;
        Histogram two(Histogram::ownSchema);
        two.observe(3);
        two.observe(4);
        batch.histograms.push_back({0, 1'000, two, 0});
        m_hub->batchCommitted(batch, takenAt(1'000), "ingest", 1'000);
        QVERIFY(stream->waitForText("\"kind\":\"distribution\",\"value\":7,\"count\":2,"));
    }

    void aNumberOfADistributionIsOneObservation()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        const KnownSeries known(Labels{{"__name__", "revenue"}}.key());
        Batch batch = batchOf("unused", 49);
        batch.series[0].key.clear();
        batch.series[0].known = &known;
        batch.series[0].kind = Kind::Distribution;
        m_hub->batchCommitted(batch, takenAt(1'000), "track", 1'000);
        QVERIFY(stream->waitForText(
            "\"series\":\"revenue\",\"kind\":\"distribution\",\"value\":49,\"count\":1,"));
    }

    void ownMetricsAreForThoseWhoAsk()
    {
        const auto others = ask(m_router, "/api/app/live")->stream;
        const auto self = ask(m_router, "/api/app/live?self=1")->stream;
        m_hub->batchCommitted(batchOf("plimsoll_series", 1), takenAt(1), "self", 1);
        m_hub->batchCommitted(batchOf("revenue", 49), takenAt(2), "track", 2);
        QVERIFY(self->waitForText("plimsoll_series"));
        QVERIFY(self->waitForText("revenue"));
        QVERIFY(others->waitForText("revenue"));
        QVERIFY(!others->bytes().contains("plimsoll_series"));
    }

    void refusedItemsAreNotShownAsSamples()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        Batch batch = batchOf("revenue", 1);
        batch.itemCount = 2;
        batch.floats.push_back({0, 1'000, 4242, 1});
        CommitReceipt receipt = takenAt(1);
        receipt.rejections.push_back({1, "too_old", "It is older than 35 days."});
        m_hub->batchCommitted(batch, receipt, "ingest", 1);
        QVERIFY(stream->waitForText("\"source\":\"ingest\",\"code\":\"too_old\",\"message\":\"It is older "
                                    "than 35 days.\",\"count\":1}"));
        QVERIFY(stream->waitForText("\"value\":1,"));
        QVERIFY(!stream->bytes().contains("4242"));
    }

    void refusedRequestsAreTold()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        for (int i = 0; i < 3; i++)
            m_hub->requestRefused("ingest", defaultProject, {ErrorCode::Invalid, "The body is no JSON.", {}});
        QVERIFY(stream->waitForText("event: rejected\n"));
        QVERIFY(stream->waitForText("\"code\":\"invalid\",\"message\":\"The body is no JSON.\""));
    }

    void aReplayIsNotShownAgain()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        CommitReceipt replay = takenAt(1);
        replay.replayed = true;
        m_hub->batchCommitted(batchOf("again", 1), replay, "ingest", 1);
        m_hub->batchCommitted(batchOf("fresh", 1), takenAt(1), "ingest", 1);
        QVERIFY(stream->waitForText("fresh"));
        QVERIFY(!stream->bytes().contains("again"));
    }

    void projectsAreApart()
    {
        const auto one = ask(m_router, "/api/app/live", {}, 1)->stream;
        const auto two = ask(m_router, "/api/app/live", {}, 2)->stream;
        m_hub->batchCommitted(batchOf("of_one", 1, 1), takenAt(1), "track", 1);
        m_hub->batchCommitted(batchOf("of_two", 1, 2), takenAt(1), "track", 1);
        m_hub->publishEpisode(1, "{\"id\":\"e1\"}");
        m_hub->setAlertStatus(2, 3, "critical");
        QVERIFY(one->waitForText("of_one"));
        QVERIFY(one->waitForText("event: episode\ndata: {\"id\":\"e1\"}\n\n"));
        QVERIFY(two->waitForText("of_two"));
        QVERIFY(two->waitForText("\"firing\":3,\"worst\":\"critical\""));
        QVERIFY(!one->bytes().contains("of_two") && !one->bytes().contains("critical"));
        QVERIFY(!two->bytes().contains("of_one") && !two->bytes().contains("episode"));
    }

    void slowClientsAreDropped()
    {
        const auto slow = ask(m_router, "/api/app/live")->stream;
        const auto quick = ask(m_router, "/api/app/live")->stream;
        slow->pending = 1 << 20;
        QVERIFY(slow->waitFor([](const QByteArray &, bool closed) { return closed; }));
        m_hub->batchCommitted(batchOf("revenue", 1), takenAt(1), "track", 1);
        QVERIFY(quick->waitForText("revenue"));
        QTRY_COMPARE_WITH_TIMEOUT(m_hub->clientCount(), size_t(1), 20'000);
    }

    void clientsThatLeftAreForgotten()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        QCOMPARE(m_hub->clientCount(), size_t(1));
        stream->close();
        QTRY_COMPARE_WITH_TIMEOUT(m_hub->clientCount(), size_t(0), 20'000);
    }

    void tooManyClientsAreRefused()
    {
        for (int i = 0; i < 150; i++)
            ask(m_router, "/api/app/live");
        QCOMPARE(ask(m_router, "/api/app/live")->wait().status, 503);
    }

    void endsItsStreams()
    {
        const auto stream = ask(m_router, "/api/app/live")->stream;
        m_hub->stop();
        QVERIFY(stream->closed());
        QVERIFY(ask(m_router, "/api/app/live")->stream->closed());
        QCOMPARE(m_hub->clientCount(), size_t(0));
        m_hub->stop();
    }

    void oneHundredClientsGetAFlood()
    {
        std::vector<std::shared_ptr<test::RecordedStream>> streams;
        for (int i = 0; i < 100; i++)
            streams.push_back(ask(m_router, "/api/app/live")->stream);
        std::thread ingest([this] {
            for (int i = 0; i < 20'000; i++)
                m_hub->batchCommitted(batchOf("flood", i), takenAt(1), "ingest", 1);
            m_hub->batchCommitted(batchOf("the_last", 1), takenAt(1), "ingest", 1);
        });
        ingest.join();
        for (const auto &stream : streams)
            QVERIFY(stream->waitForText("the_last"));
        QVERIFY(streams.front()->bytes().count("event: sample") < 20'000);
    }

    void countsWithoutClients()
    {
        for (int i = 0; i < 10; i++)
            m_hub->batchCommitted(batchOf("revenue", 1), takenAt(1), "track", 1);
        m_clock.advance(1'000);
        QCOMPARE(m_hub->samplesPerSecond(), 10.0);
    }

private:
    test::ManualClock m_clock;
    http::Router m_router;
    std::unique_ptr<LiveHub> m_hub;
};

QTEST_GUILESS_MAIN(LiveHubTest)
#include "LiveHubTest.moc"

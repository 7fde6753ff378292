#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QTest>

#include <thread>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

/// Answers in pieces: exports and server-sent events.
class StreamTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;
    std::mutex m_mutex;
    std::vector<std::shared_ptr<Stream>> m_streams;
    std::atomic<int> m_gone{0};

    std::shared_ptr<Stream> stream(size_t index)
    {
        const std::lock_guard lock(m_mutex);
        return index < m_streams.size() ? m_streams[index] : nullptr;
    }
    void start()
    {
        addEchoRoutes(m_http->router);
        addRoute(m_http->router, Method::Get, "/events", [this](const RequestPtr &, Reply reply) {
            reply.onClientGone([this] { m_gone++; });
            Response response = Response::text("event: hello\n\n", "text/event-stream");
            const std::lock_guard lock(m_mutex);
            m_streams.push_back(reply.startStream(std::move(response)));
        });
        addRoute(m_http->router, Method::Get, "/export", [](const RequestPtr &request, Reply reply) {
            const int pieces = std::stoi(request->argument("pieces").value_or("3"));
            const bool finishes = request->argument("fail") != "1";
            std::thread([reply = std::make_shared<Reply>(std::move(reply)), pieces, finishes] {
                const auto stream = reply->startStream(Response::text({}, "text/csv"));
                for (int i = 0; i < pieces; i++) {
                    while (stream->pendingBytes() > 1 << 20 && !stream->closed())
                        QThread::msleep(1);
                    if (!stream->write(QByteArray::number(i).rightJustified(1000, '.') + "\n"))
                        return;
                }
                if (finishes)
                    stream->finish();
            }).detach();
        });
        m_http->start();
    }

private Q_SLOTS:
    void init()
    {
        m_http = std::make_unique<HttpFixture>();
        m_gone = 0;
    }
    void cleanup()
    {
        m_streams.clear();
        m_http.reset();
    }

    void streamsWholeExports()
    {
        start();
        RawClient client(m_http->port());
        QByteArray expected;
        for (int i = 0; i < 20'000; i++)
            expected += QByteArray::number(i).rightJustified(1000, '.') + "\n";
        const auto got = client.ask(get("/export?pieces=20000"));
        QVERIFY(got);
        QCOMPARE(got->header("transfer-encoding"), QByteArray("chunked"));
        QVERIFY(got->body == expected);
        const auto next = client.ask(get("/page/x"));
        QVERIFY(next);
        QCOMPARE(next->status, 200);
    }

    void keepsTheOrderOfPipelinedRequests()
    {
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/export?pieces=100") + post("/page/x", "behind") + get("/export?pieces=2")));
        for (const qsizetype size : {100 * 1001, 6, 2 * 1001}) {
            const auto got = client.receive();
            QVERIFY(got);
            QCOMPARE(got->body.size(), size);
        }
    }

    void endsWithTheConnectionInHttp10()
    {
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send("GET /export?pieces=5 HTTP/1.0\r\n\r\n"));
        QVERIFY(client.closedByPeer());
        const QByteArray body = client.pending().mid(client.pending().indexOf("\r\n\r\n") + 4);
        QCOMPARE(body.size(), qsizetype(5 * 1001));
        QVERIFY(!client.pending().contains("chunked"));
    }

    void sendsOnlyAHeadForHead()
    {
        start();
        RawClient client(m_http->port());
        const auto got = client.ask("HEAD /export HTTP/1.1\r\nHost: a\r\n\r\n", true);
        QVERIFY(got);
        QCOMPARE(got->status, 200);
        const auto next = client.ask(get("/page/x"));
        QVERIFY(next);
        QCOMPARE(next->status, 200);
    }

    void breaksOffWhatWasNotFinished()
    {
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/export?pieces=5&fail=1")));
        QVERIFY(client.closedByPeer());
        QVERIFY(!client.pending().contains("\r\n0\r\n\r\n"));
    }

    void eventsOutliveTheIdleTimer()
    {
        m_http->limits.idleMs = 200;
        m_http->limits.answerMs = 200;
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/events")));
        QTRY_VERIFY(stream(0));
        QTest::qSleep(700);
        QVERIFY(stream(0)->write("data: 1\n\n"));
        while (!client.pending().contains("data: 1"))
            QVERIFY(client.fill(20'000));
        QVERIFY(client.pending().contains("event: hello"));
        QVERIFY(client.pending().contains("Cache-Control"));
        QCOMPARE(m_gone.load(), 0);
        client.close();
        QTRY_VERIFY(stream(0)->closed());
        QVERIFY(!stream(0)->write("data: 2\n\n"));
        QTRY_COMPARE(m_gone.load(), 1);
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
    }

    void dropsEventClientsThatFallBehind()
    {
        m_http->limits.maxEventPendingBytes = 100'000;
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/events")));
        QTRY_VERIFY(stream(0));
        const QByteArray event = "data: " + QByteArray(10'000, 'x') + "\n\n";
        bool written = true;
        for (int i = 0; i < 100'000 && written; i++) {
            written = stream(0)->write(event);
            if (i % 10 == 0)
                QTest::qSleep(1);
        }
        QVERIFY(!written);
        QVERIFY(stream(0)->closed());
        QTRY_COMPARE(m_gone.load(), 1);
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
    }

    void eventsEndWithTheServer()
    {
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/events")));
        QTRY_VERIFY(stream(0));
        QVERIFY(m_http->stop());
        QVERIFY(client.closedByPeer());
        QVERIFY(client.pending().endsWith("0\r\n\r\n"));
        QVERIFY(!stream(0)->write("data: 1\n\n"));
    }

    void streamsFromManyThreadsAtOnce()
    {
        start();
        std::vector<std::thread> threads;
        std::atomic<int> right{0};
        for (int i = 0; i < 8; i++) {
            threads.emplace_back([&] {
                for (int round = 0; round < 5; round++) {
                    RawClient client(m_http->port());
                    const auto got = client.ask(get("/export?pieces=50"));
                    right += got && got->body.size() == 50 * 1001;
                }
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(right.load(), 40);
    }
};

QTEST_GUILESS_MAIN(StreamTest)
#include "StreamTest.moc"

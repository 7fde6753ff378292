#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QTest>

#include <sys/resource.h>

#include <deque>
#include <vector>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

/// Slow, idle, greedy and numerous clients.
class LimitsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;

    void start() { m_http->start(); }
    void eachThread()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::newRow("ingest thread") << QByteArray("/in/x");
        QTest::newRow("page thread") << QByteArray("/page/x");
    }

private Q_SLOTS:
    void init()
    {
        m_http = std::make_unique<HttpFixture>();
        addEchoRoutes(m_http->router);
    }
    void cleanup() { m_http.reset(); }

    void timesSlowHeadsOut_data() { eachThread(); }
    void timesSlowHeadsOut()
    {
        QFETCH(QByteArray, path);
        m_http->limits.headMs = 300;
        start();
        RawClient client(m_http->port());
        const QByteArray start = "GET " + path + " HTTP/1.1\r\nHost: a\r\n";
        QVERIFY(client.send(start));
        for (int i = 0; i < 200 && client.send("X-A: b\r\n") && !client.fill(20); i++) {
        }
        const auto got = client.receive();
        QVERIFY(got);
        QCOMPARE(got->status, 408);
        QVERIFY(client.closedByPeer());
    }

    void timesSlowBodiesOut_data() { eachThread(); }
    void timesSlowBodiesOut()
    {
        QFETCH(QByteArray, path);
        m_http->limits.bodyGraceMs = 200;
        m_http->limits.minBodyBytesPerSecond = 10'000;
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"));
        for (int i = 0; i < 500 && client.send("x") && !client.fill(20); i++) {
        }
        const auto got = client.receive();
        QVERIFY(got);
        QCOMPARE(got->status, 408);
        QVERIFY(client.closedByPeer());
        QTRY_COMPARE(m_http->stats.inFlightBytes.load(), int64_t(0));
    }

    void letsASlowButSteadyBodyPass()
    {
        m_http->limits.bodyGraceMs = 100;
        m_http->limits.minBodyBytesPerSecond = 1000;
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send("POST /in/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"));
        for (int i = 0; i < 10; i++) {
            QVERIFY(client.send(QByteArray(10'000, 'x')));
            QTest::qSleep(30);
        }
        const auto got = client.receive();
        QVERIFY(got);
        QCOMPARE(got->status, 200);
    }

    void limitsTheTimeOfAWholeBody()
    {
        m_http->limits.bodyMs = 300;
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send("POST /in/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (int i = 0; i < 500 && client.send("1\r\nx\r\n") && !client.fill(10); i++) {
        }
        const auto got = client.receive();
        QVERIFY(got);
        QCOMPARE(got->status, 408);
    }

    void closesIdleConnections()
    {
        m_http->limits.idleMs = 200;
        start();
        for (const QByteArray path : {"/in/x", "/page/x"}) {
            RawClient client(m_http->port());
            QVERIFY(client.ask(get(path)));
            QVERIFY(client.closedByPeer());
            QVERIFY(client.pending().isEmpty());
        }
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
    }

    void closesConnectionsThatNeverSpeak()
    {
        m_http->limits.headMs = 200;
        start();
        RawClient client(m_http->port());
        QVERIFY(client.closedByPeer());
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
    }

    void dropsClientsThatDoNotRead()
    {
        m_http->limits.writeStallMs = 3000;
        addRoute(m_http->router, Method::Get, "/big", [](const RequestPtr &, Reply reply) {
            reply.send(Response::text(QByteArray(50'000'000, 'x')));
        });
        start();
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/big")));
        QTRY_COMPARE(m_http->stats.accepted.load(), uint64_t(1));
        QTRY_COMPARE_WITH_TIMEOUT(m_http->stats.connections.load(), int64_t(0), 20'000);
        RawClient reader(m_http->port());
        const auto got = reader.ask(get("/big"));
        QVERIFY(got);
        QCOMPARE(got->body.size(), qsizetype(50'000'000));
    }

    void answersForAHandlerThatNeverDoes()
    {
        m_http->limits.answerMs = 200;
        std::deque<Reply> forgotten;
        std::mutex mutex;
        addRoute(m_http->router, Method::Get, "/forgets", [&](const RequestPtr &, Reply reply) {
            const std::lock_guard lock(mutex);
            forgotten.push_back(std::move(reply));
        });
        start();
        RawClient client(m_http->port());
        const auto got = client.ask(get("/forgets"));
        QVERIFY(got);
        QCOMPARE(got->status, 503);
        QVERIFY(client.ask(get("/page/x")));
        m_http->stop();
    }

    void refusesConnectionsOverTheCap()
    {
        m_http->limits.maxConnections = 20;
        start();
        std::deque<RawClient> clients;
        for (int i = 0; i < 20; i++)
            QVERIFY(clients.emplace_back(m_http->port()).ask(get("/page/x")));
        RawClient over(m_http->port());
        const auto got = over.receive();
        QVERIFY(got);
        QCOMPARE(got->status, 503);
        QVERIFY(!got->header("retry-after").isEmpty());
        QVERIFY(over.closedByPeer());
        QCOMPARE(m_http->stats.refusedConnections.load(), uint64_t(1));
        QVERIFY(clients.front().ask(get("/page/x")));
        clients.clear();
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
        RawClient next(m_http->port());
        QVERIFY(next.ask(get("/page/x")));
    }

    void budgetsBodiesInFlight()
    {
        m_http->limits.maxInFlightBytes = 1'000'000;
        start();
        RawClient holder(m_http->port());
        QVERIFY(holder.send(post("/in/x", QByteArray(900'000, 'x')).chopped(1)));
        QTRY_VERIFY(m_http->stats.inFlightBytes >= 890'000);
        RawClient client(m_http->port());
        const auto got = client.ask(post("/page/x", QByteArray(300'000, 'x')));
        QVERIFY(got);
        QCOMPARE(got->status, 503);
        QVERIFY(!got->header("retry-after").isEmpty());
        const auto held = holder.ask("x");
        QVERIFY(held);
        QCOMPARE(held->status, 200);
        QTRY_COMPARE(m_http->stats.inFlightBytes.load(), int64_t(0));
        RawClient again(m_http->port());
        const auto taken = again.ask(post("/page/x", QByteArray(300'000, 'x')));
        QVERIFY(taken);
        QCOMPARE(taken->status, 200);
    }

    void acceptsAgainAfterDescriptorsRanOut()
    {
        start();
        RawClient first(m_http->port());
        QVERIFY(first.ask(get("/page/x")));
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        std::deque<RawClient> clients;
        for (int i = 0; i < 5; i++)
            clients.emplace_back(m_http->port());
        QTRY_COMPARE(m_http->stats.accepted.load(), uint64_t(6));
        RawClient late(m_http->port());
        QTRY_COMPARE(m_http->stats.accepted.load(), uint64_t(7));
        // Every descriptor below the new limit is in use, so accept() fails until it is raised again.
        const int spare = ::dup(0);
        ::close(spare);
        const rlimit none{rlim_t(spare), before.rlim_max};
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        QCOMPARE(::setrlimit(RLIMIT_NOFILE, &none), 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(m_http->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QCOMPARE(::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
        QTest::qSleep(300);
        const uint64_t accepted = m_http->stats.accepted;
        QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
        QCOMPARE(accepted, uint64_t(7));
        QTRY_COMPARE(m_http->stats.accepted.load(), uint64_t(8));
        ::close(socket);
        QVERIFY(late.ask(get("/page/x")));
    }

    void holdsManyIdleConnections()
    {
        start();
        std::deque<RawClient> clients;
        for (int i = 0; i < 400; i++)
            QVERIFY(clients.emplace_back(m_http->port()).ask(get(i % 2 ? "/in/x" : "/page/x")));
        QCOMPARE(m_http->stats.connections.load(), int64_t(400));
        for (RawClient &client : clients)
            QVERIFY(client.ask(get("/page/x")));
    }
};

QTEST_GUILESS_MAIN(LimitsTest)
#include "LimitsTest.moc"

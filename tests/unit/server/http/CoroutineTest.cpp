#include "server/http/Coroutine.h"
#include "server/http/Server.h"

#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QCoroTimer>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

namespace {

QCoro::Task<Response> atOnce() { co_return Response::text("at once"); }

QCoro::Task<Response> afterMs(int ms)
{
    co_await QCoro::sleepFor(std::chrono::milliseconds(ms));
    co_return Response::text(QByteArray::number(ms));
}

QCoro::Task<Response> failing()
{
    co_await QCoro::sleepFor(std::chrono::milliseconds(1));
    throw std::runtime_error("boom");
}

} // namespace

/// Handlers that are coroutines, whatever becomes of them.
class CoroutineTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;

private Q_SLOTS:
    void init()
    {
        m_http = std::make_unique<HttpFixture>();
        addRoute(m_http->router, Method::Get, "/once", [](const RequestPtr &, Reply reply) {
            spawn(Server::ofThisThread(), atOnce(), std::move(reply));
        });
        addRoute(m_http->router, Method::Get, "/after/{ms:int}", [](const RequestPtr &request, Reply reply) {
            const int ms = std::stoi(std::string(request->parameter("ms")));
            spawn(Server::ofThisThread(), afterMs(ms), std::move(reply), std::chrono::milliseconds(300));
        });
        addRoute(m_http->router, Method::Get, "/fails", [](const RequestPtr &, Reply reply) {
            spawn(Server::ofThisThread(), failing(), std::move(reply));
        });
        m_http->start();
    }
    void cleanup() { m_http.reset(); }

    void answersWithTheResult()
    {
        RawClient client(m_http->port());
        for (const auto &[path, body] :
             {std::pair<QByteArray, QByteArray>{"/once", "at once"}, {"/after/20", "20"}}) {
            const auto got = client.ask(get(path));
            QVERIFY(got);
            QCOMPARE(got->body, body);
        }
        QVERIFY(client.send(get("/after/100") + get("/after/1") + get("/once")));
        for (const QByteArray body : {"100", "1", "at once"}) {
            const auto got = client.receive();
            QVERIFY(got);
            QCOMPARE(got->body, body);
        }
    }

    void answersFailuresAndTimeouts()
    {
        RawClient client(m_http->port());
        const auto failed = client.ask(get("/fails"));
        QVERIFY(failed);
        QCOMPARE(failed->status, 500);
        QVERIFY(!failed->body.contains("boom"));
        const auto late = client.ask(get("/after/600"));
        QVERIFY(late);
        QCOMPARE(late->status, 503);
        QVERIFY(late->body.contains("timeout"));
        QTest::qWait(500); // the coroutine still ends, and that is no harm
        QVERIFY(client.ask(get("/once")));
    }

    void survivesClientsThatLeave()
    {
        for (int i = 0; i < 20; i++) {
            RawClient client(m_http->port());
            client.send(get("/after/30"));
        }
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
        QTest::qWait(200);
        RawClient client(m_http->port());
        QVERIFY(client.ask(get("/once")));
    }

    void survivesTheEndOfTheServer()
    {
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/after/200")));
        QTRY_COMPARE(m_http->stats.threads[1].requests.load(), uint64_t(1));
        QVERIFY(!m_http->page->shutDown(std::chrono::milliseconds(10)));
        QVERIFY(client.closedByPeer());
        QTest::qWait(500); // the coroutine ends on its thread, which still runs, and finds its server closed
    }
};

QTEST_GUILESS_MAIN(CoroutineTest)
#include "CoroutineTest.moc"

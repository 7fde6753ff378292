#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QJsonDocument>
#include <QTest>

#include <thread>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

namespace {

/// Answers from another thread, later for smaller numbers: ?ms=30.
void answerLater(const RequestPtr &request, Reply reply)
{
    const int ms = std::stoi(request->argument("ms").value_or("0"));
    std::thread([ms, reply = std::make_shared<Reply>(std::move(reply))] {
        QThread::msleep(unsigned(ms));
        reply->send(Response::text(QByteArray::number(ms)));
    }).detach();
}

} // namespace

/// Framing, order and the manners of HTTP/1.1, on the thread that reads directly and on the one that reads
/// through QtHttpServer.
class ServerTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;

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
        addRoute(m_http->router, Method::Get, "/later/{where}", answerLater);
        addRoute(m_http->router, Method::Delete, "/empty",
                 [](const RequestPtr &, Reply reply) { reply.send(Response::noContent()); });
        addRoute(m_http->router, Method::Get, "/dropped", [](const RequestPtr &, const Reply &) {});
        addRoute(m_http->router, Method::Get, "/throws",
                 [](const RequestPtr &, const Reply &) { throw std::runtime_error("no"); });
        addRoute(m_http->router, Method::Get, "/injects", [](const RequestPtr &, Reply reply) {
            Response response = Response::text("x");
            response.headers = {{"X-A", "b\r\nX-Evil: 1"}, {"Bad Name", "x"}, {"Content-Length", "99"}};
            response.contentType = "text/plain\r\nX-Evil: 2";
            reply.send(std::move(response));
        });
        m_http->start();
    }
    void cleanup() { m_http.reset(); }

    void answers_data() { eachThread(); }
    void answers()
    {
        QFETCH(QByteArray, path);
        RawClient client(m_http->port());
        for (int i = 0; i < 3; i++) {
            const auto got = client.ask("GET " + path + "?a=1&b=%20 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            QVERIFY(got);
            QCOMPARE(got->status, 200);
            QCOMPARE(got->header("x-query"), QByteArray("a=1&b=%20"));
            QCOMPARE(got->header("x-path"), path);
            QCOMPARE(got->header("x-content-type-options"), QByteArray("nosniff"));
            QCOMPARE(got->header("date"), QByteArray("Tue, 14 Nov 2023 22:13:20 GMT"));
            const auto posted = client.ask(post(path, "hello"));
            QVERIFY(posted);
            QCOMPARE(posted->body, QByteArray("hello"));
        }
        QCOMPARE(m_http->stats.threads[path == "/in/x" ? 0 : 1].requests.load(), uint64_t(6));
    }

    void takesLargeBodies_data() { eachThread(); }
    void takesLargeBodies()
    {
        QFETCH(QByteArray, path);
        QByteArray body(3 << 20, Qt::Uninitialized);
        for (qsizetype i = 0; i < body.size(); i++)
            body[i] = char(i * 31 + i / 977);
        RawClient client(m_http->port());
        for (int i = 0; i < 2; i++) {
            const auto got = client.ask(post(path, body));
            QVERIFY(got);
            QCOMPARE(got->body, body);
        }
        QTRY_COMPARE(m_http->stats.inFlightBytes.load(), int64_t(0));
    }

    void takesBytesOneByOne_data() { eachThread(); }
    void takesBytesOneByOne()
    {
        QFETCH(QByteArray, path);
        RawClient client(m_http->port());
        const QByteArray chunked = "POST " + path +
                                   " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                                   "chunked\r\n\r\n5;x=1\r\nhello\r\nA\r\n, world..!\r\n0\r\n"
                                   "Trailer: x\r\n\r\n";
        for (const QByteArray &request : {post(path, "hello"), chunked}) {
            for (const char c : request)
                QVERIFY(client.send(QByteArray(1, c)));
            const auto got = client.receive();
            QVERIFY(got);
            QCOMPARE(got->status, 200);
        }
        const auto last = client.ask(chunked);
        QVERIFY(last);
        QCOMPARE(last->body, QByteArray("hello, world..!"));
    }

    void answersPipelinedRequestsInOrder()
    {
        RawClient client(m_http->port());
        QByteArray requests;
        for (const int ms : {80, 40, 0, 20})
            requests += "GET /later/x?ms=" + QByteArray::number(ms) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        QVERIFY(client.send(requests));
        for (const int ms : {80, 40, 0, 20}) {
            const auto got = client.receive();
            QVERIFY(got);
            QCOMPARE(got->body, QByteArray::number(ms));
        }
    }

    void boundsPipelining_data() { eachThread(); }
    void boundsPipelining()
    {
        QFETCH(QByteArray, path);
        RawClient client(m_http->port());
        QByteArray requests = "GET /later/x?ms=50 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        constexpr int count = 2000;
        for (int i = 0; i < count; i++)
            requests += post(path, QByteArray::number(i));
        std::thread sender([&] { client.send(requests); });
        QVERIFY(client.receive());
        for (int i = 0; i < count; i++) {
            const auto got = client.receive();
            if (!got || got->body != QByteArray::number(i))
                qWarning("answer %d is missing or wrong", i);
            if (!got)
                break;
            QCOMPARE(got->body, QByteArray::number(i));
        }
        sender.join();
    }

    void sendsNoBodyForHead()
    {
        RawClient client(m_http->port());
        const auto got = client.ask("HEAD /page/x HTTP/1.1\r\nHost: localhost\r\n\r\n", true);
        QVERIFY(got);
        QCOMPARE(got->status, 200);
        QCOMPARE(got->header("content-length"), QByteArray("0"));
        const auto missing = client.ask("HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", true);
        QVERIFY(missing);
        QCOMPARE(missing->status, 404);
        QVERIFY(missing->header("content-length").toInt() > 0);
        const auto next = client.ask("GET /page/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QVERIFY(next && next->status == 200);
        QVERIFY(client.pending().isEmpty());
    }

    void sendsNeitherBodyNorLengthWith204()
    {
        RawClient client(m_http->port());
        const auto got = client.ask("DELETE /empty HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QVERIFY(got);
        QCOMPARE(got->status, 204);
        QVERIFY(!got->hasHeader("content-length"));
        QVERIFY(!got->hasHeader("content-type"));
        QVERIFY(client.ask(post("/page/x", "a")));
    }

    void honoursConnectionClose_data()
    {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<bool>("closes");
        QTest::newRow("1.1") << QByteArray("GET /page/x HTTP/1.1\r\nHost: a\r\n\r\n") << false;
        QTest::newRow("1.1 close") << QByteArray(
                                          "GET /page/x HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n")
                                   << true;
        QTest::newRow("1.0") << QByteArray("GET /page/x HTTP/1.0\r\n\r\n") << true;
        QTest::newRow("1.0 keep-alive")
            << QByteArray("GET /page/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") << false;
        QTest::newRow("1.1 close, ingest")
            << QByteArray("GET /in/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") << true;
    }
    void honoursConnectionClose()
    {
        QFETCH(QByteArray, head);
        QFETCH(bool, closes);
        RawClient client(m_http->port());
        const auto got = client.ask(head);
        QVERIFY(got);
        QCOMPARE(got->status, 200);
        QCOMPARE(got->header("connection") == "close", closes);
        if (closes)
            QVERIFY(client.closedByPeer());
        else
            QVERIFY(client.ask(head));
    }

    void answersExpectation_data() { eachThread(); }
    void answersExpectation()
    {
        QFETCH(QByteArray, path);
        RawClient client(m_http->port());
        const auto go =
            client.ask("POST " + path +
                       " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        QVERIFY(go);
        QCOMPARE(go->status, 100);
        const auto got = client.ask("hello");
        QVERIFY(got);
        QCOMPARE(got->body, QByteArray("hello"));
        const auto refused = client.ask(
            "POST " + path + " HTTP/1.1\r\nHost: a\r\nExpect: a-pony\r\nContent-Length: 5\r\n\r\n");
        QVERIFY(refused);
        QCOMPARE(refused->status, 417);
        RawClient large(m_http->port());
        const auto tooLarge =
            large.ask("POST " + path +
                      " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
        QVERIFY(tooLarge);
        QCOMPARE(tooLarge->status, 413);
    }

    void refusesForeignMethodsAndPaths()
    {
        RawClient client(m_http->port());
        const auto wrong = client.ask("PUT /page/x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        QVERIFY(wrong);
        QCOMPARE(wrong->status, 405);
        QCOMPARE(wrong->header("allow"), QByteArray("GET, HEAD, POST"));
        const auto missing = client.ask("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(missing);
        QCOMPARE(missing->status, 404);
        const QJsonObject error = QJsonDocument::fromJson(missing->body).object().value("error").toObject();
        QCOMPARE(error.value("code").toString(), QString("not_found"));
        QVERIFY(error.value("message").toString().contains("/nothing"));
    }

    void answersWhateverTheHandlerDoes()
    {
        RawClient client(m_http->port());
        for (const QByteArray path : {"/dropped", "/throws"}) {
            const auto got = client.ask("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
            QVERIFY(got);
            QCOMPARE(got->status, 500);
        }
    }

    void stripsHeaderInjection()
    {
        RawClient client(m_http->port());
        const auto got = client.ask("GET /injects HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(got);
        QVERIFY(!got->hasHeader("x-evil"));
        QVERIFY(!got->hasHeader("bad name"));
        QCOMPARE(got->header("content-length"), QByteArray("1"));
        QCOMPARE(got->header("x-a"), QByteArray("bX-Evil: 1"));
    }

    void survivesVanishingClients()
    {
        for (int i = 0; i < 50; i++) {
            RawClient client(m_http->port());
            QVERIFY(client.connected());
            const QByteArray requests[] = {
                "GET /later/x?ms=20 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /la",
                post("/in/x", QByteArray(100'000, 'x')).left(50'000),
                "POST /page/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"};
            client.send(requests[i % 4]);
        }
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
        QTRY_COMPARE(m_http->stats.inFlightBytes.load(), int64_t(0));
        RawClient client(m_http->port());
        QVERIFY(client.ask(post("/in/x", "still here")));
    }

    void shutsDownCleanly()
    {
        RawClient busy(m_http->port());
        RawClient idle(m_http->port());
        QVERIFY(idle.ask(post("/in/x", "a")));
        QVERIFY(busy.send("GET /later/x?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n"));
        QTRY_COMPARE(m_http->stats.threads[1].requests.load(), uint64_t(1));
        QVERIFY(m_http->stop());
        const auto got = busy.receive();
        QVERIFY(got);
        QCOMPARE(got->body, QByteArray("300"));
        QCOMPARE(got->header("connection"), QByteArray("close"));
        QVERIFY(busy.closedByPeer());
        QVERIFY(idle.closedByPeer());
    }

    void cutsOffWhatOutlivesTheGrace()
    {
        RawClient busy(m_http->port());
        QVERIFY(busy.send("GET /later/x?ms=400 HTTP/1.1\r\nHost: a\r\n\r\n"));
        QTRY_COMPARE(m_http->stats.threads[1].requests.load(), uint64_t(1));
        QVERIFY(!m_http->stop(std::chrono::milliseconds(50)));
        QVERIFY(busy.closedByPeer());
        QTest::qWait(500); // the late answer finds nobody, and that is no harm
    }
};

QTEST_GUILESS_MAIN(ServerTest)
#include "ServerTest.moc"

#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QTest>

#include <atomic>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

/// What is malformed, ambiguous or leads outside is refused before a handler sees it, on both kinds of
/// threads.
class RefusalTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;
    std::atomic<int> m_handled{0};

    static void refused(const char *name, const QByteArray &request, int status)
    {
        for (const QByteArray path : {"/in/x", "/page/x"}) {
            QByteArray placed = request;
            placed.replace("PATH", path);
            const QByteArray row = QByteArray(name) + (path == "/in/x" ? " (ingest)" : " (page)");
            QTest::newRow(row.constData()) << placed << status;
        }
    }

private Q_SLOTS:
    void init()
    {
        m_http = std::make_unique<HttpFixture>();
        m_handled = 0;
        const auto handler = [this](const RequestPtr &, Reply reply) {
            m_handled++;
            reply.send(Response::noContent());
        };
        for (const Method method : {Method::Get, Method::Post}) {
            addRoute(m_http->router, method, "/in/{name}", handler, true, 1000);
            addRoute(m_http->router, method, "/page/{rest:path}", handler, false, 1000);
        }
        m_http->start();
    }
    void cleanup() { m_http.reset(); }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        const QByteArray start = "POST PATH HTTP/1.1\r\nHost: a\r\n";
        refused("two lengths", start + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400);
        refused("two different lengths", start + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc", 400);
        refused("list of lengths", start + "Content-Length: 3, 3\r\n\r\nabc", 400);
        refused("length and chunked",
                start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
        refused("chunked and length",
                start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400);
        refused("negative length", start + "Content-Length: -1\r\n\r\n", 400);
        refused("signed length", start + "Content-Length: +3\r\n\r\nabc", 400);
        refused("hexadecimal length", start + "Content-Length: 0x3\r\n\r\nabc", 400);
        refused("empty length", start + "Content-Length:\r\n\r\n", 400);
        refused("huge length", start + "Content-Length: 99999999999999999999\r\n\r\n", 400);
        refused("length over the route's", start + "Content-Length: 1001\r\n\r\n" + QByteArray(1001, 'x'),
                413);
        refused("length far over the route's", start + "Content-Length: 10000000000\r\n\r\nabc", 413);
        refused("two transfer encodings",
                start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
        refused("chunked twice", start + "Transfer-Encoding: chunked, chunked\r\n\r\n", 501);
        refused("other transfer encoding", start + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501);
        refused("hidden transfer encoding", start + "Transfer-Encoding: \vchunked\r\n\r\n", 400);
        refused("chunked in HTTP/1.0", "POST PATH HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400);
        const QByteArray chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
        refused("chunk size no number", chunked + "xyz\r\nabc\r\n0\r\n\r\n", 400);
        refused("chunk size empty", chunked + "\r\nabc\r\n0\r\n\r\n", 400);
        refused("chunk size negative", chunked + "-3\r\nabc\r\n0\r\n\r\n", 400);
        refused("chunk size prefixed", chunked + "0x3\r\nabc\r\n0\r\n\r\n", 400);
        refused("chunk size with space", chunked + " 3\r\nabc\r\n0\r\n\r\n", 400);
        refused("chunk size too long", chunked + "00000000000000003\r\nabc\r\n0\r\n\r\n", 400);
        refused("chunk size overflows", chunked + "fffffffffffffff\r\nabc", 413);
        refused("chunk with bare LF", chunked + "3\nabc\r\n0\r\n\r\n", 400);
        refused("chunk longer than its size", chunked + "3\r\nabcd\r\n0\r\n\r\n", 400);
        refused("chunk extension with LF", chunked + "3;a\nb\r\nabc\r\n0\r\n\r\n", 400);
        refused("chunk extension without end", chunked + "3;" + QByteArray(20'000, 'x'), 400);
        refused("trailers without end", chunked + "0\r\n" + QByteArray("a: b\r\n").repeated(5000), 400);
        refused("chunks over the route's",
                chunked + QByteArray("64\r\n" + QByteArray(100, 'x') + "\r\n").repeated(11), 413);
        refused("folded header", start + "X-A: b\r\n c\r\n\r\n", 400);
        refused("space before colon", start + "Content-Length : 3\r\n\r\nabc", 400);
        refused("no colon", start + "nonsense\r\n\r\n", 400);
        refused("empty header name", start + ": x\r\n\r\n", 400);
        refused("bare CR in header", start + "X-A: b\rContent-Length: 3\r\n\r\n", 400);
        refused("bare LF", "GET PATH HTTP/1.1\nHost: a\n\n", 400);
        refused("NUL in header", start + QByteArray("X-A: b\0c\r\n\r\n", 12), 400);
        refused("two hosts", start + "Host: b\r\n\r\n", 400);
        refused("no host", "GET PATH HTTP/1.1\r\n\r\n", 400);
        refused("other host in target", "GET http://bPATH HTTP/1.1\r\nHost: a\r\n\r\n", 400);
        refused("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
        refused("HTTP/0.9", "GET PATH\r\n\r\n", 400);
        refused("lower case http", "GET PATH http/1.1\r\nHost: a\r\n\r\n", 400);
        refused("unknown method", "BREW PATH HTTP/1.1\r\nHost: a\r\n\r\n", 501);
        refused("malformed method", "GE(T PATH HTTP/1.1\r\nHost: a\r\n\r\n", 400);
        refused("space in target", "GET PATH b HTTP/1.1\r\nHost: a\r\n\r\n", 400);
        refused("fragment", "GET PATH#x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
        for (const char *path :
             {"/page/../x", "/page/..", "/page/%2e%2e/x", "/page/.%2E", "/page/%2e/x", "/page/./x",
              "/page/a%2fb", "/page/a%2Fb", "/page/..%2fx", "/page/a%5cb", "/page/a%00b", "/page/a%0ab",
              "/page/a%zz", "/page/a%2", "/page/%ff%fe", "/page/\\x", "page/x", "*"}) {
            QTest::newRow(path) << "GET " + QByteArray(path) + " HTTP/1.1\r\nHost: a\r\n\r\n" << 400;
        }
        refused("many headers", start + QByteArray("X-A: b\r\n").repeated(101) + "\r\n", 431);
        refused("large header", start + "X-A: " + QByteArray(20'000, 'x') + "\r\n\r\n", 431);
        refused("endless header", start + "X-A: " + QByteArray(1'000'000, 'x'), 431);
        refused("endless request line", "GET PATH" + QByteArray(1'000'000, 'x'), 431);
        refused("random bytes", QByteArray("\x80\x81\x82 \x83\r\n\r\n"), 400);
    }
    void refuses()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        RawClient client(m_http->port());
        client.send(request + get("/page/smuggled"));
        const auto got = client.receive();
        QVERIFY(got);
        QCOMPARE(got->status, status);
        QVERIFY2(got->body.startsWith("{\"error\":{\"code\":"), got->body.constData());
        if (got->header("connection") == "close") {
            QVERIFY(client.closedByPeer());
            QCOMPARE(m_handled.load(), 0);
            QVERIFY(client.pending().isEmpty());
        } else {
            // The body was framed and thrown away, so the next request is still one.
            const auto next = client.receive();
            QVERIFY(next);
            QCOMPARE(next->status, 204);
            QCOMPARE(m_handled.load(), 1);
        }
        QTRY_COMPARE(m_http->stats.inFlightBytes.load(), int64_t(0));
        RawClient other(m_http->port());
        QVERIFY(other.ask(get("/page/x")));
    }

    void answersWhatCameBeforeTheRefused()
    {
        RawClient client(m_http->port());
        QVERIFY(client.send(get("/page/a") + get("/page/b") + "nonsense\r\n\r\n"));
        for (const int status : {204, 204, 400}) {
            const auto got = client.receive();
            QVERIFY(got);
            QCOMPARE(got->status, status);
        }
        QVERIFY(client.closedByPeer());
    }

    void keepsTheConnectionWhenARefusedBodyIsSmall()
    {
        RawClient client(m_http->port());
        const auto missing = client.ask(post("/nothing", QByteArray(100'000, 'x')));
        QVERIFY(missing);
        QCOMPARE(missing->status, 404);
        const auto chunked =
            client.ask("POST /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "3\r\nabc\r\n0\r\n\r\n");
        QVERIFY(chunked);
        QCOMPARE(chunked->status, 404);
        const auto next = client.ask(get("/page/x"));
        QVERIFY(next);
        QCOMPARE(next->status, 204);
    }

    void letsTheClientReadTheRefusalOfAHugeBody()
    {
        RawClient client(m_http->port());
        QVERIFY(client.send("POST /page/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\n"));
        const QByteArray block(1 << 20, 'x');
        for (int i = 0; i < 8 && client.send(block); i++) {
        }
        const auto got = client.receive();
        QVERIFY(got);
        QCOMPARE(got->status, 413);
    }

    void takesWhatIsUnusualButRight()
    {
        RawClient client(m_http->port());
        for (const QByteArray request : {"\r\nGET /page/x HTTP/1.1\r\nHost: a\r\n\r\n",
                                         "GET http://A/page/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
                                         "GET /page/a..b/...%20x HTTP/1.1\r\nhOST:a\r\nX-Empty:\r\n\r\n",
                                         "POST /page/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                                         "Chunked\r\n\r\n003;a=\"b\"\r\nabc\r\n0\r\nX: y\r\n\r\n",
                                         "GET /page/\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
                                         "GET /page/%C3%A9 HTTP/1.1\r\nHost: a\r\n\r\n"}) {
            const auto got = client.ask(request);
            QVERIFY2(got, request.constData());
            QVERIFY2(got->status == 204, request + got->body);
        }
    }
};

QTEST_GUILESS_MAIN(RefusalTest)
#include "RefusalTest.moc"

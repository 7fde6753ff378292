#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/RunProgram.h"
#include "tests/support/TestRoutes.h"

#include <QNetworkProxy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryFile>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

/// Addresses, and which thread gets which connection.
class ListenerTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;

    Status tryToListen(const std::string &address)
    {
        const ServerContext context{m_http->router, m_http->access, m_http->clock,
                                    m_http->stats,  m_http->tls,    m_http->limits};
        Listener listener(context, nullptr, {});
        return listener.listen(address);
    }

    static QByteArray answerOf(const QHostAddress &address, quint16 port)
    {
        QTcpSocket socket;
        socket.setProxy(QNetworkProxy::NoProxy);
        socket.connectToHost(address, port);
        if (!socket.waitForConnected(10'000))
            return "not connected";
        socket.write(get("/page/x", "Connection: close\r\n"));
        while (socket.waitForReadyRead(10'000)) {
        }
        return socket.readAll().left(15);
    }

private Q_SLOTS:
    void init()
    {
        m_http = std::make_unique<HttpFixture>();
        addEchoRoutes(m_http->router);
    }
    void cleanup() { m_http.reset(); }

    void listensOnEachKindOfAddress_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("url");
        QTest::addColumn<bool>("ipv4");
        QTest::addColumn<bool>("ipv6");
        QTest::addColumn<bool>("loopbackOnly");
        QTest::newRow("IPv4") << "127.0.0.1:0"
                              << "http://127.0.0.1:" << true << false << true;
        QTest::newRow("IPv6") << "[::1]:0"
                              << "http://[::1]:" << false << true << true;
        QTest::newRow("localhost") << "localhost:0"
                                   << "http://localhost:" << true << true << true;
        QTest::newRow("all") << "*:0"
                             << "http://127.0.0.1:" << true << true << false;
        QTest::newRow("all, short") << ":0"
                                    << "http://127.0.0.1:" << true << true << false;
        QTest::newRow("all IPv4") << "0.0.0.0:0"
                                  << "http://127.0.0.1:" << true << false << false;
    }
    void listensOnEachKindOfAddress()
    {
        QFETCH(QString, address);
        QFETCH(QString, url);
        QFETCH(bool, ipv4);
        QFETCH(bool, ipv6);
        QFETCH(bool, loopbackOnly);
        QTcpServer probe;
        if (ipv6 && !probe.listen(QHostAddress::LocalHostIPv6))
            QSKIP("this machine has no IPv6");
        m_http->start(address.toStdString());
        QVERIFY(m_http->port() > 0);
        QCOMPARE(QString::fromStdString(m_http->url()), url + QString::number(m_http->port()));
        QCOMPARE(m_http->listener->loopbackOnly(), loopbackOnly);
        if (ipv4)
            QCOMPARE(answerOf(QHostAddress::LocalHost, m_http->port()), QByteArray("HTTP/1.1 200 OK"));
        if (ipv6)
            QCOMPARE(answerOf(QHostAddress::LocalHostIPv6, m_http->port()), QByteArray("HTTP/1.1 200 OK"));
    }

    void saysWhatToDoWhenThePortIsTaken()
    {
        m_http->start();
        const Status taken = tryToListen("127.0.0.1:" + std::to_string(m_http->port()));
        QVERIFY(!taken);
        QCOMPARE(taken.error().code, ErrorCode::Conflict);
        QVERIFY(taken.error().message.find(std::to_string(m_http->port())) != std::string::npos);
        QVERIFY(taken.error().hint.find("--listen") != std::string::npos);
        QCOMPARE(tryToListen("*:" + std::to_string(m_http->port())).error().code, ErrorCode::Conflict);
    }

    void refusesWhatIsNoAddress()
    {
        for (const char *address : {"", "9510", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999",
                                    "::1:80", "example.com:80", "[::1:80", "127.0.0.1:80x"})
            QVERIFY2(!tryToListen(address), address);
        QCOMPARE(tryToListen("192.0.2.1:0").error().code, ErrorCode::Invalid);
    }

    void givesEachConnectionToItsThread()
    {
        m_http->start();
        const auto requests = [this](int thread) {
            return m_http->stats.threads[size_t(thread)].requests.load();
        };
        RawClient ingest(m_http->port());
        QVERIFY(ingest.ask(post("/in/x?a=b", "1")));
        QCOMPARE(requests(0), uint64_t(1));
        RawClient page(m_http->port());
        QVERIFY(page.ask(get("/page/x")));
        QCOMPARE(requests(1), uint64_t(1));
        // A connection stays where its first request took it, and is served there all the same.
        QVERIFY(ingest.ask(get("/page/x")));
        QVERIFY(page.ask(get("/in/x")));
        QCOMPARE(requests(0), uint64_t(2));
        QCOMPARE(requests(1), uint64_t(2));
        RawClient late(m_http->port());
        QTest::qSleep(100); // the first bytes come after the connection was accepted
        QVERIFY(late.ask(post("/in/x", "1")));
        QCOMPARE(requests(0), uint64_t(3));
        RawClient odd(m_http->port());
        const auto got = odd.ask("\x01\x02\x03\r\n\r\n");
        QVERIFY(got);
        QCOMPARE(got->status, 400);
    }

    void servesCurl()
    {
        m_http->start();
        const auto curl = [](const QStringList &arguments) {
            return runProgram("curl", QStringList{"-s", "-S", "--max-time", "60"} + arguments).output;
        };
        const QString base = QString::fromStdString(m_http->url());
        QCOMPARE(curl({"-d", "49", base + "/in/revenue?plan=pro"}), QByteArray("49"));
        QCOMPARE(curl({"--http1.0", base + "/page/x", "-o", "/dev/null", "-w", "%{http_code}"}),
                 QByteArray("200"));
        QCOMPARE(curl({"-I", base + "/page/x", "-o", "/dev/null", "-w", "%{http_code}"}), QByteArray("200"));
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write(QByteArray(3'000'000, 'x'));
        file.flush();
        const QString upload = "@" + file.fileName();
        for (const QString header : {"Expect: 100-continue", "Transfer-Encoding: chunked", "X-A: b"})
            QCOMPARE(curl({"-H", header, "--data-binary", upload, base + "/in/x", "-o", "/dev/null", "-w",
                           "%{http_code} %{size_download}"}),
                     QByteArray("200 3000000"));
        QCOMPARE(curl({"--compressed", "--data-binary", upload, base + "/page/x", "-o", "/dev/null", "-w",
                       "%{http_code}"}),
                 QByteArray("200"));
        QCOMPARE(curl({base + "/in/a", base + "/in/b", "--path-as-is", base + "/in/../x", "-o", "/dev/null",
                       "-w", "%{num_connects}:%{http_code} ", "-o", "/dev/null", "-o", "/dev/null"}),
                 QByteArray("1:200 0:200 0:400 "));
    }
};

QTEST_GUILESS_MAIN(ListenerTest)
#include "ListenerTest.moc"

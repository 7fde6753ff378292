#include "alerts/OutboundHttp.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::WebhookReceiver;
using Plan = WebhookReceiver::Plan;

namespace {

OutboundHttp::Options quick(int timeoutMs = 20'000)
{
    OutboundHttp::Options options;
    options.timeoutMs = timeoutMs;
    options.userAgent = "Plimsoll/test";
    return options;
}

OutboundRequest requestTo(const QString &url)
{
    OutboundRequest request;
    request.url = QUrl(url);
    request.body = R"({"event":"test"})";
    request.headers = {{"Content-Type", "application/json"}, {"X-Token", "s3cret"}};
    return request;
}

SendOutcome post(OutboundHttp &http, const QString &url) { return QCoro::waitFor(http.send(requestTo(url))); }

} // namespace

class OutboundHttpTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void delivers()
    {
        WebhookReceiver receiver;
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, receiver.url("/a/b?c=d"));
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QCOMPARE(outcome.status, std::optional(200));
        QCOMPARE(outcome.body, std::string("ok"));
        QCOMPARE(receiver.received().size(), size_t(1));
        const auto &request = receiver.received().front();
        QCOMPARE(request.method, "POST");
        QCOMPARE(request.target, "/a/b?c=d");
        QCOMPARE(request.header("x-token"), "s3cret");
        QCOMPARE(request.header("user-agent"), "Plimsoll/test");
        QCOMPARE(request.event(), "test");
    }

    void sendsTheNameAsHost()
    {
        WebhookReceiver receiver;
        OutboundHttp http(OutboundPolicy(true), quick());
        const QString host = "localhost:" + QString::number(receiver.port());
        const SendOutcome outcome = post(http, "http://" + host + "/hook");
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QCOMPARE(receiver.received().front().header("host"), host.toUtf8());
    }

    void reachesIpv6()
    {
        WebhookReceiver receiver(QHostAddress::LocalHostIPv6);
        if (receiver.port() == 0)
            QSKIP("no IPv6 loopback here");
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, receiver.url());
        QVERIFY2(outcome.delivered, outcome.error.c_str());
    }

    void followsRedirects_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("method");
        QTest::newRow("301") << 301 << QByteArray("POST");
        QTest::newRow("302") << 302 << QByteArray("POST");
        QTest::newRow("303") << 303 << QByteArray("GET");
        QTest::newRow("307") << 307 << QByteArray("POST");
        QTest::newRow("308") << 308 << QByteArray("POST");
    }

    void followsRedirects()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, method);
        WebhookReceiver receiver;
        receiver.answerNext({Plan::Kind::Answer, status, "", "Location: /other?x=y\r\n"});
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, receiver.url());
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QCOMPARE(receiver.received().size(), size_t(2));
        const auto &followed = receiver.received().back();
        QCOMPARE(followed.target, "/other?x=y");
        QCOMPARE(followed.method, method);
        QCOMPARE(followed.body, method == "POST" ? receiver.received().front().body : QByteArray());
    }

    void givesOwnHeadersToNoOtherHost()
    {
        WebhookReceiver first;
        WebhookReceiver second;
        first.answerNext({Plan::Kind::Answer, 307, "", "Location: /again\r\n"});
        first.answerNext({Plan::Kind::Answer, 307, "", "Location: " + second.url().toUtf8() + "\r\n"});
        OutboundHttp http(OutboundPolicy(true), quick());
        OutboundRequest request = requestTo(first.url());
        request.ownHeaders = {{"Authorization", "Bearer s3cret"}};
        const SendOutcome outcome = QCoro::waitFor(http.send(request));
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QCOMPARE(first.received().back().header("authorization"), "Bearer s3cret");
        QCOMPARE(second.received().size(), size_t(1));
        QCOMPARE(second.received().front().header("authorization"), QByteArray());
        QCOMPARE(second.received().front().header("x-token"), "s3cret");
    }

    void givesASecretBodyToNoOtherHost()
    {
        WebhookReceiver first;
        WebhookReceiver second;
        first.answerNext({Plan::Kind::Answer, 307, "", "Location: " + second.url().toUtf8() + "\r\n"});
        OutboundHttp http(OutboundPolicy(true), quick());
        OutboundRequest request = requestTo(first.url());
        request.bodyIsSecret = true;
        const SendOutcome outcome = QCoro::waitFor(http.send(request));
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.error, std::string("The receiver redirects (307) to another host, which must not "
                                            "see the secrets."));
        QCOMPARE(second.connections(), 0);
    }

    void endsALoopOfRedirects()
    {
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Answer, 302, "", "Location: /hook\r\n"});
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, receiver.url());
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.error, std::string("The receiver redirects more than 5 times."));
        QCOMPARE(receiver.received().size(), size_t(6));
    }

    void reportsFailures_data()
    {
        QTest::addColumn<int>("status");
        QTest::newRow("400") << 400;
        QTest::newRow("401") << 401;
        QTest::newRow("404") << 404;
        QTest::newRow("429") << 429;
        QTest::newRow("500") << 500;
        QTest::newRow("503") << 503;
    }

    void reportsFailures()
    {
        QFETCH(int, status);
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Answer, status, "no", "Retry-After: 7\r\n"});
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, receiver.url());
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.status, std::optional(status));
        QCOMPARE(outcome.body, std::string("no"));
        QCOMPARE(outcome.retryAfterMs, std::optional<int64_t>(7000));
        QCOMPARE(outcome.error, "The receiver answered " + std::to_string(status) + ".");
        QCOMPARE(receiver.received().size(), size_t(1));
    }

    void givesUpOnAHangingReceiver()
    {
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Hang, 0, "", ""});
        OutboundHttp http(OutboundPolicy(true), quick(300));
        const SendOutcome outcome = post(http, receiver.url());
        QVERIFY(!outcome.delivered);
        QVERIFY(!outcome.status);
        QCOMPARE(outcome.error, std::string("The receiver did not answer in time."));
    }

    void survivesAReceiverThatCloses()
    {
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Close, 0, "", ""});
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, receiver.url());
        QVERIFY(!outcome.delivered);
        QVERIFY(!outcome.error.empty());
        QCOMPARE(receiver.received().size(), size_t(1));
    }

    void reportsARefusedConnection()
    {
        quint16 port = 0;
        {
            const WebhookReceiver gone;
            port = gone.port();
        }
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, "http://127.0.0.1:" + QString::number(port) + "/");
        QVERIFY(!outcome.delivered);
        QVERIFY(!outcome.connected);
        QVERIFY(!outcome.error.empty());
    }

    void reportsAnUnknownHost()
    {
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, "http://no-such-host.invalid/");
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.error, std::string("The host no-such-host.invalid was not found."));
    }

    void readsNoMoreThanItsLimit()
    {
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Answer, 200, QByteArray(100 << 20, 'x'), ""});
        OutboundHttp http(OutboundPolicy(true), quick());
        const SendOutcome outcome = post(http, receiver.url());
        QVERIFY(outcome.delivered);
        QCOMPARE(outcome.body.size(), size_t(4096));
    }

    void refusesPrivateAddressesWhereTold()
    {
        WebhookReceiver receiver;
        OutboundHttp http(OutboundPolicy(false), quick());
        for (const QString &url : {receiver.url(), QString("http://localhost:%1/").arg(receiver.port()),
                                   QString("http://2130706433:%1/").arg(receiver.port()),
                                   QString("http://0177.0.0.1:%1/").arg(receiver.port()),
                                   QString("http://[::ffff:127.0.0.1]:%1/").arg(receiver.port())}) {
            const SendOutcome outcome = post(http, url);
            QVERIFY2(!outcome.delivered, qPrintable(url));
            QVERIFY2(!outcome.error.empty(), qPrintable(url));
        }
        QTest::qWait(50);
        QCOMPARE(receiver.connections(), 0);
    }

    void refusesMetadataEverywhere()
    {
        OutboundHttp http(OutboundPolicy(true), quick());
        for (const char *url : {"http://169.254.169.254/", "http://2852039166/", "http://[fe80::1]/"}) {
            QVERIFY2(!post(http, url).delivered, url);
        }
    }

    void endsWhenItIsDestroyed()
    {
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Hang, 0, "", ""});
        auto http = std::make_unique<OutboundHttp>(OutboundPolicy(true), quick());
        auto task = http->send(requestTo(receiver.url()));
        QTRY_COMPARE(receiver.received().size(), size_t(1));
        http.reset();
        const SendOutcome outcome = QCoro::waitFor(std::move(task));
        QVERIFY(!outcome.delivered);
    }
};

QTEST_GUILESS_MAIN(OutboundHttpTest)
#include "OutboundHttpTest.moc"

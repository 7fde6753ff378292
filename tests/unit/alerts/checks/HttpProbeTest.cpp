#include "alerts/checks/HttpProbe.h"
#include "alerts/checks/Check.h"
#include "alerts/checks/JsonPath.h"
#include "alerts/checks/ProbeThread.h"
#include "tests/support/ManualClock.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/TlsServer.h"
#include "tests/support/WebhookReceiver.h"

#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

namespace {

constexpr int patienceMs = 30'000;

WebhookReceiver::Plan answer(int status, const QByteArray &body, const QByteArray &headers = {})
{
    return {WebhookReceiver::Plan::Kind::Answer, status, body, headers};
}

} // namespace

class HttpProbeTest : public QObject
{
    Q_OBJECT

private:
    ManualClock m_clock{QDateTime::currentMSecsSinceEpoch()};
    MemorySeries m_series;
    std::unique_ptr<ProbeThread> m_probes;
    std::unique_ptr<WebhookReceiver> m_server;

    ProbeResult look(const QString &url, const QJsonObject &settings = {}, const QJsonObject &expect = {},
                     const QJsonObject &more = {})
    {
        QJsonObject object{{"name", "shop"},   {"kind", "http"},       {"target", url},
                           {"timeout", "20s"}, {"settings", settings}, {"expect", expect}};
        for (auto it = more.begin(); it != more.end(); ++it)
            object.insert(it.key(), *it);
        const Result<Check> check = Check::fromJson(object, nullptr);
        if (!check)
            return ProbeResult::failed("DEFINITION " + check.error().message);
        const QFuture<ProbeResult> running = m_probes->run(*check);
        return QTest::qWaitFor([&] { return running.isFinished(); }, patienceMs)
                   ? running.result()
                   : ProbeResult::failed("NEVER ENDED");
    }

private Q_SLOTS:
    void init()
    {
        m_probes = std::make_unique<ProbeThread>(ProbeContext::Options(), m_series, m_clock);
        m_server = std::make_unique<WebhookReceiver>();
    }
    void cleanup()
    {
        m_probes.reset();
        m_server.reset();
    }
    void holdsTheAnswerToWhatIsExpected_data();
    void holdsTheAnswerToWhatIsExpected();
    void sendsWhatItIsTold();
    void countsSlowAnswersAsDegraded();
    void followsRedirects();
    void stopsAtARedirectTo_data();
    void stopsAtARedirectTo();
    void leavesHeadersAtHome();
    void readsOnlySoMuch();
    void saysWhatIsWrongWithTls();
    void triesEveryAddress();
    void findsItsWayThroughJson_data();
    void findsItsWayThroughJson();
};

void HttpProbeTest::holdsTheAnswerToWhatIsExpected_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QJsonObject>("expect");
    QTest::addColumn<QString>("problem");
    const auto json = [](const QString &path, const QString &op, const QJsonValue &value) {
        return QJsonObject{{"json", QJsonObject{{"path", path}, {"op", op}, {"value", value}}}};
    };
    const QByteArray body = R"({"status":"up","queue":{"depth":[3,12]},"ok":true,"none":null})";
    QTest::newRow("200") << 200 << body << QJsonObject{} << "";
    QTest::newRow("204") << 204 << QByteArray() << QJsonObject{} << "";
    QTest::newRow("302 is not followed further")
        << 302 << body << QJsonObject{} << "The status is 302; expected was 200-299.";
    QTest::newRow("one status") << 401 << body << QJsonObject{{"status", 401}} << "";
    QTest::newRow("ranges") << 418 << body << QJsonObject{{"status", "200-204, 418"}} << "";
    QTest::newRow("list") << 418 << body << QJsonObject{{"status", QJsonArray{200, "400-420"}}} << "";
    QTest::newRow("outside") << 500 << body << QJsonObject{{"status", "200-299, 404"}}
                             << "The status is 500; expected was 200-299, 404.";
    QTest::newRow("text") << 200 << body << QJsonObject{{"text", "\"up\""}} << "";
    QTest::newRow("no text") << 200 << body << QJsonObject{{"text", "down"}}
                             << "The answer does not hold \"down\".";
    QTest::newRow("unwanted") << 200 << body << QJsonObject{{"not_text", "queue"}}
                              << "The answer holds \"queue\".";
    QTest::newRow("matches") << 200 << body << QJsonObject{{"matches", "depth.*12"}} << "";
    QTest::newRow("matches not") << 200 << body << QJsonObject{{"matches", "^up"}}
                                 << "The answer does not match ^up.";
    QTest::newRow("json") << 200 << body << json("status", "==", "up") << "";
    QTest::newRow("json other") << 200 << body << json("$.status", "==", "down")
                                << R"($.status is "up"; expected was == "down".)";
    QTest::newRow("json number") << 200 << body << json("queue.depth[1]", "<", 20) << "";
    QTest::newRow("json too much") << 200 << body << json("queue.depth[1]", "<", 10)
                                   << "queue.depth[1] is 12; expected was < 10.";
    QTest::newRow("json absent") << 200 << body << json("queue.length", "==", 1)
                                 << "queue.length is not there; expected was == 1.";
    QTest::newRow("json absent is not unequal")
        << 200 << body << json("queue.length", "!=", 1) << "queue.length is not there; expected was != 1.";
    QTest::newRow("json true") << 200 << body << json("ok", "==", true) << "";
    QTest::newRow("json null") << 200 << body << json("none", "==", QJsonValue::Null) << "";
    QTest::newRow("json text is no number")
        << 200 << body << json("status", ">", 1) << R"(status is "up"; expected was > 1.)";
    QTest::newRow("no json") << 200 << QByteArray("<html>") << json("status", "==", "up")
                             << "The answer is not JSON: illegal value.";
}

void HttpProbeTest::holdsTheAnswerToWhatIsExpected()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QJsonObject, expect);
    QFETCH(QString, problem);
    m_server->answerAll(answer(status, body));
    const ProbeResult result = look(m_server->url(), {}, expect);
    QCOMPARE(result.outcome, problem.isEmpty() ? Outcome::Ok : Outcome::Failed);
    QCOMPARE(QString::fromStdString(result.message),
             problem.isEmpty() ? QString("Status %1.").arg(status) : problem);
}

void HttpProbeTest::sendsWhatItIsTold()
{
    const QJsonObject settings{
        {"method", "put"}, {"body", "tide=high"}, {"headers", QJsonObject{{"X-Dock", "7"}, {"Empty", ""}}}};
    QCOMPARE(look(m_server->url("/a?b=c#d"), settings).outcome, Outcome::Ok);
    const WebhookReceiver::Received request = m_server->received().back();
    QCOMPARE(request.method, QByteArray("PUT"));
    QCOMPARE(request.target, QByteArray("/a?b=c"));
    QCOMPARE(request.body, QByteArray("tide=high"));
    QCOMPARE(request.header("x-dock"), QByteArray("7"));
    QVERIFY(request.headers.contains("empty"));
    QCOMPARE(request.header("host"), QByteArray("127.0.0.1:") + QByteArray::number(m_server->port()));
    QCOMPARE(request.header("user-agent"), QByteArray("Plimsoll"));
    m_server->answerAll(answer(200, ""));
    QCOMPARE(look(m_server->url(), {{"method", "HEAD"}}).outcome, Outcome::Ok);
    QCOMPARE(m_server->received().back().method, QByteArray("HEAD"));
    // A connection is not kept: the check is of the way there too.
    QCOMPARE(m_server->connections(), 2);
}

void HttpProbeTest::countsSlowAnswersAsDegraded()
{
    const ProbeResult result = look(m_server->url(), {}, {}, {{"degraded_ms", 1}});
    if (result.durationMs >= 1) {
        QCOMPARE(result.outcome, Outcome::Degraded);
        QVERIFY2(QString::fromStdString(result.message).endsWith("more than 1 ms counts as degraded."),
                 result.message.c_str());
    }
    QCOMPARE(look(m_server->url(), {}, {}, {{"degraded_ms", 20000}}).outcome, Outcome::Ok);
}

void HttpProbeTest::followsRedirects()
{
    m_server->answerNext(answer(302, "", "Location: /b\r\n"));
    m_server->answerNext(answer(307, "", "Location: " + m_server->url("/c").toLatin1() + "\r\n"));
    QCOMPARE(look(m_server->url("/a"), {{"method", "POST"}, {"body", "x"}}).outcome, Outcome::Ok);
    QCOMPARE(m_server->count(), 3);
    QCOMPARE(m_server->received()[1].method, QByteArray("GET"));
    QCOMPARE(m_server->received()[1].body, QByteArray());
    QCOMPARE(m_server->received()[2].target, QByteArray("/c"));

    m_server->answerNext(answer(307, "", "Location: /b\r\n"));
    QCOMPARE(look(m_server->url("/a"), {{"method", "POST"}, {"body", "x"}}).outcome, Outcome::Ok);
    QCOMPARE(m_server->received().back().body, QByteArray("x"));

    m_server->answerAll(answer(302, "", "Location: /again\r\n"));
    const ProbeResult endless = look(m_server->url("/a"), {{"redirects", 3}});
    QCOMPARE(QString::fromStdString(endless.message), QStringLiteral("There were more than 3 redirects."));
    QCOMPARE(look(m_server->url("/a"), {{"redirects", 0}}, {{"status", 302}}).outcome, Outcome::Ok);
}

void HttpProbeTest::stopsAtARedirectTo_data()
{
    QTest::addColumn<QByteArray>("location");
    QTest::newRow("metadata") << QByteArray("http://169.254.169.254/latest/meta-data");
    QTest::newRow("decimal") << QByteArray("http://2852039166/");
    QTest::newRow("mapped") << QByteArray("http://[::ffff:169.254.169.254]/");
    QTest::newRow("file") << QByteArray("file:///etc/passwd");
    QTest::newRow("gopher") << QByteArray("gopher://127.0.0.1:6379/_FLUSHALL");
    QTest::newRow("credentials") << QByteArray("http://a:b@127.0.0.1/");
    QTest::newRow("unspecified") << QByteArray("http://0.0.0.0/");
}

void HttpProbeTest::stopsAtARedirectTo()
{
    QFETCH(QByteArray, location);
    m_server->answerNext(answer(302, "", "Location: " + location + "\r\n"));
    const ProbeResult result = look(m_server->url());
    QCOMPARE(result.outcome, Outcome::Failed);
    QCOMPARE(m_server->count(), 1);
}

/// What may be a secret goes to the host of the check and to nobody else.
void HttpProbeTest::leavesHeadersAtHome()
{
    WebhookReceiver other;
    m_server->answerNext(answer(302, "", "Location: " + other.url().toLatin1() + "\r\n"));
    QCOMPARE(look(m_server->url(), {{"headers", QJsonObject{{"Authorization", "Bearer hush"}}}}).outcome,
             Outcome::Ok);
    QCOMPARE(m_server->received().back().header("authorization"), QByteArray("Bearer hush"));
    QCOMPARE(other.count(), 1);
    QVERIFY(!other.received().back().headers.contains("authorization"));
}

void HttpProbeTest::readsOnlySoMuch()
{
    m_server->answerAll(answer(200, QByteArray(5 * 1024 * 1024, 'a') + "end"));
    QCOMPARE(look(m_server->url(), {}, {{"not_text", "end"}}).outcome, Outcome::Ok);
    QCOMPARE(look(m_server->url(), {}, {{"text", "aaa"}}).outcome, Outcome::Ok);
}

void HttpProbeTest::saysWhatIsWrongWithTls()
{
    TlsServer server;
    QVERIFY(server.useCertificate(30));
    QVERIFY(server.listen());
    server.setAnswer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const QString url = "https://" + server.address();
    const ProbeResult distrusted = look(url);
    QCOMPARE(distrusted.outcome, Outcome::Failed);
    QVERIFY2(QString::fromStdString(distrusted.message).contains("is not accepted"),
             distrusted.message.c_str());
    const ProbeResult trusted = look(url, {{"tls", QJsonObject{{"verify", false}}}});
    QVERIFY2(trusted.outcome == Outcome::Ok, trusted.message.c_str());
    const auto days = std::find_if(trusted.figures.begin(), trusted.figures.end(), [](const auto &figure) {
        return figure.first == "check_tls_expiry_days";
    });
    QVERIFY(days != trusted.figures.end());
    QVERIFY(days->second > 29 && days->second < 30.1);
}

/// localhost may be ::1 as well, where nobody listens.
void HttpProbeTest::triesEveryAddress()
{
    const ProbeResult result = look(QString("http://localhost:%1/").arg(m_server->port()));
    QVERIFY2(result.outcome == Outcome::Ok, result.message.c_str());
    QCOMPARE(m_server->received().back().header("host"),
             QByteArray("localhost:") + QByteArray::number(m_server->port()));
}

void HttpProbeTest::findsItsWayThroughJson_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("found"); ///< empty: not there; "!": no path
    QTest::newRow("member") << "a"
                            << "1";
    QTest::newRow("root") << "$.a"
                          << "1";
    QTest::newRow("deep") << "b.c[1].d"
                          << "x";
    QTest::newRow("quoted") << R"(b["odd name"])"
                            << "y";
    QTest::newRow("beyond the end") << "b.c[9]"
                                    << "";
    QTest::newRow("not an array") << "a[0]"
                                  << "";
    QTest::newRow("not an object") << "a.b"
                                   << "";
    QTest::newRow("empty step") << "a..b"
                                << "!";
    QTest::newRow("negative") << "b.c[-1]"
                              << "!";
    QTest::newRow("open") << "b.c[1"
                          << "!";
    QTest::newRow("open quote") << R"(b["c)"
                                << "!";
    QTest::newRow("glued") << "b.c[1]d"
                           << "!";
    QTest::newRow("dot last") << "a."
                              << "!";
    QTest::newRow("too deep") << QString("a.").repeated(100) + "a"
                              << "!";
}

void HttpProbeTest::findsItsWayThroughJson()
{
    QFETCH(QString, path);
    QFETCH(QString, found);
    const QJsonObject document =
        QJsonDocument::fromJson(R"({"a":1,"b":{"c":[0,{"d":"x"}],"odd name":"y"}})").object();
    const Result<JsonPath> parsed = JsonPath::parse(path.toStdString());
    QCOMPARE(parsed.ok(), found != "!");
    if (parsed)
        QCOMPARE(parsed->find(document).toVariant().toString(), found);
}

QTEST_GUILESS_MAIN(HttpProbeTest)
#include "HttpProbeTest.moc"

#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/PostgresServer.h"
#include "tests/support/RecordServer.h"
#include "tests/support/RedisServer.h"
#include "tests/support/TlsServer.h"
#include "tests/support/WebhookReceiver.h"

#include <QJsonArray>
#include <QTest>

#include <set>

using namespace plimsoll::test;

namespace {

constexpr int patienceMs = 90'000;

QJsonObject json(const std::optional<HttpAnswer> &answer)
{
    return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object() : QJsonObject();
}

} // namespace

/// Real servers go down and come back; the checks of them turn red and green again, a receiver is told of
/// each once, and a kill of the appliance while all is red changes nothing of that.
class ChecksJourneyTest : public QObject
{
    Q_OBJECT

private:
    ApplianceProcess m_appliance;
    WebhookReceiver m_receiver;
    WebhookReceiver m_shop;
    RecordServer m_names;
    TlsServer m_tls;
    RedisServer m_redis;
    PostgresServer m_postgres;
    QString m_channel;
    std::set<QString> m_checks;

    bool start() { return m_appliance.start({"--statsd", "off"}); }

    QJsonObject post(const std::string &resource, const QJsonObject &body) const
    {
        HttpClient client(m_appliance.port());
        const auto answer = client.post("/api/app/" + resource, QJsonDocument(body).toJson().toStdString(),
                                        {{"Content-Type", "application/json"}});
        if (!answer || answer->status != 201)
            qWarning("%s", answer ? answer->body.c_str() : "no answer");
        return json(answer);
    }

    void watch(const QString &name, const QString &kind, const QString &target,
               const QJsonObject &settings = {}, const QJsonObject &expect = {})
    {
        const QJsonObject made = post("checks", {{"name", name},
                                                 {"kind", kind},
                                                 {"target", target},
                                                 {"settings", settings},
                                                 {"expect", expect},
                                                 {"interval", "1s"},
                                                 {"timeout", "900ms"},
                                                 {"retries", 1},
                                                 {"channels", QJsonArray{m_channel}}});
        QVERIFY(!made.value("id").toString().isEmpty());
        m_checks.insert(name);
    }

    /// The names of the checks that are in this state.
    std::set<QString> those(const QString &state) const
    {
        HttpClient client(m_appliance.port());
        std::set<QString> names;
        for (const QJsonValue item : json(client.get("/api/app/checks"))["items"].toArray()) {
            if (item["state"].toString() == state)
                names.insert(item["name"].toString());
        }
        return names;
    }

    /// The names that the receiver was told of with this event, each as often as that. A notice that was not
    /// recorded as delivered before a kill comes again under its key and counts once.
    QStringList told(const QString &event) const
    {
        QStringList names;
        std::set<QByteArray> keys;
        for (const WebhookReceiver::Received &request : m_receiver.received()) {
            if (request.event() == event && keys.insert(request.header("idempotency-key")).second)
                names.append(request.json().value("rule").toObject().value("name").toString());
        }
        names.sort();
        return names;
    }

    QString explain() const
    {
        HttpClient client(m_appliance.port());
        QString text;
        for (const QJsonValue item : json(client.get("/api/app/checks"))["items"].toArray())
            text += item["name"].toString() + " " + item["state"].toString() + " " +
                    item["message"].toString() + "\n";
        return text;
    }

    void takeDown()
    {
        m_shop.answerAll(503);
        m_names.clear();
        QVERIFY(m_tls.useCertificate(3));
        m_redis.stop();
        if (m_postgres.isRunning())
            m_postgres.stop(PostgresServer::Stop::Immediate);
    }

    void bringBack()
    {
        m_shop.answerAll(200);
        m_names.set(1, {QByteArray("\x0a\x01\x02\x03", 4)});
        QVERIFY(m_tls.useCertificate(90));
        if (m_checks.contains("redis"))
            QVERIFY(m_redis.start());
        if (m_checks.contains("postgresql"))
            QVERIFY2(m_postgres.start(), m_postgres.output());
    }

private Q_SLOTS:
    void turnRedAndGreenAgain();
};

void ChecksJourneyTest::turnRedAndGreenAgain()
{
    m_checks = {"redis", "postgresql"};
    if (const char *why = RedisServer::whyNot()) {
        qInfo("%s", why);
        m_checks.erase("redis");
    }
    if (const char *why = PostgresServer::whyNot()) {
        qInfo("%s", why);
        m_checks.erase("postgresql");
    }
    bringBack();
    QVERIFY(m_tls.listen());
    QVERIFY2(start(), m_appliance.output());
    m_channel = post("channels", {{"name", "ops"},
                                  {"kind", "webhook"},
                                  {"settings", QJsonObject{{"url", m_receiver.url()}}}})["id"]
                    .toString();
    watch("http", "http", m_shop.url("/health"));
    watch("dns", "dns", "dock.example", {{"resolver", m_names.address()}},
          {{"answers", QJsonArray{"10.1.2.3"}}});
    watch("tls", "tls", m_tls.address(), {{"verify", false}});
    if (m_checks.contains("redis"))
        watch("redis", "redis", QString("localhost:%1").arg(m_redis.port()));
    if (m_checks.contains("postgresql"))
        watch("postgresql", "postgresql",
              QString("postgresql://guarded@127.0.0.1:%1/postgres").arg(m_postgres.port()),
              {{"password", "right"}, {"query", "SELECT 6 * 7"}}, {{"value", "42"}});

    QVERIFY2(QTest::qWaitFor([this] { return those("ok") == m_checks; }, patienceMs), qPrintable(explain()));
    QCOMPARE(m_receiver.count(), 0);
    takeDown();
    QVERIFY2(QTest::qWaitFor([this] { return those("down") == m_checks; }, patienceMs),
             qPrintable(explain()));
    const QStringList everyone(m_checks.begin(), m_checks.end());
    QTRY_COMPARE_WITH_TIMEOUT(told("firing"), everyone, patienceMs);

    m_appliance.kill();
    QVERIFY2(start(), m_appliance.output());
    QCOMPARE(those("down"), m_checks);
    bringBack();
    QVERIFY2(QTest::qWaitFor([this] { return those("ok") == m_checks; }, patienceMs), qPrintable(explain()));
    QTRY_COMPARE_WITH_TIMEOUT(told("resolved"), everyone, patienceMs);
    QCOMPARE(told("firing"), everyone);

    HttpClient client(m_appliance.port());
    const QJsonArray series =
        json(client.get("/api/v1/query?query=check_up")).value("data").toObject().value("result").toArray();
    QCOMPARE(size_t(series.size()), m_checks.size());
    QVERIFY(m_appliance.stop());
}

QTEST_GUILESS_MAIN(ChecksJourneyTest)
#include "ChecksJourneyTest.moc"

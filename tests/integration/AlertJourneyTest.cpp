#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/WebhookReceiver.h"

#include <QJsonArray>
#include <QTest>

using namespace plimsoll::test;

namespace {

QJsonObject json(const std::optional<HttpAnswer> &answer)
{
    return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object() : QJsonObject();
}

} // namespace

/// Done when 4: a rule made through the API fires after its `for`, the receiver sees it once, kill -9 and
/// restart do not send it again, the resolved notice follows.
class AlertJourneyTest : public QObject
{
    Q_OBJECT

private:
    static constexpr int patienceMs = 60'000;
    const QStringList m_quick{"--alert-interval", "1s"};

    static QString create(int port, const std::string &resource, const QJsonObject &body)
    {
        HttpClient client(port);
        const auto answer = client.post("/api/app/" + resource, QJsonDocument(body).toJson().toStdString(),
                                        {{"Content-Type", "application/json"}});
        if (!answer || answer->status != 201)
            qWarning("%s", answer ? answer->body.c_str() : "no answer");
        return json(answer)["id"].toString();
    }

    static void setLoad(int port, double value)
    {
        HttpClient client(port);
        const std::string body =
            R"({"metrics":[{"name":"dock_load","value":)" + std::to_string(value) + "}]}";
        QCOMPARE(client.post("/ingest", body)->status, 200);
    }

    static QJsonArray deliveries(int port)
    {
        HttpClient client(port);
        return json(client.get("/api/app/deliveries"))["items"].toArray();
    }

private Q_SLOTS:
    void firesOnceOverAKillAndResolves()
    {
        WebhookReceiver receiver;
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(m_quick), appliance.output());
        const QString channel = create(
            appliance.port(), "channels",
            {{"name", "ops"}, {"kind", "webhook"}, {"settings", QJsonObject{{"url", receiver.url()}}}});
        const QString rule = create(appliance.port(), "rules",
                                    {{"name", "Dock overloaded"},
                                     {"expr", "dock_load"},
                                     {"op", ">"},
                                     {"threshold", 90},
                                     {"for", "3s"},
                                     {"severity", "critical"},
                                     {"channels", QJsonArray{channel}}});
        QVERIFY(!rule.isEmpty());

        setLoad(appliance.port(), 10);
        QTest::qWait(2500);
        QCOMPARE(receiver.count(), 0);
        setLoad(appliance.port(), 120);
        QTRY_COMPARE_WITH_TIMEOUT(receiver.count("firing"), 1, patienceMs);
        const QJsonObject notice = receiver.received().back().json();
        QCOMPARE(notice["rule"]["name"].toString(), QStringLiteral("Dock overloaded"));
        QCOMPARE(notice["value"].toDouble(), 120.0);
        // The receipt of the delivery is durable before the kill, so that a repetition would be a defect.
        QTRY_COMPARE_WITH_TIMEOUT(deliveries(appliance.port()).at(0).toObject().value("state").toString(),
                                  QStringLiteral("delivered"), patienceMs);

        appliance.kill();
        QVERIFY2(appliance.start(m_quick), appliance.output());
        setLoad(appliance.port(), 130);
        HttpClient client(appliance.port());
        QTRY_COMPARE_WITH_TIMEOUT(
            json(client.get("/api/app/rules/" + rule.toStdString()))["state"].toString(),
            QStringLiteral("firing"), patienceMs);
        QTest::qWait(4000);
        QCOMPARE(receiver.count(), 1);

        setLoad(appliance.port(), 5);
        QTRY_COMPARE_WITH_TIMEOUT(receiver.count("resolved"), 1, patienceMs);
        QCOMPARE(receiver.count("firing"), 1);
        const QJsonArray episodes = json(client.get("/api/app/episodes"))["items"].toArray();
        QCOMPARE(episodes.size(), 1);
        QCOMPARE(episodes.at(0).toObject().value("state").toString(), QStringLiteral("resolved"));
        QCOMPARE(episodes.at(0).toObject().value("peak").toDouble(), 130.0);
    }

    void sendsAfterARestartWhatCouldNotBeDelivered()
    {
        WebhookReceiver receiver;
        receiver.answerAll(503);
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(m_quick), appliance.output());
        const QString channel = create(
            appliance.port(), "channels",
            {{"name", "ops"}, {"kind", "webhook"}, {"settings", QJsonObject{{"url", receiver.url()}}}});
        create(appliance.port(), "rules",
               {{"name", "Dock overloaded"},
                {"expr", "dock_load > 90"},
                {"for", "0s"},
                {"channels", QJsonArray{channel}}});
        setLoad(appliance.port(), 100);
        QTRY_VERIFY_WITH_TIMEOUT(receiver.count("firing") >= 1, patienceMs);
        const QByteArray firstId = receiver.received().front().header("idempotency-key");
        appliance.kill();

        receiver.answerAll(200);
        const auto before = receiver.count();
        QVERIFY2(appliance.start(m_quick), appliance.output());
        QTRY_COMPARE_WITH_TIMEOUT(receiver.count(), before + 1, patienceMs);
        QCOMPARE(receiver.received().back().header("idempotency-key"), firstId);
        QTRY_COMPARE_WITH_TIMEOUT(deliveries(appliance.port()).at(0).toObject().value("state").toString(),
                                  QStringLiteral("delivered"), patienceMs);
    }
};

QTEST_GUILESS_MAIN(AlertJourneyTest)
#include "AlertJourneyTest.moc"

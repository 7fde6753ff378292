#include "tests/support/WebhookReceiver.h"

#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using plimsoll::test::WebhookReceiver;

namespace {

/// The real program with a data directory and a port of its own, which can be killed and started again.
class Appliance
{
public:
    Appliance()
    {
        QTcpServer probe;
        probe.listen(QHostAddress::LocalHost, 0);
        m_port = probe.serverPort();
    }
    ~Appliance() { kill(); }

    bool start()
    {
        m_process = std::make_unique<QProcess>();
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("PLIMSOLL_ALERT_INTERVAL", "500ms");
        environment.insert("PLIMSOLL_STATSD", "127.0.0.1:0");
        m_process->setProcessEnvironment(environment);
        m_process->setStandardErrorFile(QProcess::nullDevice());
        m_process->start(qEnvironmentVariable("PLIMSOLL_BIN"), {"serve", "--data", m_data.path(), "--listen",
                                                                "127.0.0.1:" + QString::number(m_port)});
        QByteArray said;
        return QTest::qWaitFor(
            [&] {
                said += m_process->readAllStandardOutput();
                return said.contains("Plimsoll is ready");
            },
            60'000);
    }
    void kill()
    {
        if (!m_process || m_process->state() == QProcess::NotRunning)
            return;
        ::kill(pid_t(m_process->processId()), SIGKILL);
        m_process->waitForFinished(30'000);
    }

    QJsonObject send(const QByteArray &method, const QString &path, const QJsonObject &body = {})
    {
        QNetworkRequest request(QUrl("http://127.0.0.1:" + QString::number(m_port) + path));
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        const QByteArray bytes = method == "GET" ? QByteArray() : QJsonDocument(body).toJson();
        QNetworkAccessManager network;
        const std::unique_ptr<QNetworkReply> reply(network.sendCustomRequest(request, method, bytes));
        if (!QTest::qWaitFor([&] { return reply->isFinished(); }, 30'000))
            return {};
        return QJsonDocument::fromJson(reply->readAll()).object();
    }
    void push(double value)
    {
        const QJsonObject sample{{"name", "load"}, {"value", value}, {"labels", QJsonObject{{"host", "a"}}}};
        QCOMPARE(send("POST", "/ingest", sample).value("accepted").toInt(), 1);
    }

private:
    QTemporaryDir m_data;
    quint16 m_port = 0;
    std::unique_ptr<QProcess> m_process;
};

} // namespace

/// An alarm made through the API fires after its `for`, is told once whatever is killed, and its end follows.
class AlertSurvivesKillTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsOnceAcrossKills()
    {
        WebhookReceiver receiver;
        Appliance appliance;
        QVERIFY(appliance.start());
        const QJsonObject channel = appliance.send(
            "POST", "/api/app/channels",
            {{"name", "ops"}, {"kind", "webhook"}, {"settings", QJsonObject{{"url", receiver.url()}}}});
        const QJsonObject rule = appliance.send("POST", "/api/app/rules",
                                                {{"name", "load"},
                                                 {"expr", "load"},
                                                 {"op", ">"},
                                                 {"threshold", 5},
                                                 {"for", "15s"},
                                                 {"channels", QJsonArray{channel.value("id")}}});
        const QString path = "/api/app/rules/" + rule.value("id").toString();
        const auto state = [&] { return appliance.send("GET", path).value("state").toString(); };
        QVERIFY(!rule.value("id").toString().isEmpty());

        appliance.push(9);
        QTRY_COMPARE_WITH_TIMEOUT(state(), "pending", 30'000);
        appliance.kill();
        QVERIFY(appliance.start());
        QTRY_COMPARE_WITH_TIMEOUT(receiver.count("firing"), 1, 60'000);

        for (int i = 0; i < 3; i++) {
            appliance.kill();
            QVERIFY(appliance.start());
            appliance.push(9);
            QTRY_VERIFY_WITH_TIMEOUT(!appliance.send("GET", path).value("last_evaluated_ms").isNull(),
                                     30'000);
            QCOMPARE(state(), "firing");
        }
        QCOMPARE(receiver.count(), 1);

        appliance.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(receiver.count("resolved"), 1, 60'000);
        QTRY_COMPARE_WITH_TIMEOUT(deliveredCount(appliance), 2, 30'000);
        appliance.kill();
        QVERIFY(appliance.start());
        QTRY_VERIFY_WITH_TIMEOUT(!appliance.send("GET", path).value("last_evaluated_ms").isNull(), 30'000);
        QCOMPARE(state(), "inactive");
        QCOMPARE(receiver.count(), 2);
    }

private:
    static int deliveredCount(Appliance &appliance)
    {
        int count = 0;
        for (const QJsonValue delivery :
             appliance.send("GET", "/api/app/deliveries").value("items").toArray())
            count += delivery.toObject().value("state").toString() == "delivered" ? 1 : 0;
        return count;
    }
};

QTEST_GUILESS_MAIN(AlertSurvivesKillTest)
#include "AlertSurvivesKillTest.moc"

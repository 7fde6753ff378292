#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/KillLoad.h"
#include "tests/support/PostgresServer.h"
#include "tests/support/WebhookReceiver.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QUrl>

#include <chrono>

using namespace plimsoll::test;

namespace {

QJsonObject json(const std::optional<HttpAnswer> &answer)
{
    return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object() : QJsonObject();
}

/// The value of an instant query that yields one series; 0 where it yields none, NaN where it fails.
double query(int port, const std::string &expression, int64_t atMs)
{
    HttpClient client(port);
    const QByteArray path =
        "/api/v1/query?query=" + QUrl::toPercentEncoding(QString::fromStdString(expression)) +
        "&time=" + QByteArray::number(double(atMs) / 1000, 'f', 3);
    const auto answer = client.get(path.toStdString());
    if (!answer || answer->status != 200)
        return std::numeric_limits<double>::quiet_NaN();
    const auto result = json(answer)["data"].toObject()["result"].toArray();
    return result.isEmpty() ? 0
                            : result.at(0).toObject().value("value").toArray().at(1).toString().toDouble();
}

QJsonObject databaseCheck(int port)
{
    HttpClient client(port);
    for (const QJsonValue &check : json(client.get("/health/ready"))["checks"].toArray()) {
        if (check.toObject()["name"] == QStringLiteral("database"))
            return check.toObject();
    }
    return {};
}

bool leads(int port)
{
    return databaseCheck(port)["detail"].toString() == QStringLiteral("This node leads.");
}

QString create(int port, const std::string &resource, const QJsonObject &body)
{
    HttpClient client(port);
    const auto answer = client.post("/api/app/" + resource, QJsonDocument(body).toJson().toStdString(),
                                    {{"Content-Type", "application/json"}});
    if (!answer || answer->status != 201)
        qWarning("%s", answer ? answer->body.c_str() : "no answer");
    return json(answer)["id"].toString();
}

bool setValue(int port, const std::string &name, double value)
{
    HttpClient client(port);
    const auto answer = client.post("/ingest", R"({"metrics":[{"name":")" + name + R"(","value":)" +
                                                   std::to_string(value) + "}]}");
    return answer && answer->status == 200;
}

} // namespace

/// Appliances on one PostgreSQL database, as real programs: the database goes away and comes back under load,
/// each sees the other's samples, one leads.
class SharedDatabaseTest : public QObject
{
    Q_OBJECT

    static constexpr int patienceMs = 60'000;

    PostgresServer m_server;

    static QStringList arguments(const std::string &url)
    {
        return {"--storage", QString::fromStdString(url), "--alert-interval", "1s"};
    }

    /// How many acknowledged samples and increments a node misses (positive) or counts twice (negative).
    static std::pair<double, double> missing(int port, const KillLoad &load, int64_t firstMs)
    {
        const int64_t atMs = load.endTimestampMs();
        const std::string range = "[" + std::to_string(atMs - firstMs + 1000) + "ms]";
        std::pair<double, double> difference;
        for (size_t i = 0; i < load.ledgers().size(); i++) {
            const auto &ledger = load.ledgers()[i];
            difference.first +=
                double(ledger.increments) -
                query(port, "sum_over_time(" + KillLoad::deltaSelector(i) + range + ")", atMs);
            difference.second +=
                double(ledger.gauges) -
                query(port, "count_over_time(" + KillLoad::gaugeSelector(i) + range + ")", atMs);
        }
        return difference;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const char *why = PostgresServer::whyNot())
            QSKIP(why);
        QVERIFY2(m_server.start(), m_server.output());
    }

    void saysWhatIsWrongWithTheUrl()
    {
        ApplianceProcess appliance;
        QVERIFY(!appliance.start({"--storage", "postgresql://plimsoll:secret@127.0.0.1:1/postgres"}));
        QVERIFY2(appliance.output().contains("cannot be reached"), appliance.output());
        QVERIFY(!appliance.output().contains("secret"));
        ApplianceProcess other;
        QVERIFY(!other.start({"--storage", "clickhouse+http://me:secret@127.0.0.1/"}));
        QVERIFY2(other.output().contains("is not in this version"), other.output());
        QVERIFY(!other.output().contains("secret"));
    }

    void losesAndDoublesNothingOverOutages()
    {
        const int seconds = std::max(5, qEnvironmentVariableIntValue("PLIMSOLL_OUTAGE_SECONDS"));
        const int64_t firstMs = QDateTime::currentMSecsSinceEpoch() - 20LL * 3600 * 1000;
        const std::string url = m_server.newUrl();
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(arguments(url)), appliance.output());
        KillLoad load(4, firstMs);
        load.run(appliance.port());
        const auto loadGoesOn = [&] {
            const int64_t before = load.acknowledged();
            QTRY_VERIFY_WITH_TIMEOUT(load.acknowledged() > before + 20, patienceMs);
        };
        loadGoesOn();

        m_server.stop();
        QElapsedTimer away;
        away.start();
        loadGoesOn();
        QTRY_COMPARE_WITH_TIMEOUT(databaseCheck(appliance.port())["status"].toString(),
                                  QStringLiteral("degraded"), patienceMs);
        QTest::qWait(std::max<int>(0, seconds * 1000 - int(away.elapsed())));
        loadGoesOn();
        const QString told = databaseCheck(appliance.port())["detail"].toString();
        qInfo("ready says: %s", qPrintable(told));
        QVERIFY(told.contains(QStringLiteral("Away for")) && told.contains(QStringLiteral(" s behind")));
        QVERIFY2(m_server.start(), m_server.output());
        QTRY_COMPARE_WITH_TIMEOUT(databaseCheck(appliance.port())["status"].toString(), QStringLiteral("ok"),
                                  patienceMs);
        qInfo("away for %lld ms until all had caught up, %lld batches acknowledged so far", away.elapsed(),
              static_cast<long long>(load.acknowledged()));

        for (int i = 0; i < 5; i++) {
            m_server.dropConnections();
            loadGoesOn();
        }
        m_server.killOneBackend();
        loadGoesOn();
        QVERIFY(m_server.restart(PostgresServer::Stop::Fast));
        loadGoesOn();
        QVERIFY(m_server.restart(PostgresServer::Stop::Immediate));
        loadGoesOn();

        appliance.kill();
        load.pause();
        QVERIFY2(appliance.start(arguments(url)), appliance.output());
        QVERIFY(load.settle(appliance.port()));
        using Difference = std::pair<double, double>;
        QCOMPARE(missing(appliance.port(), load, firstMs), Difference());

        // Another node, which has only what the database has, counts the same; from frames, then from seals.
        ApplianceProcess other;
        QVERIFY2(other.start(arguments(url)), other.output());
        QTRY_COMPARE_WITH_TIMEOUT(missing(other.port(), load, firstMs), Difference(), patienceMs);
        m_server.dropConnections();
        QVERIFY2(appliance.stop(), appliance.output());
        QTRY_COMPARE_WITH_TIMEOUT(missing(other.port(), load, firstMs), Difference(), patienceMs);
        QVERIFY2(appliance.start(arguments(url)), appliance.output());
        QCOMPARE(missing(appliance.port(), load, firstMs), Difference());
        qInfo("%lld batches acknowledged, 0 lost, 0 doubled", static_cast<long long>(load.acknowledged()));
        QVERIFY(appliance.stop() && other.stop());
    }

    void negativeControlALostShipmentIsNoticed()
    {
        const int64_t firstMs = QDateTime::currentMSecsSinceEpoch() - 3600 * 1000;
        const std::string url = m_server.newUrl();
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(arguments(url)), appliance.output());
        KillLoad load(1, firstMs);
        QVERIFY(load.settle(appliance.port()) && load.settle(appliance.port()));
        const QString shipment = QString::fromStdString("test%1.shipment").arg(schemaNumber(url));
        QTRY_VERIFY_WITH_TIMEOUT(m_server.sql("SELECT count(*) > 2 FROM " + shipment).trimmed() == "t",
                                 patienceMs);
        m_server.sql("DELETE FROM " + shipment);
        ApplianceProcess other;
        QVERIFY2(other.start(arguments(url)), other.output());
        QTest::qWait(1500);
        QVERIFY((missing(other.port(), load, firstMs) != std::pair<double, double>()));
    }

    void seesTheOthersAndLeadsInTurn()
    {
        const std::string url = m_server.newUrl();
        ApplianceProcess first;
        QVERIFY2(first.start(arguments(url)), first.output());
        QTRY_VERIFY_WITH_TIMEOUT(leads(first.port()), patienceMs);
        ApplianceProcess second;
        QVERIFY2(second.start(arguments(url)), second.output());

        qint64 slowest = 0;
        for (int i = 1; i <= 10; i++) {
            ApplianceProcess &writer = i % 2 ? first : second;
            ApplianceProcess &reader = i % 2 ? second : first;
            QElapsedTimer timer;
            timer.start();
            QVERIFY(setValue(writer.port(), "tide", i));
            QTRY_COMPARE_WITH_TIMEOUT(query(reader.port(), "tide", QDateTime::currentMSecsSinceEpoch()),
                                      double(i), patienceMs);
            slowest = std::max(slowest, timer.elapsed());
        }
        qInfo("the slowest of 10 samples was seen by the other appliance after %lld ms", slowest);

        // An alarm made where nobody leads fires once, by the leader, and is shown by both.
        WebhookReceiver receiver;
        QVERIFY(!leads(second.port()));
        const QString channel = create(
            second.port(), "channels",
            {{"name", "ops"}, {"kind", "webhook"}, {"settings", QJsonObject{{"url", receiver.url()}}}});
        const auto makeRule = [&](int port, const char *metric) {
            return create(port, "rules",
                          {{"name", metric},
                           {"expr", metric},
                           {"op", ">"},
                           {"threshold", 90},
                           {"channels", QJsonArray{channel}}});
        };
        QVERIFY(!makeRule(second.port(), "flood").isEmpty());
        QVERIFY(setValue(second.port(), "flood", 100));
        QTRY_COMPARE_WITH_TIMEOUT(receiver.count("firing"), 1, patienceMs);
        for (const int port : {first.port(), second.port()}) {
            HttpClient client(port);
            QTRY_COMPARE_WITH_TIMEOUT(json(client.get("/api/app/episodes"))["items"].toArray().size(), 1,
                                      patienceMs);
        }
        HttpClient client(first.port());
        QTRY_COMPARE_WITH_TIMEOUT(
            json(client.get("/api/app/deliveries"))["items"].toArray().at(0).toObject()["state"].toString(),
            QStringLiteral("delivered"), patienceMs);

        QElapsedTimer timer;
        timer.start();
        first.kill();
        QTRY_VERIFY_WITH_TIMEOUT(leads(second.port()), patienceMs);
        qInfo("the other leads %lld ms after kill -9", timer.elapsed());
        QVERIFY(!makeRule(second.port(), "storm").isEmpty());
        QVERIFY(setValue(second.port(), "storm", 100));
        QTRY_COMPARE_WITH_TIMEOUT(receiver.count("firing"), 2, patienceMs);
        QTest::qWait(2500);
        QCOMPARE(receiver.count("firing"), 2);

        QVERIFY2(first.start(arguments(url)), first.output());
        QTRY_COMPARE_WITH_TIMEOUT(query(first.port(), "storm", QDateTime::currentMSecsSinceEpoch()), 100.0,
                                  patienceMs);
        QVERIFY(!leads(first.port()) && leads(second.port()));
        QVERIFY2(second.stop(), second.output());
        QTRY_VERIFY_WITH_TIMEOUT(leads(first.port()), patienceMs);
        QVERIFY2(first.stop(), first.output());
    }

private:
    static QString schemaNumber(const std::string &url)
    {
        return QString::fromStdString(url).section(QStringLiteral("search_path=test"), 1);
    }
};

QTEST_GUILESS_MAIN(SharedDatabaseTest)
#include "SharedDatabaseTest.moc"

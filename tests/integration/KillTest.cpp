#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/KillLoad.h"
#include "tests/support/PostgresServer.h"

#include <QDateTime>
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QUrl>

#include <chrono>
#include <random>

using namespace plimsoll::test;

namespace {

/// The value of an instant query that yields one series, or NaN.
double query(int port, const std::string &expression, int64_t atMs)
{
    HttpClient client(port);
    const QByteArray path =
        "/api/v1/query?query=" + QUrl::toPercentEncoding(QString::fromStdString(expression)) +
        "&time=" + QByteArray::number(double(atMs) / 1000, 'f', 3);
    const auto answer = client.get(path.toStdString());
    if (!answer || answer->status != 200)
        return std::numeric_limits<double>::quiet_NaN();
    const auto result =
        QJsonDocument::fromJson(QByteArray::fromStdString(answer->body))["data"]["result"].toArray();
    return result.isEmpty() ? 0
                            : result.at(0).toObject().value("value").toArray().at(1).toString().toDouble();
}

} // namespace

/// Done when 3: kill -9 at random moments under concurrent load loses and doubles nothing that was
/// acknowledged.
class KillTest : public QObject
{
    Q_OBJECT

    PostgresServer m_server;

    /// How many acknowledged samples and increments are missing (positive) or doubled (negative), over all
    /// writers.
    struct Difference
    {
        double lostIncrements = 0;
        double lostGauges = 0;
        bool none() const { return lostIncrements == 0 && lostGauges == 0; }
    };

    static Difference compare(int port, const KillLoad &load, int64_t firstMs)
    {
        const int64_t atMs = load.endTimestampMs();
        const std::string range = "[" + std::to_string(atMs - firstMs + 1000) + "ms]";
        Difference difference;
        for (size_t i = 0; i < load.ledgers().size(); i++) {
            const double increments =
                query(port, "sum_over_time(" + KillLoad::deltaSelector(i) + range + ")", atMs);
            const double gauges =
                query(port, "count_over_time(" + KillLoad::gaugeSelector(i) + range + ")", atMs);
            difference.lostIncrements += double(load.ledgers()[i].increments) - increments;
            difference.lostGauges += double(load.ledgers()[i].gauges) - gauges;
        }
        return difference;
    }

    static bool settledAndEqual(ApplianceProcess &appliance, KillLoad &load, int64_t firstMs)
    {
        return load.settle(appliance.port()) && compare(appliance.port(), load, firstMs).none();
    }

private Q_SLOTS:
    /// PLIMSOLL_KILL_ROUNDS says how often. With the small engine windows close, checkpoints are written,
    /// seals are merged and rolled up all the time.
    void losesAndDoublesNothingOverManyKills_data()
    {
        QTest::addColumn<bool>("small");
        QTest::addColumn<bool>("postgres");
        QTest::newRow("as users run it") << false << false;
        QTest::newRow("small windows, everything in the background all the time") << true << false;
        QTest::newRow("PostgreSQL") << false << true;
        QTest::newRow("PostgreSQL, small windows") << true << true;
    }

    void losesAndDoublesNothingOverManyKills()
    {
        QFETCH(bool, small);
        QFETCH(bool, postgres);
        if (const char *why = PostgresServer::whyNot(); postgres && why)
            QSKIP(why);
        QVERIFY2(!postgres || m_server.isRunning() || m_server.start(), m_server.output());
        const QStringList arguments =
            postgres ? QStringList{"--storage", QString::fromStdString(m_server.newUrl())} : QStringList();
        const int asked = qEnvironmentVariableIntValue("PLIMSOLL_KILL_ROUNDS");
        const int rounds = asked > 0 ? asked : postgres ? 12 : 25;
        const QMap<QString, QString> environment =
            small
                ? QMap<QString, QString>{{QStringLiteral("PLIMSOLL_TEST_SMALL_ENGINE"), QStringLiteral("1")}}
                : QMap<QString, QString>();
        const int64_t firstMs = QDateTime::currentMSecsSinceEpoch() - 20LL * 3600 * 1000;
        ApplianceProcess appliance;
        KillLoad load(4, firstMs);
        std::mt19937 random(std::random_device{}());
        std::uniform_int_distribution<int> momentMs(5, 400);
        int64_t acknowledgedBefore = 0;
        int roundsWithLoad = 0;

        for (int round = 0; round < rounds; round++) {
            QVERIFY2(appliance.start(arguments, environment), appliance.output());
            if (round % 10 == 9)
                QVERIFY2(settledAndEqual(appliance, load, firstMs), qPrintable(QString::number(round)));
            load.run(appliance.port());
            std::this_thread::sleep_for(std::chrono::milliseconds(momentMs(random)));
            appliance.kill();
            load.pause();
            roundsWithLoad += load.acknowledged() > acknowledgedBefore ? 1 : 0;
            acknowledgedBefore = load.acknowledged();
        }
        QVERIFY2(appliance.start(arguments, environment), appliance.output());
        QVERIFY(load.settle(appliance.port()));

        const Difference difference = compare(appliance.port(), load, firstMs);
        qInfo("%lld batches acknowledged in %d of %d rounds; lost increments %g, lost gauge samples %g",
              static_cast<long long>(load.acknowledged()), roundsWithLoad, rounds, difference.lostIncrements,
              difference.lostGauges);
        QVERIFY(roundsWithLoad > rounds / 2);
        QCOMPARE(difference.lostIncrements, 0.0);
        QCOMPARE(difference.lostGauges, 0.0);

        // What is there after a clean stop is the same once more, now from chunks.
        QVERIFY(appliance.stop());
        QVERIFY2(appliance.start(arguments, environment), appliance.output());
        QVERIFY(compare(appliance.port(), load, firstMs).none());
    }

    void negativeControlALostJournalIsNoticed()
    {
        const int64_t firstMs = QDateTime::currentMSecsSinceEpoch() - 3600 * 1000;
        ApplianceProcess appliance;
        KillLoad load(2, firstMs);
        QVERIFY2(appliance.start(), appliance.output());
        load.run(appliance.port());
        while (load.acknowledged() < 100)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        appliance.kill();
        load.pause();

        QVERIFY(QDir(appliance.dataDirectory() + QStringLiteral("/journal")).removeRecursively());
        QVERIFY2(appliance.start(), appliance.output());
        QVERIFY(!compare(appliance.port(), load, firstMs).none());
    }

    void negativeControlARepeatedBatchWithoutItsKeyIsNoticed()
    {
        const int64_t firstMs = QDateTime::currentMSecsSinceEpoch() - 3600 * 1000;
        ApplianceProcess appliance;
        KillLoad load(1, firstMs);
        QVERIFY2(appliance.start(), appliance.output());
        QVERIFY(load.settle(appliance.port()));
        QVERIFY(compare(appliance.port(), load, firstMs).none());

        HttpClient client(appliance.port());
        const std::string again = R"({"metrics":[{"name":"kill_increments","type":"counter","value":1,)"
                                  R"("labels":{"writer":"0"},"ts":)" +
                                  std::to_string(firstMs) + "}]}";
        QCOMPARE(client.post("/ingest", again)->status, 200);
        QVERIFY(!compare(appliance.port(), load, firstMs).none());
    }
};

QTEST_GUILESS_MAIN(KillTest)
#include "KillTest.moc"

#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll::test;

namespace {

constexpr int calls = 100'000;
constexpr int endpoints = 500; ///< of which each is a series, so that there is something to read as well
constexpr int callsPerBody = 5'000;

const QJsonObject ask(int port, const char *method, const std::string &path, const QJsonObject &body = {})
{
    HttpClient client(port);
    const std::string text =
        body.isEmpty() ? std::string() : QJsonDocument(body).toJson(QJsonDocument::Compact).toStdString();
    const auto answer = client.request(method, path, text, {{"Content-Type", "application/json"}});
    return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object() : QJsonObject();
}

} // namespace

/// Prices of a project over the real program: a job that costs earlier calls is killed again and again, and
/// the sum is that of the calls; own prices last, and are their project's alone.
class CostingTest : public QObject
{
    Q_OBJECT

    ApplianceProcess m_appliance;
    int64_t m_beganMs = 0;
    qint64 m_nanoUsd = 0; ///< what all calls cost, in 10^-9 dollars

    /// One dollar a million tokens in, two out: each token is a whole number of 10^-9 dollars, so that the
    /// sum needs no rounding.
    void sendCalls()
    {
        m_beganMs = QDateTime::currentMSecsSinceEpoch() - 4 * 3'600'000;
        for (int first = 0; first < calls; first += callsPerBody) {
            QJsonArray llm;
            for (int i = first; i < first + callsPerBody; i++) {
                const int in = 100 + i % 977, out = i % 331;
                m_nanoUsd += in * 1'000 + out * 2'000;
                llm.append(QJsonObject{{"provider", "acme"},
                                       {"model", "m-1"},
                                       {"endpoint", QStringLiteral("/%1").arg(i % endpoints)},
                                       {"input_tokens", in},
                                       {"output_tokens", out},
                                       {"ts", qint64(m_beganMs + i * 100)}});
            }
            QCOMPARE(ask(m_appliance.port(), "POST", "/ingest", {{"llm", llm}})["accepted"].toInt(),
                     callsPerBody);
        }
    }

    bool isAll(double dollars) const { return dollars * 1e9 > double(m_nanoUsd) - 0.5; }
    double total() const
    {
        return ask(m_appliance.port(), "GET", "/metrics/costs?from=" + std::to_string(m_beganMs - 1))["total"]
            .toDouble();
    }
    double uncosted() const
    {
        return ask(m_appliance.port(), "GET", "/api/app/prices/unpriced")["items"][0]["calls"].toDouble();
    }

private Q_SLOTS:
    void killedJobsCountNothingTwice()
    {
        QVERIFY2(m_appliance.start({"--statsd", "off"}), m_appliance.output());
        sendCalls();
        QCOMPARE(uncosted(), double(calls));
        QCOMPARE(total(), 0.0);
        const QJsonObject made = ask(m_appliance.port(), "POST", "/api/app/prices",
                                     {{"provider", "acme"},
                                      {"model", "m-*"},
                                      {"valid_from", "2026-01-01"},
                                      {"input", "1"},
                                      {"output", 2},
                                      {"cost_since", qint64(m_beganMs)}});
        const std::string path = "/api/app/prices/" + made["id"].toString().toStdString();
        QVERIFY(!made["job"]["id"].toString().isEmpty());
        // Each time a little later, until it was caught in the middle of its batches.
        double before = 0;
        int caught = 0;
        for (int kills = 0; kills < 40 && caught < 2 && !isAll(before); kills++) {
            QTest::qSleep(60 * kills);
            m_appliance.kill();
            QVERIFY2(m_appliance.start({"--statsd", "off"}), m_appliance.output());
            QCOMPARE(ask(m_appliance.port(), "GET", path)["input"].toString(), QStringLiteral("1"));
            const double now = total();
            QVERIFY(now >= before);
            QVERIFY(now * 1e9 <= double(m_nanoUsd) + 0.5);
            caught += now > before && !isAll(now);
            before = now;
            ask(m_appliance.port(), "POST", path + "/cost", {{"since", qint64(m_beganMs)}});
        }
        QVERIFY(caught > 0);
        QTRY_COMPARE_WITH_TIMEOUT(uncosted(), 0.0, 60'000);
        QCOMPARE(total(), double(m_nanoUsd) / 1e9);
        const QJsonObject again =
            ask(m_appliance.port(), "POST", path + "/cost", {{"since", qint64(m_beganMs)}});
        const std::string job = "/api/app/jobs/" + again["id"].toString().toStdString();
        QTRY_COMPARE_WITH_TIMEOUT(ask(m_appliance.port(), "GET", job)["state"].toString(),
                                  QStringLiteral("done"), 60'000);
        QCOMPARE(ask(m_appliance.port(), "GET", job)["result"]["instants"].toDouble(-1), 0.0);
        QCOMPARE(total(), double(m_nanoUsd) / 1e9);
    }

    void callsThatComeNowHaveTheNewPriceAtOnce()
    {
        const double before = total();
        const QJsonObject call{{"provider", "acme"}, {"model", "m-2"}, {"input_tokens", 1'000'000}};
        ask(m_appliance.port(), "POST", "/ingest", {{"llm", QJsonArray{call}}});
        QCOMPARE(total(), before + 1);
        const QJsonObject own = ask(m_appliance.port(), "POST", "/api/app/prices",
                                    {{"provider", "acme"},
                                     {"model", "m-2"},
                                     {"valid_from", "2026-01-01"},
                                     {"input", "7"},
                                     {"output", "0"}});
        QVERIFY(own["job"].isNull());
        ask(m_appliance.port(), "POST", "/ingest", {{"llm", QJsonArray{call}}});
        QCOMPARE(total(), before + 8);
    }

    void eachProjectHasItsOwn()
    {
        ask(m_appliance.port(), "POST", "/api/app/projects", {{"name", "other"}});
        const auto items = [&](const char *project) {
            return ask(m_appliance.port(), "GET",
                       std::string("/api/app/prices?source=own&project=") + project)["items"]
                .toArray();
        };
        QCOMPARE(items("default").size(), 2);
        QCOMPARE(items("other").size(), 0);
        const std::string id = items("default").at(0)["id"].toString().toStdString();
        QCOMPARE(ask(m_appliance.port(), "GET", "/api/app/prices/" + id + "?project=other")["error"]["code"]
                     .toString(),
                 QStringLiteral("not_found"));
        QCOMPARE(
            ask(m_appliance.port(), "DELETE", "/api/app/prices/" + id + "?project=other")["error"]["code"]
                .toString(),
            QStringLiteral("not_found"));
        QCOMPARE(items("default").size(), 2);
    }
};

QTEST_GUILESS_MAIN(CostingTest)
#include "CostingTest.moc"

#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace plimsoll::test;

namespace {

constexpr int patienceMs = 60'000;
constexpr const char *queueDepth =
    "{\"metrics\":[{\"name\":\"queue.depth\",\"value\":3,\"labels\":{\"q\":\"a\\\"b\"}}]}";

int freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost, 0);
    return server.serverPort();
}

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(bytes);
}

/// A program of Debian that runs until the end of the test.
class Program
{
public:
    ~Program()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    static bool isThere(const char *name) { return !QStandardPaths::findExecutable(name).isEmpty(); }
    bool start(const char *name, const QStringList &arguments)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(QStandardPaths::findExecutable(name), arguments);
        return m_process.waitForStarted();
    }
    QByteArray output() { return m_process.readAll(); }

private:
    QProcess m_process;
};

QJsonObject json(const std::optional<HttpAnswer> &answer)
{
    return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object() : QJsonObject();
}

QJsonArray query(int port, const QByteArray &promql)
{
    HttpClient client(port);
    const QByteArray path = "/api/v1/query?query=" + promql.toPercentEncoding();
    return json(client.get(path.toStdString()))["data"].toObject()["result"].toArray();
}

QString value(int port, const QByteArray &promql)
{
    return query(port, promql).at(0).toObject()["value"].toArray().at(1).toString();
}

/// The value of a line of a text exposition.
QByteArray lineValue(const std::string &text, const QByteArray &series)
{
    for (const QByteArray &line : QByteArray::fromStdString(text).split('\n')) {
        if (line.startsWith(series + ' '))
            return line.mid(series.size() + 1);
    }
    return {};
}

} // namespace

/// With the programs of Debian: node-exporter, Prometheus and promtool.
class ScrapeTest : public QObject
{
    Q_OBJECT

    ApplianceProcess m_appliance; ///< that others scrape

private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_appliance.start(), m_appliance.output()); }

    void scrapesNodeExporter()
    {
        if (!Program::isThere("prometheus-node-exporter"))
            QSKIP("prometheus-node-exporter is not installed");
        const int port = freePort();
        const QByteArray address = "127.0.0.1:" + QByteArray::number(port);
        Program exporter;
        QVERIFY(exporter.start("prometheus-node-exporter", {"--web.listen-address=" + address}));
        QTemporaryDir folder;
        write(folder.filePath("sd.json"),
              "[{\"targets\":[\"" + address + "\"],\"labels\":{\"env\":\"test\"}}]");
        write(folder.filePath("scrape.yml"),
              "scrape_configs:\n- job_name: node\n  scrape_interval: 1s\n"
              "  scrape_timeout: 1s\n  file_sd_configs:\n  - files: [sd.json]\n");
        ApplianceProcess appliance;
        QVERIFY2(appliance.start({"--scrape-config", folder.filePath("scrape.yml")}), appliance.output());
        QTRY_COMPARE_WITH_TIMEOUT(value(appliance.port(), "up{job=\"node\"}"), QString("1"), patienceMs);

        HttpClient client(port);
        const std::string shown = client.get("/metrics")->body;
        const QByteArray memory = lineValue(shown, "node_memory_MemTotal_bytes");
        QVERIFY(!memory.isEmpty());
        QCOMPARE(
            value(appliance.port(), "node_memory_MemTotal_bytes{env=\"test\",instance=\"" + address + "\"}")
                .toDouble(),
            memory.toDouble());
        const int samples = value(appliance.port(), "scrape_samples_scraped").toInt();
        QVERIFY2(samples > 200, QByteArray::number(samples));
        QCOMPARE(query(appliance.port(), "{job=\"node\"}").size(), samples + 5);

        HttpClient own(appliance.port());
        const QJsonObject target =
            json(own.get("/api/v1/targets"))["data"].toObject()["activeTargets"].toArray().at(0).toObject();
        QCOMPARE(target["health"].toString(), QString("up"));
        QCOMPARE(target["scrapePool"].toString(), QString("node"));
        const QJsonObject about = json(own.get("/api/v1/metadata?metric=node_load1"))["data"]
                                      .toObject()["node_load1"]
                                      .toArray()
                                      .at(0)
                                      .toObject();
        QCOMPARE(about["help"].toString(), QString("1m load average."));
        QCOMPARE(about["type"].toString(), QString("gauge"));
        QVERIFY(json(own.get("/api/v1/targets/metadata?metric=node_load1"))["data"].toArray().size() == 1);

        // The file that it was found by goes away, and so does the target.
        QVERIFY(QFile::remove(folder.filePath("sd.json")));
        QTRY_VERIFY_WITH_TIMEOUT(query(appliance.port(), "up").isEmpty(), patienceMs);
    }

    void isScrapedByPrometheusAndTakesItsRemoteWrite()
    {
        if (!Program::isThere("prometheus"))
            QSKIP("prometheus is not installed");
        HttpClient own(m_appliance.port());
        QCOMPARE(own.post("/track/revenue?plan=pro", "49")->status, 200);
        QCOMPARE(own.post("/ingest", queueDepth)->status, 200);
        QTemporaryDir folder;
        const QByteArray address = "127.0.0.1:" + QByteArray::number(m_appliance.port());
        const int port = freePort();
        write(folder.filePath("p.yml"),
              "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
              "scrape_configs:\n- job_name: plimsoll\n  static_configs:\n  - targets: ['" +
                  address + "']\nremote_write:\n- url: http://" + address +
                  "/api/v1/write\n  queue_config: {batch_send_deadline: 100ms}\n");
        Program prometheus;
        QVERIFY(prometheus.start("prometheus", {"--config.file=" + folder.filePath("p.yml"),
                                                "--storage.tsdb.path=" + folder.filePath("data"),
                                                "--web.listen-address=127.0.0.1:" + QString::number(port)}));
        QTRY_COMPARE_WITH_TIMEOUT(value(port, "up{job=\"plimsoll\"}"), QString("1"), patienceMs);
        QTRY_COMPARE_WITH_TIMEOUT(value(port, "revenue_sum{plan=\"pro\"}"), QString("49"), patienceMs);
        QCOMPARE(value(port, "queue_depth{q=\"a\\\"b\"}"), QString("3"));
        // And back by remote write, under the labels that Prometheus gave.
        QTRY_COMPARE_WITH_TIMEOUT(
            value(m_appliance.port(), "up{job=\"plimsoll\",instance=\"" + address + "\"}"), QString("1"),
            patienceMs);
        QCOMPARE(value(m_appliance.port(), "queue_depth{job=\"plimsoll\"}"), QString("3"));
    }

    void showsMetricsThatPromtoolLikes()
    {
        if (!Program::isThere("promtool"))
            QSKIP("promtool is not installed");
        HttpClient own(m_appliance.port());
        QTRY_VERIFY_WITH_TIMEOUT(!query(m_appliance.port(), "plimsoll_series").isEmpty(), patienceMs);
        const auto shown = own.get("/metrics", {{"Accept", "text/plain"}});
        QVERIFY(shown && shown->headers.at("content-type").starts_with("text/plain; version=0.0.4"));
        QProcess promtool;
        promtool.setProcessChannelMode(QProcess::MergedChannels);
        promtool.start(QStandardPaths::findExecutable("promtool"), {"check", "metrics"});
        promtool.write(QByteArray::fromStdString(shown->body));
        promtool.closeWriteChannel();
        QVERIFY(promtool.waitForFinished(patienceMs));
        const QByteArray said = promtool.readAll();
        QVERIFY2(promtool.exitCode() == 0, said);
    }

    void refusesToScrapeItself()
    {
        HttpClient own(m_appliance.port());
        const std::string url = "http://127.0.0.1:" + std::to_string(m_appliance.port()) + "/metrics";
        const auto made = own.post("/api/app/targets", "{\"url\":\"" + url + "\"}");
        QCOMPARE(made->status, 201);
        const std::string path = "/api/app/targets/" + json(made)["id"].toString().toStdString();
        const auto error = [&] { return json(own.get(path))["state"].toObject()["last_error"].toString(); };
        QTRY_VERIFY_WITH_TIMEOUT(error().contains("409"), patienceMs);
        QCOMPARE(own.request("DELETE", path)->status, 204);
    }

    void readsTheFileAgain()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("scrape.yml");
        const QByteArray one =
            "scrape_configs:\n- job_name: a\n  static_configs: [{targets: ['127.0.0.1:1']}]\n";
        write(path, one);
        ApplianceProcess appliance;
        QVERIFY2(appliance.start({"--scrape-config", path}), appliance.output());
        HttpClient own(appliance.port());
        const auto pools = [&] {
            return json(own.get("/api/v1/scrape_pools"))["data"].toObject()["scrapePools"].toArray().size();
        };
        QTRY_COMPARE_WITH_TIMEOUT(pools(), 1, patienceMs);
        write(path, one + "- job_name: b\n  static_configs: [{targets: ['127.0.0.1:1']}]\n");
        ::kill(pid_t(appliance.processId()), SIGHUP);
        QTRY_COMPARE_WITH_TIMEOUT(pools(), 2, patienceMs);
        // A wrong one changes nothing, and says why.
        write(path, "scrape_configs:\n- job_nam: a\n");
        ::kill(pid_t(appliance.processId()), SIGHUP);
        ::kill(pid_t(appliance.processId()), SIGHUP);
        QTest::qWait(300);
        QCOMPARE(pools(), 2);
        QVERIFY(appliance.stop());
        QVERIFY2(appliance.output().contains("scrape.yml:2: "), appliance.output());
    }

    void refusesAWrongFile()
    {
        QTemporaryDir folder;
        write(folder.filePath("scrape.yml"), "scrape_configs:\n- job_nam: node\n");
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(qEnvironmentVariable("PLIMSOLL_BIN"),
                      {"serve", "--data", folder.filePath("data"), "--listen", "127.0.0.1:0",
                       "--scrape-config", folder.filePath("scrape.yml")});
        QVERIFY(process.waitForFinished(patienceMs));
        QCOMPARE(process.exitCode(), 1);
        const QByteArray said = process.readAll();
        QVERIFY2(said.contains("scrape.yml:2: "), said);
    }
};

QTEST_GUILESS_MAIN(ScrapeTest)
#include "ScrapeTest.moc"

#include "server/ingest/scrape/FileTargets.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;

namespace {

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(bytes);
}

std::string faultOf(const std::string &text)
{
    const auto jobs = readScrapeFile(text, "f.yml", "/etc/x");
    return jobs ? std::string() : jobs.error().message;
}

} // namespace

class ScrapeFileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAPrometheusConfiguration()
    {
        const auto jobs =
            readScrapeFile("global:\n"
                           "  scrape_interval: 30s\n"
                           "  evaluation_interval: 1m\n"
                           "rule_files: [a.yml]\n"
                           "remote_write:\n"
                           "  - url: http://x\n"
                           "scrape_configs:\n"
                           "  - job_name: node\n"
                           "    static_configs:\n"
                           "      - targets: ['a:9100', 'b:9100']\n"
                           "        labels: {env: prod}\n"
                           "  - job_name: app\n"
                           "    scrape_interval: 5s\n"
                           "    scrape_timeout: 2s\n"
                           "    scheme: https\n"
                           "    metrics_path: /m\n"
                           "    params: {'collect[]': [cpu, mem]}\n"
                           "    honor_labels: true\n"
                           "    basic_auth: {username: u, password_file: secret}\n"
                           "    tls_config: {ca_file: ca.pem, server_name: s, insecure_skip_verify: true}\n"
                           "    body_size_limit: 10MB\n"
                           "    sample_limit: 7\n"
                           "    scrape_protocols: [PrometheusText0.0.4]\n"
                           "    fallback_scrape_protocol: PrometheusText0.0.4\n"
                           "    file_sd_configs:\n"
                           "      - files: ['sd/*.json']\n"
                           "        refresh_interval: 1m\n"
                           "    relabel_configs:\n"
                           "      - source_labels: [__address__]\n"
                           "        regex: '(.*):.*'\n"
                           "        target_label: host\n"
                           "    metric_relabel_configs:\n"
                           "      - {action: labeldrop, regex: tmp_.*}\n"
                           "",
                           "f.yml", "/etc/x");
        QVERIFY2(jobs.ok(), jobs ? "" : jobs.error().message.c_str());
        QCOMPARE(jobs->size(), size_t(2));
        const ScrapeJob &node = jobs->at(0);
        QCOMPARE(node.common.intervalMs, int64_t(30'000));
        QCOMPARE(node.common.timeoutMs, int64_t(10'000));
        QCOMPARE(node.groups.size(), size_t(1));
        const ScrapeJob &app = jobs->at(1);
        QCOMPARE(app.common.timeoutMs, int64_t(2000));
        QCOMPARE(app.common.auth.user, std::string("u"));
        QCOMPARE(app.common.auth.secret.file, std::string("/etc/x/secret"));
        QCOMPARE(app.common.tls.ca.file, std::string("/etc/x/ca.pem"));
        QCOMPARE(app.common.bounds.bodyBytes, int64_t(10 << 20));
        QCOMPARE(app.common.bounds.samples, uint64_t(7));
        QCOMPARE(app.filePaths, std::vector<std::string>{"/etc/x/sd/*.json"});
        Labels discovered;
        const auto target = makeTarget(app, "h:1", {}, discovered);
        QVERIFY(target.ok() && *target);
        QCOMPARE((*target)->url, std::string("https://h:1/m?collect%5B%5D=cpu&collect%5B%5D=mem"));
        QCOMPARE((*target)->labels.toString(), std::string("{host=\"h\",instance=\"h:1\",job=\"app\"}"));
        QCOMPARE(discovered.value("__scrape_interval__"), std::string_view("5s"));
    }

    void saysLineAndReason_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("fault");
        const auto row = [](const char *text, const char *fault) {
            QTest::newRow(fault) << QByteArray("scrape_configs:\n- job_name: a\n") + text
                                 << QByteArray(fault);
        };
        row("  scrape_intervall: 5s\n",
            "f.yml:3: A job of scrape_configs has a field that is not known here: \"scrape_intervall\".");
        row("  scrape_interval: soon\n",
            "f.yml:3: scrape_interval must be a duration such as 15s, not \"soon\".");
        row("  scrape_timeout: 2m\n", "f.yml:3: scrape_timeout is longer than scrape_interval.");
        row("  static_configs:\n  - targets: ['http://a/b']\n",
            "f.yml:4: The target \"http://a/b\" must be host:port, without a path.");
        row("  relabel_configs:\n  - action: keep\n    regex: '('\n",
            "f.yml:4: The regular expression \"(\" is not valid: missing ): (.");
        row("  relabel_configs:\n  - action: blow\n", "f.yml:4: The action \"blow\" is not known.");
        row("  kubernetes_sd_configs: []\n",
            "f.yml:3: kubernetes_sd_configs is not supported; static_configs and file_sd_configs are.");
        row("  file_sd_configs:\n  - files: [a.txt]\n",
            "f.yml:4: The path \"a.txt\" must end with .json, .yml or .yaml.");
        row("- job_name: a\n", "f.yml:3: There are two jobs with the job_name \"a\".");
        row("  honor_labels: perhaps\n", "f.yml:3: honor_labels must be true or false.");
        row("  params: [\n", "f.yml:4: This is not YAML: end of sequence flow not found.");
        row("  honor_labels: true\n  honor_labels: true\n",
            "f.yml:4: The field honor_labels is there twice.");
    }
    void saysLineAndReason()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, fault);
        QCOMPARE(QByteArray::fromStdString(faultOf(text.toStdString())), fault);
    }

    void dropsByRelabeling()
    {
        const auto jobs = readScrapeFile("scrape_configs:\n- job_name: a\n  relabel_configs:\n"
                                         "  - {source_labels: [__address__], regex: 'b.*', action: drop}\n",
                                         "f.yml", "/");
        QVERIFY(jobs.ok());
        Labels discovered;
        const auto target = makeTarget(jobs->front(), "b:1", {}, discovered);
        QVERIFY(target.ok() && !*target);
        QCOMPARE(discovered.value("__address__"), std::string_view("b:1"));
    }

    void followsDiscoveryFiles()
    {
        QTemporaryDir folder;
        write(folder.filePath("sd.json"), "[{\"targets\":[\"a:1\"],\"labels\":{\"x\":\"y\"}}]");
        write(folder.filePath("f.yml"),
              "scrape_configs:\n- job_name: a\n  file_sd_configs:\n  - files: ['*.json']\n");
        FileTargets targets(folder.filePath("f.yml").toStdString());
        QVERIFY(targets.load().ok());
        QCOMPARE(targets.targets().active.size(), size_t(1));
        QCOMPARE(targets.targets().active[0].labels.toString(),
                 std::string("{instance=\"a:1\",job=\"a\",x=\"y\"}"));
        QVERIFY(!targets.lookAgain().changed);

        write(folder.filePath("sd.json"), "[{\"targets\":[\"a:1\",\"b:1\"]}]");
        write(folder.filePath("more.json"), "[{\"targets\":[\"c:1\"]}]");
        QVERIFY(targets.lookAgain().changed);
        QCOMPARE(targets.targets().active.size(), size_t(3));

        // A wrong file is told once, and what it said before stays.
        write(folder.filePath("more.json"), "[{\"target\":[\"d:1\"]}]");
        const auto look = targets.lookAgain();
        QVERIFY(!look.problem.ok() && !look.changed);
        QVERIFY2(look.problem.error().message.find("more.json:1: ") != std::string::npos,
                 look.problem.error().message.c_str());
        QVERIFY(targets.lookAgain().problem.ok());
        QCOMPARE(targets.targets().active.size(), size_t(3));

        QVERIFY(QFile::remove(folder.filePath("more.json")));
        QVERIFY(targets.lookAgain().changed);
        QCOMPARE(targets.targets().active.size(), size_t(2));

        write(folder.filePath("f.yml"), "scrape_configs: 5\n");
        QVERIFY(!targets.load().ok());
        QCOMPARE(targets.targets().active.size(), size_t(2));
    }
};

QTEST_GUILESS_MAIN(ScrapeFileTest)
#include "ScrapeFileTest.moc"

#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll::test;

namespace {

struct ShellResult
{
    int exitCode = -1;
    QByteArray output;
    QByteArray errors;
};

ShellResult shell(const QStringList &arguments, const QByteArray &input = {})
{
    QProcess process;
    process.start(qEnvironmentVariable("PLIMSOLL_BIN"), arguments);
    process.write(input);
    process.closeWriteChannel();
    process.waitForFinished(120'000);
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

QJsonObject json(const std::optional<HttpAnswer> &answer)
{
    return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object() : QJsonObject();
}

/// The value of the first series of an instant query.
QString firstValue(const std::optional<HttpAnswer> &answer)
{
    const QJsonArray result = json(answer)["data"].toObject()["result"].toArray();
    return result.at(0).toObject().value("value").toArray().at(1).toString();
}

} // namespace

/// `plimsoll serve` and the shell commands beside it, as processes.
class ServeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mapsNoLibraryOfTheScreen()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(), appliance.output());
        QFile maps(QStringLiteral("/proc/%1/maps").arg(appliance.processId()));
        QVERIFY(maps.open(QIODevice::ReadOnly));
        const QByteArray text = maps.readAll();
        QVERIFY(text.contains("libQt6Core"));
        for (const char *library : {"libQt6Gui", "libQt6Widgets", "libQt6Charts"})
            QVERIFY2(!text.contains(library), library);
    }

    void stopsCleanlyAndKeepsItsData()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(), appliance.output());
        {
            HttpClient client(appliance.port());
            QCOMPARE(client.post("/track/revenue?plan=pro", "49")->status, 200);
            QCOMPARE(client.post("/track/revenue?plan=pro", "0.99")->status, 200);
        }
        QVERIFY2(appliance.stop(), appliance.output());
        QVERIFY2(appliance.start(), appliance.output());
        HttpClient client(appliance.port());
        const auto answer = client.get("/metrics/query?metric=revenue&from=1h&group_by=hour");
        QCOMPARE(answer->status, 200);
        double sum = 0;
        for (const auto bucket : json(answer)["series"].toArray()[0].toObject()["buckets"].toArray())
            sum += bucket.toObject()["sum"].toDouble();
        QCOMPARE(sum, 49.99);
    }

    void refusesADirectoryThatIsHeld()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(), appliance.output());
        const auto second = shell({"serve", "--data", appliance.dataDirectory(), "--listen", "127.0.0.1:0"});
        QCOMPARE(second.exitCode, 1);
        QVERIFY2(second.errors.contains(QByteArray::number(appliance.processId())), second.errors);
    }

    void refusesAPortThatIsTakenAndSaysWhatToDo()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(), appliance.output());
        QTemporaryDir other;
        const QString address = QStringLiteral("127.0.0.1:%1").arg(appliance.port());
        const auto second = shell({"serve", "--data", other.path(), "--listen", address});
        QCOMPARE(second.exitCode, 1);
        QVERIFY2(second.errors.contains("--listen"), second.errors);
    }

    void refusesAForeignAddressWithoutAPassword()
    {
        QTemporaryDir directory;
        const auto result = shell({"serve", "--data", directory.path(), "--listen", "0.0.0.0:0"});
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.errors.contains("PLIMSOLL_ADMIN_PASSWORD"), result.errors);
    }

    void makesKeysFromTheShell()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start({}, {{"PLIMSOLL_ADMIN_PASSWORD", "correct horse battery"}}),
                 appliance.output());
        HttpClient client(appliance.port());
        QCOMPARE(client.post("/track/x", "1")->status, 401);

        const auto made = shell({"key", "create", "--role", "ingest", "--data", appliance.dataDirectory()});
        QCOMPARE(made.exitCode, 0);
        const std::string key = made.output.trimmed().toStdString();
        QVERIFY(QByteArray::fromStdString(key).startsWith("plm_default_"));
        QCOMPARE(client.post("/track/x", "1", {{"Authorization", "Bearer " + key}})->status, 200);
        QCOMPARE(client.get("/metrics", {{"Authorization", "Bearer " + key}})->status, 403);

        const auto bad = shell({"key", "create", "--role", "captain", "--data", appliance.dataDirectory()});
        QCOMPARE(bad.exitCode, 1);
        QVERIFY(bad.errors.contains("ingest"));
    }

    void makesKeysOnADirectoryThatNobodyHolds()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start({}, {{"PLIMSOLL_ADMIN_PASSWORD", "correct horse battery"}}),
                 appliance.output());
        QVERIFY(appliance.stop());
        const auto made = shell({"key", "create", "--role", "read", "--data", appliance.dataDirectory()});
        QVERIFY2(made.exitCode == 0, made.errors);
        QVERIFY2(appliance.start(), appliance.output());
        HttpClient client(appliance.port());
        const std::string key = made.output.trimmed().toStdString();
        QCOMPARE(client.get("/metrics", {{"Authorization", "Bearer " + key}})->status, 200);
    }

    /// Users from the shell, while it runs and while nobody holds the directory; passwords only by the input.
    void managesUsersFromTheShell()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start({}, {{"PLIMSOLL_ADMIN_PASSWORD", "correct horse battery"}}),
                 appliance.output());
        const QStringList there{"--data", appliance.dataDirectory()};
        const auto user = [&](const QStringList &words, const QByteArray &input = {}) {
            return shell(QStringList{"user"} + words + there, input);
        };
        const auto logIn = [&](const char *name, const char *password) {
            const QJsonObject attempt{{"name", name}, {"password", password}};
            const auto answer =
                HttpClient(appliance.port()).post("/login", QJsonDocument(attempt).toJson().toStdString());
            return answer ? answer->status : 0;
        };
        const QStringList create{"create", "mara", "--role", "edit", "--password-stdin"};
        auto made = user(create, "staple and more staple\r\n");
        QVERIFY2(made.exitCode == 0, made.errors);
        QCOMPARE(made.output.trimmed(), QByteArray("mara"));
        QCOMPARE(logIn("mara", "staple and more staple"), 200);
        QCOMPARE(user(create, "staple and more staple\n").exitCode, 1);
        QCOMPARE(user({"create", "nils", "--role", "edit"}, "staple and more staple\n").exitCode, 1);
        QCOMPARE(
            user({"create", "nils", "--role", "ingest", "--password-stdin"}, "long enough it is\n").exitCode,
            1);
        QCOMPARE(user({"create", "nils", "--role", "read", "--project", "nowhere", "--password-stdin"},
                      "long enough it is\n")
                     .exitCode,
                 1);
        QCOMPARE(user({"password", "nobody", "--password-stdin"}, "long enough it is\n").exitCode, 1);
        QCOMPARE(user({"remove", "admin"}).exitCode, 1);
        QCOMPARE(user({"create", "nils"}).exitCode, 2);

        QVERIFY(appliance.stop());
        made = user({"create", "nils", "--role", "read", "--project", "default", "--password-stdin"},
                    "another staple, long\n");
        QVERIFY2(made.exitCode == 0, made.errors);
        QCOMPARE(user({"password", "mara", "--password-stdin"}, "quite another one\n").exitCode, 0);
        const QJsonArray items =
            QJsonDocument::fromJson(user({"list", "--json"}).output).object()["items"].toArray();
        QCOMPARE(items.size(), 3);
        QCOMPARE(items[2].toObject()["projects"].toArray(), QJsonArray{"default"});
        QVERIFY(user({"list"}).output.contains("nils"));
        QVERIFY2(appliance.start(), appliance.output());
        QCOMPARE(logIn("mara", "quite another one"), 200);
        QCOMPARE(logIn("mara", "staple and more staple"), 401);
        QCOMPARE(logIn("nils", "another staple, long"), 200);
        QCOMPARE(logIn("admin", "correct horse battery"), 200);
        QCOMPARE(user({"remove", "nils"}).exitCode, 0);
        QCOMPARE(logIn("nils", "another staple, long"), 401);
    }

    void importsIntoARunningApplianceAndCountsNothingTwice()
    {
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(), appliance.output());
        const QString file = appliance.dataDirectory() + QStringLiteral("/sales.ndjson");
        QFile sales(file);
        QVERIFY(sales.open(QIODevice::WriteOnly));
        for (int i = 0; i < 1000; i++)
            sales.write(R"({"metrics":[{"name":"sales_usd","type":"counter","value":0.01}]})"
                        "\n");
        sales.close();

        for (int run = 0; run < 2; run++) {
            const auto result = shell({"import", file, "--data", appliance.dataDirectory()});
            QVERIFY2(result.exitCode == 0, result.errors);
        }
        HttpClient client(appliance.port());
        const auto answer = client.get("/api/v1/query?query=sum(increase(sales_usd%5B1h%5D))");
        QCOMPARE(firstValue(answer), QStringLiteral("10"));
    }

    void importsOpenMetricsIntoADirectoryThatNobodyHolds()
    {
        QTemporaryDir directory;
        const QByteArray text = "# TYPE depth gauge\ndepth{dock=\"a\"} 4.5\ndepth{dock=\"b\"} 7\n# EOF\n";
        const auto result = shell({"import", "-", "--data", directory.path()}, text);
        QVERIFY2(result.exitCode == 0, result.errors + result.output);
        QVERIFY2(result.output.contains("2 items taken"), result.output);
    }

    void saysWhatIsWrongWithTheCommandLine()
    {
        QCOMPARE(shell({"sail"}).exitCode, 2);
        QVERIFY(shell({"serve", "--lisen", "1"}).errors.contains("--lisen"));
        QCOMPARE(shell({"--help"}).exitCode, 0);
        QVERIFY(shell({"serve", "--help"}).output.contains("PLIMSOLL_LISTEN"));
        QVERIFY(shell({"version"}).output.startsWith("plimsoll "));
    }
};

QTEST_GUILESS_MAIN(ServeTest)
#include "ServeTest.moc"

#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

using namespace plimsoll::test;

namespace {

constexpr const char *password = "correct horse battery";

/// A block of the page: what is typed, and what is shown of the answer.
struct Example
{
    QString command;
    QJsonObject answer;
    int status = 200;
};

QList<Example> examplesOf(const QString &fileName)
{
    QFile file(qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + u'/' + fileName);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    static const QRegularExpression block(QStringLiteral("```(sh|json)\\n(.*?)```"),
                                          QRegularExpression::DotMatchesEverythingOption);
    static const QRegularExpression status(QStringLiteral("# (\\d{3})$"));
    QList<Example> examples;
    for (auto it = block.globalMatch(QString::fromUtf8(file.readAll())); it.hasNext();) {
        const auto match = it.next();
        const QString text = match.captured(2).trimmed();
        if (match.captured(1) == u"sh") {
            const auto told = status.match(text);
            examples << Example{text, {}, told.hasMatch() ? told.captured(1).toInt() : 200};
        } else {
            examples.last().answer = QJsonDocument::fromJson(text.toUtf8()).object();
        }
    }
    return examples;
}

/// True where everything that is shown is there, with values of the same kind; texts and small whole numbers
/// are the same ones. `path` tells what is not.
bool holds(const QJsonValue &real, const QJsonValue &shown, QString &path)
{
    if (real.type() != shown.type())
        return false;
    if (shown.isObject()) {
        const QJsonObject object = shown.toObject();
        for (auto it = object.begin(); it != object.end(); ++it) {
            QString below = path + u'.' + it.key();
            if (!holds(real.toObject()[it.key()], it.value(), below)) {
                path = below;
                return false;
            }
        }
        return true;
    }
    if (shown.isArray()) {
        if (shown.toArray().isEmpty())
            return true;
        for (const QJsonValue &each : real.toArray()) {
            if (QString below = path; holds(each, shown.toArray()[0], below))
                return true;
        }
        return false;
    }
    return shown.isString() ? real == shown : true;
}

} // namespace

/// The plain JSON API of the real program: its document, its examples, and pages of other sites.
class PlainApiTest : public QObject
{
    Q_OBJECT

    ApplianceProcess m_appliance;
    QByteArray m_readKey;
    QByteArray m_ingestKey;

    QByteArray keyOf(const char *role)
    {
        QProcess process;
        process.start(qEnvironmentVariable("PLIMSOLL_BIN"),
                      {QStringLiteral("key"), QStringLiteral("create"), QStringLiteral("--role"),
                       QLatin1String(role), QStringLiteral("--data"), m_appliance.dataDirectory()});
        process.waitForFinished(60'000);
        static const QRegularExpression key(QStringLiteral("plm_[A-Za-z0-9_-]+"));
        return key.match(QString::fromUtf8(process.readAllStandardOutput())).captured(0).toUtf8();
    }
    QJsonObject document()
    {
        HttpClient client(m_appliance.port());
        const auto answer = client.get("/api/openapi.json");
        return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object()
                      : QJsonObject();
    }
    /// Calls `visit(path, method, operation)` for each.
    template<typename Visit>
    void eachOperation(Visit visit)
    {
        const QJsonObject paths = document()["paths"].toObject();
        QVERIFY(paths.size() > 40);
        for (auto path = paths.begin(); path != paths.end(); ++path) {
            const QJsonObject methods = path.value().toObject();
            for (auto method = methods.begin(); method != methods.end(); ++method)
                visit(path.key(), method.key(), method.value().toObject());
        }
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(
            m_appliance.start({QStringLiteral("--cors-origins"), QStringLiteral("https://app.example.com")},
                              {{QStringLiteral("PLIMSOLL_ADMIN_PASSWORD"), QLatin1String(password)}}),
            m_appliance.output());
        m_readKey = keyOf("read");
        m_ingestKey = keyOf("ingest");
        QVERIFY(!m_readKey.isEmpty() && !m_ingestKey.isEmpty());
    }

    void everyRouteIsDescribed()
    {
        QSet<QString> ids;
        eachOperation([&](const QString &path, const QString &method, const QJsonObject &operation) {
            const QString name = method + u' ' + path;
            QVERIFY2(!operation["summary"].toString().isEmpty(), qPrintable(name + " has no summary"));
            QVERIFY2(!operation["tags"].toArray()[0].toString().isEmpty(), qPrintable(name));
            QVERIFY2(!operation["responses"].toObject().isEmpty(), qPrintable(name));
            QVERIFY2(!ids.contains(operation["operationId"].toString()), qPrintable(name));
            ids << operation["operationId"].toString();
            const QStringList roles{"public", "ingest", "read", "edit", "admin", "appliance"};
            QVERIFY2(roles.contains(operation["x-plimsoll-access"].toString()), qPrintable(name));
            // Each parameter of the path is told, and no other says that it is in the path.
            static const QRegularExpression slot(QStringLiteral("\\{([^}]+)\\}"));
            QSet<QString> inPath;
            for (auto it = slot.globalMatch(path); it.hasNext();)
                inPath << it.next().captured(1);
            QSet<QString> told;
            for (const QJsonValue &parameter : operation["parameters"].toArray()) {
                if (parameter["in"].toString() == u"path")
                    told << parameter["name"].toString();
            }
            QCOMPARE(told, inPath);
        });
        for (const char *path : {"/metrics", "/metrics/query", "/metrics/endpoints", "/metrics/costs",
                                 "/metrics/system", "/metrics/export", "/ingest", "/track/{name}",
                                 "/api/v1/query", "/api/openapi.json", "/api/app/rules/{id}"})
            QVERIFY2(document()["paths"].toObject().contains(QLatin1String(path)), path);
    }

    /// What the document says of access is so.
    void accessIsAsDescribed()
    {
        HttpClient client(m_appliance.port());
        const HttpClient::Headers ingest{{"Authorization", "Bearer " + m_ingestKey.toStdString()}};
        eachOperation([&](const QString &path, const QString &method, const QJsonObject &operation) {
            if (method != u"get")
                return;
            static const QRegularExpression slot(QStringLiteral("\\{[^}]+\\}"));
            const std::string target = QString(path).replace(slot, QStringLiteral("x")).toStdString();
            const QString access = operation["x-plimsoll-access"].toString();
            const auto without = client.get(target);
            QVERIFY2(without, target.c_str());
            QVERIFY2((without->status == 401) == (access != u"public"), target.c_str());
            if (access != u"public" && access != u"ingest")
                QCOMPARE(client.get(target, ingest)->status, 403);
        });
    }

    /// Where the shape is that of OpenAPI 3.1, references lead somewhere, and examples fit their schemas.
    void documentIsWellFormed()
    {
        const QJsonObject all = document();
        QCOMPARE(all["openapi"].toString(), QStringLiteral("3.1.0"));
        for (const char *name : {"title", "version"})
            QVERIFY(!all["info"][QLatin1String(name)].toString().isEmpty());
        QVERIFY(all["components"]["responses"]["Error"].isObject());
        QVERIFY(all["components"]["schemas"]["Error"].isObject());
        for (const QJsonValue &needed : all["security"].toArray()) {
            for (const QString &scheme : needed.toObject().keys())
                QVERIFY(all["components"]["securitySchemes"].toObject().contains(scheme));
        }
        eachOperation([&](const QString &path, const QString &method, const QJsonObject &operation) {
            QVERIFY2((QStringList{"get", "post", "put", "patch", "delete"}).contains(method),
                     qPrintable(path));
            for (const QJsonValue &response : operation["responses"].toObject()) {
                const QJsonObject object = response.toObject();
                QVERIFY2(object.contains("description") || object.contains("$ref"), qPrintable(path));
            }
            QSet<QString> names;
            for (const QJsonValue &parameter : operation["parameters"].toArray()) {
                const QString name = parameter["in"].toString() + parameter["name"].toString();
                QVERIFY2(parameter["schema"].isObject() && !names.contains(name), qPrintable(path + name));
                names << name;
            }
        });
    }

    void examplesOfThePageAreTrue_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QJsonObject>("answer");
        QTest::addColumn<int>("status");
        for (const Example &example : examplesOf(QStringLiteral("server/api/PLAIN-API.md")))
            QTest::newRow(qPrintable(example.command.left(400)))
                << example.command << example.answer << example.status;
    }
    void examplesOfThePageAreTrue()
    {
        QFETCH(const QString, command);
        QFETCH(const QJsonObject, answer);
        QFETCH(const int, status);
        QVERIFY(command.contains("curl"));
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("PLIMSOLL"),
                           QStringLiteral("http://127.0.0.1:%1").arg(m_appliance.port()));
        environment.insert(QStringLiteral("KEY"), QString::fromLatin1(m_readKey));
        environment.insert(QStringLiteral("INGEST_KEY"), QString::fromLatin1(m_ingestKey));
        process.setProcessEnvironment(environment);
        process.start(
            QStringLiteral("/bin/bash"),
            {QStringLiteral("-c"), QString(command).replace("curl ", "curl --silent --fail-with-body ")});
        QVERIFY(process.waitForFinished(60'000));
        const QByteArray output = process.readAllStandardOutput();
        QCOMPARE(process.exitCode(), status == 200 ? 0 : 22);
        QVERIFY2(!output.isEmpty(), process.readAllStandardError());
        if (answer.isEmpty())
            return;
        const QJsonDocument real = QJsonDocument::fromJson(output);
        QString path;
        QVERIFY2(holds(real.object(), answer, path), qPrintable(path + ": " + QString::fromUtf8(output)));
    }

    void pagesOfOtherSitesNeedTheSettingAndAKey()
    {
        HttpClient client(m_appliance.port());
        const std::string bearer = "Bearer " + m_readKey.toStdString();
        const auto listed =
            client.get("/metrics/system", {{"Origin", "https://app.example.com"}, {"Authorization", bearer}});
        QCOMPARE(listed->status, 200);
        QCOMPARE(listed->headers.at("access-control-allow-origin"), std::string("https://app.example.com"));
        const auto other = client.get("/metrics/system",
                                      {{"Origin", "https://evil.example.com"}, {"Authorization", bearer}});
        QVERIFY(!other->headers.contains("access-control-allow-origin"));
        QCOMPARE(client.get("/metrics/system", {{"Origin", "https://app.example.com"}})->status, 401);
        const auto preflight = client.request("OPTIONS", "/metrics/export", {},
                                              {{"Origin", "https://app.example.com"},
                                               {"Access-Control-Request-Method", "GET"},
                                               {"Access-Control-Request-Headers", "authorization"}});
        QCOMPARE(preflight->status, 204);
    }

    void wrongOriginsAreRefusedAtStart()
    {
        ApplianceProcess appliance;
        QVERIFY(!appliance.start({QStringLiteral("--cors-origins"), QStringLiteral("app.example.com")}));
        QVERIFY2(appliance.output().contains("--cors-origins: \"app.example.com\" is not an origin."),
                 appliance.output());
    }
};

QTEST_GUILESS_MAIN(PlainApiTest)
#include "PlainApiTest.moc"

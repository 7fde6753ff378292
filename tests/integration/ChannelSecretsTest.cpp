#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/RunProgram.h"
#include "tests/support/SampleNotification.h"
#include "tests/support/WebhookReceiver.h"

#include <QDirIterator>
#include <QJsonArray>
#include <QTest>

#include <future>

using namespace plimsoll::test;
using plimsoll::tests::runProgram;

namespace {

/// Every secret holds this, and nothing else does.
const QByteArray mark = "zq7kept";
/// The names of channels hold this: what shows that the search below finds what is there.
const QByteArray control = "zq7shown";

QJsonObject bodyOf(const std::optional<HttpAnswer> &answer)
{
    return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object() : QJsonObject();
}

QByteArray everythingIn(const QString &directory)
{
    QByteArray all;
    QDirIterator files(directory, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly))
            all += file.readAll();
    }
    return all;
}

} // namespace

/// Secrets of channels are not found in the API, the log, the exports, the data directory or a backup.
class ChannelSecretsTest : public QObject
{
    Q_OBJECT

    const QString m_program = qEnvironmentVariable("PLIMSOLL_BIN");

    static std::map<QString, QByteArray> kinds(const WebhookReceiver &receiver)
    {
        const QByteArray url = "'url':'" + receiver.url("").toUtf8();
        return {{"webhook",
                 "{" + url + "/','secret':'zq7kept-secret-of-hook','headers':{'X-T':'zq7kept-header'}}"},
                {"alertmanager", "{" + url + "/','headers':{'Authorization':'Bearer zq7kept-am'}}"},
                {"email", "{'host':'127.0.0.1','port':1,'user':'u','password':'zq7kept-mail','from':'a@b.c',"
                          "'to':'d@e.f'}"},
                {"slack", "{" + url + "/services/zq7kept-slack'}"},
                {"discord", "{" + url + "/api/webhooks/1/zq7kept-discord'}"},
                {"ntfy", "{" + url + "/topic','token':'zq7kept-ntfy'}"},
                {"telegram", "{" + url + "','token':'1:zq7kept-telegram','chat_id':1}"},
                {"pagerduty", "{" + url + "','routing_key':'zq7kept9abcdef0123456789abcdefpd'}"},
                {"opsgenie", "{" + url + "','api_key':'zq7kept-opsgenie'}"}};
    }

    static std::optional<HttpAnswer> ask(int port, const char *method, std::string path,
                                         const std::string &body = {})
    {
        auto answer = std::async(std::launch::async, [=] {
            return HttpClient(port).request(method, path, body, {{"Content-Type", "application/json"}});
        });
        while (answer.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready)
            QCoreApplication::processEvents();
        return answer.get();
    }

    /// Makes a check with a password; gives what was answered.
    static QByteArray makeCheck(int port)
    {
        const QJsonObject body = json("{'name':'zq7shown check','kind':'redis','target':'127.0.0.1:1',"
                                      "'settings':{'password':'zq7kept-redis'}}");
        const auto made = ask(port, "POST", "/api/app/checks", QJsonDocument(body).toJson().toStdString());
        if (!made || made->status != 201)
            qFatal("%s", made ? made->body.c_str() : "no answer");
        return QByteArray::fromStdString(made->body);
    }

    /// Makes one channel of each kind and tests it, with a receiver that repeats its secrets; gives all that
    /// was answered.
    static QByteArray makeAll(int port, WebhookReceiver &receiver)
    {
        QByteArray answers;
        for (const auto &[kind, settings] : kinds(receiver)) {
            const QJsonObject body{
                {"name", QString::fromUtf8(control) + kind}, {"kind", kind}, {"settings", json(settings)}};
            const auto made =
                ask(port, "POST", "/api/app/channels", QJsonDocument(body).toJson().toStdString());
            receiver.answerAll({WebhookReceiver::Plan::Kind::Answer, 400, settings, ""});
            if (!made || made->status != 201)
                qFatal("%s: %s", qPrintable(kind), made ? made->body.c_str() : "no answer");
            const std::string path = "/api/app/channels/" + bodyOf(made)["id"].toString().toStdString();
            answers += QByteArray::fromStdString(made->body);
            for (const auto &answer : {ask(port, "POST", path + "/test"), ask(port, "GET", path),
                                       ask(port, "PATCH", path, R"({"name":"zq7shown again"})")})
                answers += answer ? QByteArray::fromStdString(answer->body) : QByteArray();
        }
        return answers;
    }

private Q_SLOTS:
    void areFoundNowhere()
    {
        WebhookReceiver receiver;
        ApplianceProcess appliance;
        QVERIFY2(appliance.start(), appliance.output());
        QByteArray answers = makeAll(appliance.port(), receiver) + makeCheck(appliance.port());
        for (const char *path :
             {"/api/app/channels", "/api/app/deliveries", "/api/app/episodes", "/api/app/rules",
              "/api/app/checks", "/metrics/export?format=json", "/metrics", "/api/openapi.json", "/health"}) {
            const auto answer = ask(appliance.port(), "GET", path);
            QVERIFY2(answer && answer->status == 200, path);
            answers += QByteArray::fromStdString(answer->body);
        }
        QVERIFY(answers.contains(control));
        QVERIFY(!answers.contains(mark));

        QTemporaryDir place;
        const QString backup = place.filePath("backup");
        const auto made = runProgram(m_program, {"backup", backup, "--data", appliance.dataDirectory()});
        QVERIFY2(made.exitCode == 0, made.output);
        QVERIFY(everythingIn(place.path()).contains(control));
        QVERIFY(!everythingIn(place.path()).contains(mark));
        QVERIFY(everythingIn(appliance.dataDirectory()).contains(control));
        QVERIFY(!everythingIn(appliance.dataDirectory()).contains(mark));
        QVERIFY(appliance.stop());
        QVERIFY(everythingIn(appliance.dataDirectory()).contains(control));
        QVERIFY(!everythingIn(appliance.dataDirectory()).contains(mark));
        QVERIFY2(!appliance.output().contains(mark), appliance.output());
        restoredElsewhere(backup, appliance.dataDirectory());
    }

private:
    void restoredElsewhere(const QString &backup, const QString &oldDirectory)
    {
        ApplianceProcess other;
        const auto restored = runProgram(m_program, {"restore", backup, "--data", other.dataDirectory()});
        QVERIFY2(restored.exitCode == 0, restored.output);
        QVERIFY2(restored.output.contains("secrets.key"), restored.output);
        QVERIFY2(other.start(), other.output());
        const QJsonArray lacking = bodyOf(ask(other.port(), "GET", "/api/app/channels"))["items"].toArray();
        QCOMPARE(lacking.size(), qsizetype(9));
        for (const QJsonValue channel : lacking)
            QVERIFY(!channel["missing_secrets"].toArray().isEmpty());
        const auto checks = bodyOf(ask(other.port(), "GET", "/api/app/checks"))["items"].toArray();
        QCOMPARE(checks[0]["missing_secrets"].toArray(), QJsonArray{"settings.password"});
        QVERIFY(other.stop());

        const QString key = other.dataDirectory() + "/secrets.key";
        QVERIFY(QFile::remove(key) && QFile::copy(oldDirectory + "/secrets.key", key));
        QVERIFY2(other.start(), other.output());
        const QJsonArray whole = bodyOf(ask(other.port(), "GET", "/api/app/channels"))["items"].toArray();
        QCOMPARE(whole.size(), qsizetype(9));
        for (const QJsonValue channel : whole)
            QVERIFY(!channel.toObject().contains("missing_secrets"));
    }
};

QTEST_GUILESS_MAIN(ChannelSecretsTest)
#include "ChannelSecretsTest.moc"

#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/Mail.h"
#include "tests/support/SampleNotification.h"
#include "tests/support/SmtpServer.h"

#include <QCoroTask>
#include <QTcpServer>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

namespace {

const QStringList login{"ada", "s3cret-word"};

QJsonObject settingsFor(const SmtpServer &server, const QString &security)
{
    QJsonObject settings{{"host", "localhost"},
                         {"port", server.port()},
                         {"security", security},
                         {"from", "Plimsoll Alärms <alarms@example.org>"},
                         {"to", QJsonArray{"ada@example.org", "\"Bob, Mr.\" <bob@example.org>"}}};
    if (security != "none") {
        settings.insert("user", login[0]);
        settings.insert("password", login[1]);
        settings.insert("authorities", server.certificate());
    }
    return settings;
}

Result<Channel> channelWith(const QJsonObject &settings)
{
    return Channel::fromJson({{"name", "mail"}, {"kind", "email"}, {"settings", settings}}, nullptr);
}

SendOutcome send(const QJsonObject &settings, const QJsonObject &notification, bool allowPrivate = true)
{
    const auto channel = channelWith(settings);
    if (!channel.ok())
        qFatal("%s", channel.error().message.c_str());
    OutboundHttp http{OutboundPolicy(allowPrivate), {}};
    return QCoro::waitFor(sendNotification(http, *channel, notification));
}

} // namespace

/// Mail over a real server with TLS.
class EmailChannelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (const QString why = SmtpServer::whyNot(); !why.isEmpty())
            QSKIP(qPrintable(why));
    }

    void delivers_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<QString>("security");
        QTest::newRow("starttls") << "starttls"
                                  << "starttls";
        QTest::newRow("tls") << "tls"
                             << "tls";
        QTest::newRow("plain") << "plain"
                               << "none";
    }

    void delivers()
    {
        QFETCH(QString, mode);
        QFETCH(QString, security);
        SmtpServer server;
        QVERIFY(server.start(mode, mode == "plain" ? QStringList() : login));
        QJsonObject notification = sampleNotification("firing");
        notification.insert("rule", QJsonObject{{"name", "Wärme <b>zu</b> hoch\r\nBcc: eve@example.org"}});
        notification.insert("points",
                            json("{'p':[[1795248005000,91],[1795248020000,95],[1795248035000,92]]}")["p"]);
        const SendOutcome outcome = send(settingsFor(server, security), notification);
        QVERIFY2(outcome.delivered, (outcome.error + outcome.body).c_str());
        QCOMPARE(outcome.status, std::optional(250));
        QVERIFY2(outcome.body.find("250 2.0.0 taken as 4711") != std::string::npos, outcome.body.c_str());
        QVERIFY(outcome.body.find("s3cret") == std::string::npos);

        const QJsonObject mail = server.nextMail();
        QCOMPARE(mail["from"].toString(), "alarms@example.org");
        QCOMPARE(mail["to"].toArray(), (QJsonArray{"ada@example.org", "bob@example.org"}));
        QCOMPARE(mail["tls"].toBool(), security != "none");
        QCOMPARE(mail["user"].toString(), security == "none" ? "" : "ada");
        QCOMPARE(mail["defects"].toArray(), QJsonArray());
        QVERIFY(mail["longest"].toInt() <= 998);
        checkHeaders(mail["headers"].toObject());
        QVERIFY(mail["text"].toString().contains("CPU of web-1 is at 91.5 %"));
        QVERIFY(mail["text"].toString().contains("http://plimsoll.example/alerts/episodes/e1"));
        QVERIFY(mail["html"].toString().contains("W\u00e4rme &lt;b&gt;zu&lt;/b&gt; hoch"));
        QVERIFY(mail["html"].toString().contains("cid:chart-1.png"));
        const QJsonObject chart = mail["files"][0].toObject();
        QCOMPARE(chart["type"].toString(), "image/png");
        QCOMPARE(chart["id"].toString(), "<chart-1.png>");
        QVERIFY(QByteArray::fromBase64(chart["bytes"].toString().toLatin1()).startsWith("\x89PNG\r\n\x1a\n"));
    }

    static void checkHeaders(const QJsonObject &headers)
    {
        QVERIFY(!headers.contains("Bcc"));
        QVERIFY2(headers["Subject"].toString().startsWith("Critical: W\u00e4rme <b>zu</b> hoch"),
                 qPrintable(headers["Subject"].toString()));
        QCOMPARE(headers["From"].toString(), "Plimsoll Al\u00e4rms <alarms@example.org>");
        QCOMPARE(headers["To"].toString(), "ada@example.org, \"Bob, Mr.\" <bob@example.org>");
        QCOMPARE(headers["Message-ID"].toString(), "<d1.plimsoll@example.org>");
        QCOMPARE(headers["References"].toString(), "<about-k1.plimsoll@example.org>");
        QCOMPARE(headers["Auto-Submitted"].toString(), "auto-generated");
        QVERIFY(headers["Date"].toString().endsWith("+0000"));
    }

    void theServerGoesDownAndComesBack()
    {
        SmtpServer server;
        QVERIFY(server.start("starttls", login));
        const QJsonObject settings = settingsFor(server, "starttls");
        QVERIFY(send(settings, sampleNotification("firing")).delivered);
        server.stop();
        const SendOutcome down = send(settings, sampleNotification("resolved"));
        QVERIFY(!down.delivered);
        QVERIFY(!down.connected);
        QVERIFY(!down.error.empty());
        QVERIFY(server.start("starttls", login));
        const SendOutcome back = send(settings, sampleNotification("resolved"));
        QVERIFY2(back.delivered, back.error.c_str());
        QCOMPARE(server.nextMail()["headers"].toObject()["Subject"].toString(), "Resolved: CPU is high");
    }

    void refusesACertificateThatNobodyVouchesFor()
    {
        for (const auto &[mode, security] : {std::pair("starttls", "starttls"), {"tls", "tls"}}) {
            SmtpServer server;
            QVERIFY(server.start(mode, login));
            QJsonObject settings = settingsFor(server, security);
            settings.remove("authorities");
            const SendOutcome outcome = send(settings, sampleNotification("firing"));
            QVERIFY(!outcome.delivered);
            QVERIFY2(outcome.error.find("is not trusted") != std::string::npos, outcome.error.c_str());
        }
    }

    void refusesACertificateOfAnotherName()
    {
        SmtpServer server;
        QVERIFY(server.start("tls", login));
        QJsonObject settings = settingsFor(server, "tls");
        settings.insert("host", "127.0.0.1");
        const SendOutcome outcome = send(settings, sampleNotification("firing"));
        QVERIFY(!outcome.delivered);
        QVERIFY2(outcome.error.find("is not trusted") != std::string::npos, outcome.error.c_str());
    }

    void sendsNothingInClearWhereTlsIsWanted()
    {
        SmtpServer server;
        QVERIFY(server.start("plain"));
        const SendOutcome outcome = send(settingsFor(server, "starttls"), sampleNotification("firing"));
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.error,
                 std::string("The mail server offers no TLS (STARTTLS), so nothing was sent."));
    }

    void saysThatThePasswordIsWrong()
    {
        SmtpServer server;
        QVERIFY(server.start("starttls", {"ada", "another-word"}));
        const SendOutcome outcome = send(settingsFor(server, "starttls"), sampleNotification("firing"));
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.error, std::string("The mail server refused the user or the password."));
        QVERIFY(outcome.body.find("535") != std::string::npos);
    }

    void tellsTheOthersWhereOneAddressIsWrong()
    {
        SmtpServer server;
        QVERIFY(server.start("plain", {}, {"--refuse", "ada@example.org"}));
        const SendOutcome outcome = send(settingsFor(server, "none"), sampleNotification("firing"));
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QVERIFY(outcome.body.find("550 5.1.1 no such user") != std::string::npos);
        QCOMPARE(server.nextMail()["to"].toArray(), QJsonArray{"bob@example.org"});
    }

    void goesNowhereThePolicyForbids()
    {
        SmtpServer server;
        QVERIFY(server.start("plain"));
        const SendOutcome outcome = send(settingsFor(server, "none"), sampleNotification("firing"), false);
        QVERIFY(!outcome.delivered);
        QVERIFY2(outcome.error.find("this appliance listens beyond loopback") != std::string::npos,
                 outcome.error.c_str());
    }

    void endsWhenItIsToldTo()
    {
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost, 0));
        const auto channel =
            channelWith(json("{'host':'127.0.0.1','security':'none','from':'a@b.c','to':'d@e.f','port':" +
                             QByteArray::number(silent.serverPort()) + "}"));
        QVERIFY(channel.ok());
        auto http = std::make_unique<OutboundHttp>(OutboundPolicy(true), OutboundHttp::Options());
        auto task = sendNotification(*http, *channel, sampleNotification("firing"));
        QTRY_VERIFY(silent.hasPendingConnections());
        http.reset();
        const SendOutcome outcome = QCoro::waitFor(std::move(task));
        QCOMPARE(outcome.error, std::string("The appliance is stopping."));
    }

    void saysWhatIsWrongInItsSettings_data()
    {
        QTest::addColumn<QByteArray>("change");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *change, const char *message) {
            QTest::newRow(message) << QByteArray(change) << QByteArray(message);
        };
        row("{'host':null}", "`settings.host` is missing.");
        row("{'host':'smtp://x'}", "`settings.host` is not the name of a server.");
        row("{'host':'169.254.169.254'}",
            "`settings.host` is not allowed: 169.254.169.254 is a link-local or metadata address; "
            "notifications never go there.");
        row("{'security':'ssl'}", R"(`settings.security` must be "starttls", "tls" or "none".)");
        row("{'port':70000}", "`settings.port` must be a whole number from 1 to 65535.");
        row("{'from':'nobody'}", "`settings.from` is not a mail address.");
        row("{'from':'a@b.c\\r\\nBcc: d@e.f'}", "`settings.from` is not a mail address.");
        row("{'to':[]}", "`settings.to` names nobody.");
        row("{'to':['a@b.c','d']}", "`settings.to` holds something that is not a mail address.");
        row("{'user':'u'}", "`settings.password` is missing; give both or none.");
        row("{'user':'u','password':'p','security':'none'}",
            R"(`settings.security` must be "starttls" or "tls" where there is a password.)");
        row("{'authorities':'x'}", "`settings.authorities` is not a certificate in PEM.");
        row("{'colour':'x'}", "`settings.colour` is not a field of an email channel's settings.");
    }

    void saysWhatIsWrongInItsSettings()
    {
        QFETCH(QByteArray, change);
        QFETCH(QByteArray, message);
        QJsonObject settings = json("{'host':'smtp.example.org','from':'a@b.c','to':'d@e.f'}");
        QVERIFY(channelWith(settings).ok());
        const QJsonObject changes = json(change);
        for (auto it = changes.begin(); it != changes.end(); ++it)
            settings.insert(it.key(), it.value());
        const auto channel = channelWith(settings);
        QVERIFY(!channel.ok());
        QCOMPARE(QByteArray::fromStdString(channel.error().message), message);
    }

    void masksThePassword()
    {
        const auto channel =
            channelWith(json("{'host':'smtp.example.org','user':'u','password':'s3cret-word',"
                             "'from':'a@b.c','to':['d@e.f']}"));
        QVERIFY(channel.ok());
        QJsonObject shown = channel->toMaskedJson();
        QCOMPARE(shown["settings"].toObject()["password"].toString(), QString::fromUtf8(secretMask));
        const auto kept = Channel::fromJson(shown, &channel.value());
        QVERIFY(kept.ok());
        QCOMPARE(kept->settings["password"].toString(), "s3cret-word");
        QJsonObject settings = shown["settings"].toObject();
        settings.insert("host", "evil.example.org");
        shown.insert("settings", settings);
        QVERIFY(!Channel::fromJson(shown, &channel.value()).ok());
    }
};

QTEST_GUILESS_MAIN(EmailChannelTest)
#include "EmailChannelTest.moc"

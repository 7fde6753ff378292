#include "alerts/Channel.h"
#include "alerts/channels/ChannelKind.h"

#include <QJsonDocument>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {
/// JSON, with ' in place of ".
QJsonObject json(QByteArray text)
{
    const QJsonDocument document = QJsonDocument::fromJson(text.replace('\'', '"'));
    if (!document.isObject())
        qFatal("not JSON: %s", text.constData());
    return document.object();
}
} // namespace

class ChannelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *body, const char *message) {
            QTest::newRow(message) << QByteArray(body) << QByteArray(message);
        };
        row("{'kind':'webhook','settings':{}}", "`name` is missing.");
        row("{'name':'n','settings':{}}", "`kind` is missing.");
        row("{'name':'n','kind':'pigeon','settings':{}}",
            "`kind` must be one of: webhook, alertmanager, email, slack, discord, ntfy, telegram, pagerduty, "
            "opsgenie.");
        row("{'name':'n','kind':'webhook'}", "`settings` is missing.");
        row("{'name':'n','kind':'webhook','settings':{}}", "`settings.url` is missing.");
        row("{'name':'n','kind':'webhook','settings':{'url':'ftp://a/'}}",
            "`settings.url` must begin with http:// or https://.");
        row("{'name':'n','kind':'webhook','settings':{'url':'/hook'}}", "`settings.url` is not a URL.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://u:p@a/'}}",
            "`settings.url` must not hold a user or password.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://169.254.169.254/'}}",
            "`settings.url` is not allowed: 169.254.169.254 is a link-local or metadata address; "
            "notifications never "
            "go there.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://a/','method':'PUT'}}",
            "`settings.method` is not a field of a webhook's settings.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://a/','headers':{'Host':'b'}}}",
            "`settings.headers.Host` is set by the appliance itself.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://a/','headers':{'idempotency-key':'b'}}}",
            "`settings.headers.idempotency-key` is set by the appliance itself.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://a/','headers':{'X Y':'b'}}}",
            "`settings.headers.X Y` is not a header name.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://a/','headers':{'X':'a\r\nY: b'}}}",
            "`settings.headers.X` holds a line break or another control character.");
        row("{'name':'n','kind':'webhook','settings':{'url':'http://a/','headers':{'X':'••••'}}}",
            "`settings.headers.X` is only the mask of a value.");
    }

    void saysWhatIsWrong()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, message);
        const auto channel = Channel::fromJson(json(body), nullptr);
        QVERIFY(!channel.ok());
        QCOMPARE(QByteArray::fromStdString(channel.error().message), message);
    }

    void masksEveryHeader()
    {
        const auto channel = Channel::fromJson(
            json("{'name':'n','kind':'webhook','settings':{'url':'http://a/','headers':{'A':'one','B':''}}}"),
            nullptr);
        QVERIFY(channel.ok());
        const QByteArray shown = QJsonDocument(channel->toMaskedJson()).toJson();
        QVERIFY(!shown.contains("one"));
        QCOMPARE(shown.count(secretMask), 2);
    }

    void keepsMaskedValues()
    {
        const auto old = Channel::fromJson(json("{'name':'n','kind':'webhook','settings':{'url':'http://a/"
                                                "','headers':{'A':'one','B':'two'}}}"),
                                           nullptr);
        QVERIFY(old.ok());
        const auto changed = Channel::fromJson(json("{'name':'n','kind':'webhook','settings':{'url':'http://"
                                                    "a/b','headers':{'A':'••••','C':'three'}}}"),
                                               &old.value());
        QVERIFY(changed.ok());
        const QJsonObject headers = changed->settings.value("headers").toObject();
        QCOMPARE(headers, (QJsonObject{{"A", "one"}, {"C", "three"}}));
    }

    void givesNoKeptSecretToAnotherHost()
    {
        const auto old = Channel::fromJson(
            json("{'name':'n','kind':'webhook','settings':{'url':'http://a/','headers':{'A':'one'}}}"),
            nullptr);
        QVERIFY(old.ok());
        for (const char *url : {"http://b/", "https://a/", "http://a:81/"}) {
            QJsonObject moved = old->toMaskedJson();
            QJsonObject settings = moved.value("settings").toObject();
            settings.insert("url", url);
            moved.insert("settings", settings);
            const auto changed = Channel::fromJson(moved, &old.value());
            QVERIFY2(!changed.ok(), url);
            QVERIFY(changed.error().message.find("must be given again") != std::string::npos);
        }
    }

    void theTableNamesEveryKindOnce()
    {
        for (const ChannelKind *kind : channelKinds())
            QCOMPARE(findChannelKind(kind->name), kind);
        QVERIFY(!findChannelKind("pigeon"));
    }
};

QTEST_GUILESS_MAIN(ChannelTest)
#include "ChannelTest.moc"

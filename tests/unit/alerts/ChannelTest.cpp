#include "alerts/Channel.h"
#include "alerts/ChannelKind.h"

#include <QJsonDocument>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {
QJsonObject json(const char *text) { return QJsonDocument::fromJson(text).object(); }
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
        row(R"({"kind":"webhook","settings":{}})", "`name` is missing.");
        row(R"({"name":"n","settings":{}})", "`kind` is missing.");
        row(R"({"name":"n","kind":"pigeon","settings":{}})", "`kind` must be one of: webhook.");
        row(R"({"name":"n","kind":"webhook"})", "`settings` is missing.");
        row(R"({"name":"n","kind":"webhook","settings":{}})", "`settings.url` is missing.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"ftp://a/"}})",
            "`settings.url` must begin with http:// or https://.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"/hook"}})", "`settings.url` is not a URL.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://u:p@a/"}})",
            "`settings.url` must not hold a user or password.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://169.254.169.254/"}})",
            "169.254.169.254 is a link-local or metadata address; notifications never go there.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","method":"PUT"}})",
            "`settings.method` is not a field of a webhook's settings.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","headers":{"Host":"b"}}})",
            "`settings.headers.Host` is set by the appliance itself.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","headers":{"idempotency-key":"b"}}})",
            "`settings.headers.idempotency-key` is set by the appliance itself.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","headers":{"X Y":"b"}}})",
            "`settings.headers.X Y` is not a header name.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","headers":{"X":"a\r\nY: b"}}})",
            "`settings.headers.X` holds a line break or another control character.");
        row(R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","headers":{"X":"••••"}}})",
            "`settings.headers.X` is only the mask of a value.");
    }

    void saysWhatIsWrong()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, message);
        const QJsonDocument document = QJsonDocument::fromJson(body);
        QVERIFY(document.isObject());
        const auto channel = Channel::fromJson(document.object(), nullptr);
        QVERIFY(!channel.ok());
        QCOMPARE(QByteArray::fromStdString(channel.error().message), message);
    }

    void masksEveryHeader()
    {
        const auto channel = Channel::fromJson(
            json(
                R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","headers":{"A":"one","B":""}}})"),
            nullptr);
        QVERIFY(channel.ok());
        const QByteArray shown = QJsonDocument(channel->toMaskedJson()).toJson();
        QVERIFY(!shown.contains("one"));
        QCOMPARE(shown.count(secretMask), 2);
    }

    void keepsMaskedValues()
    {
        const auto old = Channel::fromJson(
            json(
                R"({"name":"n","kind":"webhook","settings":{"url":"http://a/","headers":{"A":"one","B":"two"}}})"),
            nullptr);
        QVERIFY(old.ok());
        const auto changed = Channel::fromJson(
            json(
                R"({"name":"n","kind":"webhook","settings":{"url":"http://b/","headers":{"A":"••••","C":"three"}}})"),
            &old.value());
        QVERIFY(changed.ok());
        const QJsonObject headers = changed->settings.value("headers").toObject();
        QCOMPARE(headers, (QJsonObject{{"A", "one"}, {"C", "three"}}));
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

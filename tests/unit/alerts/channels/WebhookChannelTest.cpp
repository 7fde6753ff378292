#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/WebhookBody.h"
#include "tests/support/SampleNotification.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QDateTime>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

namespace {

/// A text with ' in place of ".
QByteArray q(QByteArray text) { return text.replace('\'', '"'); }
QString s(const QByteArray &text) { return QString::fromUtf8(q(text)); }

Result<Channel> channelWith(const WebhookReceiver &receiver, const QJsonObject &more)
{
    QJsonObject settings{{"url", receiver.url()}};
    for (const QString &name : more.keys())
        settings.insert(name, more[name]);
    return Channel::fromJson({{"name", "n"}, {"kind", "webhook"}, {"settings", settings}}, nullptr);
}

SendOutcome send(const Result<Channel> &channel, const QJsonObject &notification)
{
    if (!channel.ok())
        qFatal("%s", channel.error().message.c_str());
    OutboundHttp http(OutboundPolicy(true), {});
    return QCoro::waitFor(sendNotification(http, *channel, notification));
}

} // namespace

class WebhookChannelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sendsTheNotificationAsItIs()
    {
        WebhookReceiver receiver;
        const QJsonObject notification = sampleGroup("firing", 3);
        QVERIFY(send(channelWith(receiver, {}), notification).delivered);
        const auto &request = receiver.received().front();
        QCOMPARE(request.json(), notification);
        QCOMPARE(request.header("content-type"), "application/json");
        QCOMPARE(request.header("idempotency-key"), "d1");
        QVERIFY(!request.headers.contains("webhook-signature"));
    }

    /// The example of the specification.
    void signsAsStandardWebhooksDo()
    {
        QCOMPARE(webhookSignature("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121,
                                  q("{'event_type':'ping','data':{'success':true}}")),
                 "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
    }

    void signsWhatItSends()
    {
        WebhookReceiver receiver;
        const int64_t before = QDateTime::currentSecsSinceEpoch();
        QVERIFY(send(channelWith(receiver, {{"secret", "0123456789abcdef"}}), sampleNotification("firing"))
                    .delivered);
        const auto &request = receiver.received().front();
        const qint64 seconds = request.header("webhook-timestamp").toLongLong();
        QVERIFY(seconds >= before && seconds <= QDateTime::currentSecsSinceEpoch());
        QCOMPARE(request.header("webhook-id"), "d1");
        QCOMPARE(request.header("webhook-signature"),
                 webhookSignature("0123456789abcdef", "d1", seconds, request.body));
    }

    void sendsWhatItsTemplateMakes_data()
    {
        QTest::addColumn<QJsonObject>("settings");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("type");
        QTest::newRow("json") << QJsonObject{{"template",
                                              s("{'text':'{{ .rule.name }} on {{ .labels.instance "
                                                "}}','value':{{ .value }},'at':{{ .started_ms }},'labels':{{ "
                                                ".json.labels }},'none':'{{ .labels.other }}'}")}}
                              << QByteArray(q("{'text':'a \\'b\\' \\\\ é on "
                                              "web-1','value':91.5,'at':1795248005000,'labels':{'instance':'"
                                              "web-1','job':'node'},'none':''}"))
                              << QByteArray("application/json");
        QTest::newRow("text") << QJsonObject{{"template",
                                              "{{ .event }}: {{ .rule.name }}{{ range .episodes }} "
                                              "[{{ .labels.instance }}]{{ end }}"},
                                             {"content_type", "text/plain; charset=utf-8"}}
                              << QByteArray(q("firing: a 'b' \\ é"))
                              << QByteArray("text/plain; charset=utf-8");
        QTest::newRow("form") << QJsonObject{{"template", "user=a&message={{ .rule.name }}"},
                                             {"content_type", "application/x-www-form-urlencoded"}}
                              << QByteArray("user=a&message=a%20%22b%22%20%5C%20%C3%A9")
                              << QByteArray("application/x-www-form-urlencoded");
    }

    void sendsWhatItsTemplateMakes()
    {
        QFETCH(QJsonObject, settings);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, type);
        WebhookReceiver receiver;
        QJsonObject notification = sampleNotification("firing");
        notification.insert("rule", QJsonObject{{"name", QString::fromUtf8(q("a 'b' \\ é"))}});
        QVERIFY(send(channelWith(receiver, settings), notification).delivered);
        QCOMPARE(receiver.received().front().body, body);
        QCOMPARE(receiver.received().front().header("content-type"), type);
    }

    void tellsOfEveryEpisodeInATemplate()
    {
        WebhookReceiver receiver;
        const QJsonObject settings{
            {"template",
             s("[{{ range $i, $e := .episodes }}{{ if $i }},{{ end }}'{{ $e.labels.instance }}'{{ end }}]")}};
        QVERIFY(send(channelWith(receiver, settings), sampleGroup("firing", 3)).delivered);
        QCOMPARE(receiver.received().front().body, q("['web-1','web-2','web-3']"));
    }

    /// A test has no group and a check no expression: a template that was accepted goes on.
    void goesOnWhereFieldsAreLeftOut()
    {
        WebhookReceiver receiver;
        const QJsonObject settings{
            {"template",
             s("{'a':'{{ .message }}','b':'{{ .source }}','c':{{ len .episodes }},'d':{{ .json.group }}}")}};
        QVERIFY(send(channelWith(receiver, settings), sampleNotification("test")).delivered);
        QCOMPARE(receiver.received().front().body, q("{'a':'','b':'','c':0,'d':null}"));
    }

    void saysWhatIsWrongInItsSettings_data()
    {
        QTest::addColumn<QJsonObject>("settings");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const QJsonObject &settings, const char *message) {
            QTest::newRow(message) << settings << QByteArray(message);
        };
        row({{"secret", "short"}}, "`settings.secret` must have at least 16 characters.");
        row({{"content_type", "plain"}}, "`settings.content_type` is not a media type.");
        row({{"content_type", "text/plain"}},
            "`settings.content_type` needs a `template`; without one the body is JSON.");
        row({{"template", "{{ .rule.name }}"}}, "`settings.template` gives no JSON: ");
        row({{"template", "{{ .nothing }}"}}, "`settings.template` is wrong at 1:");
        row({{"template", "{{ if }}"}}, "`settings.template` is wrong at 1:");
    }

    void saysWhatIsWrongInItsSettings()
    {
        QFETCH(QJsonObject, settings);
        QFETCH(QByteArray, message);
        WebhookReceiver receiver;
        const auto channel = channelWith(receiver, settings);
        QVERIFY(!channel.ok());
        QVERIFY2(QByteArray::fromStdString(channel.error().message).startsWith(message),
                 channel.error().message.c_str());
    }
};

QTEST_GUILESS_MAIN(WebhookChannelTest)
#include "WebhookChannelTest.moc"

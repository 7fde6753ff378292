#include "alerts/channels/ChannelKind.h"
#include "tests/support/SampleNotification.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QTest>

#include <set>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;
using Plan = WebhookReceiver::Plan;
using Received = WebhookReceiver::Received;

namespace {

qsizetype units(const QJsonValue &value) { return value.toString().size(); }
qsizetype bytes(const QJsonValue &value) { return value.toString().toUtf8().size(); }

/// What is particular to one kind; the contract below is the same for all.
struct Case
{
    const char *name;
    /// Settings whose requests go to the receiver at %1; %2 stands for its URL's path.
    const char *settings;
    const char *target;    ///< of a firing notification
    QByteArray credential; ///< a header that must be there: "name: value"
    QByteArray secret;     ///< must be seen nowhere
    const char *firing;    ///< the whole body
    const char *resolved;  ///< the whole body
    const char *resolvedTarget;
    /// True where a body keeps the receiver's documented limits.
    bool (*fits)(const QJsonObject &body);
};

bool slackFits(const QJsonObject &body)
{
    const QJsonArray blocks = body["attachments"][0]["blocks"].toArray();
    bool fits = blocks.size() <= 50 && units(body["text"]) <= 4000 && units(blocks[0]["text"]["text"]) <= 150;
    for (const QJsonValue block : blocks)
        fits = fits && units(block["text"]["text"]) <= 3000 && units(block["text"]["text"]) > 0;
    return fits;
}

bool discordFits(const QJsonObject &body)
{
    const QJsonArray embeds = body["embeds"].toArray();
    return embeds.size() <= 10 && units(embeds[0]["title"]) <= 256 &&
           units(embeds[0]["description"]) <= 4096 &&
           units(embeds[0]["title"]) + units(embeds[0]["description"]) <= 6000;
}

bool telegramFits(const QJsonObject &body)
{
    QString shown = body["text"].toString();
    for (const auto &[entity, character] : {std::pair("<b>", ""), {"</b>", ""}, {"&lt;", "<"}, {"&gt;", ">"}})
        shown.replace(QLatin1String(entity), QLatin1String(character));
    return shown.replace("&amp;", "&").size() <= 4096;
}

bool pagerdutyFits(const QJsonObject &body)
{
    return units(body["payload"]["summary"]) <= 1024 && bytes(body["dedup_key"]) <= 255 &&
           QJsonDocument(body).toJson().size() <= 512 * 1024;
}

bool opsgenieFits(const QJsonObject &body)
{
    return units(body["message"]) <= 130 && bytes(body["alias"]) <= 512 &&
           bytes(body["description"]) <= 15000;
}

const std::vector<Case> &kinds()
{
    static const std::vector<Case> all{
        {"alertmanager", "{'url':'%1/am','headers':{'Authorization':'Bearer am-secret'}}", "/am",
         "authorization: Bearer am-secret", "Bearer am-secret",
         "{'version':'4','groupKey':'{}:{alertname=\\'CPU is high\\', instance=\\'web-1\\', job=\\'node\\', "
         "severity=\\'critical\\'}','truncatedAlerts':0,'status':'firing','receiver':'on call',"
         "'groupLabels':{'alertname':'CPU is high','instance':'web-1','job':'node','severity':'critical'},"
         "'commonLabels':{'alertname':'CPU is high','instance':'web-1','job':'node','severity':'critical'},"
         "'commonAnnotations':{'summary':'CPU of web-1 is at 91.5 "
         "%'},'externalURL':'http://plimsoll.example',"
         "'alerts':[{'status':'firing','labels':{'alertname':'CPU is high','instance':'web-1','job':'node',"
         "'severity':'critical'},'annotations':{'summary':'CPU of web-1 is at 91.5 %'},"
         "'startsAt':'2026-11-21T08:00:05.000Z','endsAt':'0001-01-01T00:00:00Z',"
         "'generatorURL':'http://plimsoll.example/alerts/episodes/e1','fingerprint':'e690675eb309ba38'}]}",
         nullptr, "/am", [](const QJsonObject &body) { return body["alerts"].toArray().size() == 300; }},
        {"slack", "{'url':'%1/services/T0/B0/slack-secret'}", "/services/T0/B0/slack-secret", "",
         "slack-secret",
         "{'text':'Critical: CPU is "
         "high','attachments':[{'color':'#c62828','blocks':[{'type':'header','text':"
         "{'type':'plain_text','text':'Critical: CPU is high','emoji':false}},{'type':'section','text':"
         "{'type':'mrkdwn','text':'CPU of web-1 is at 91.5 %\\n91.5, above its line of 90\\ninstance=web-1, "
         "job=node\\nSince 2026-11-21 08:00:05 "
         "UTC\\n<http://plimsoll.example/alerts/episodes/e1|Open>'}}]}]}",
         nullptr, "/services/T0/B0/slack-secret", slackFits},
        {"discord", "{'url':'%1/api/webhooks/1/discord-secret','username':'Plimsoll'}",
         "/api/webhooks/1/discord-secret?wait=true", "", "discord-secret",
         "{'username':'Plimsoll','allowed_mentions':{'parse':[]},'embeds':[{'title':'Critical: CPU is high',"
         "'description':'CPU of web\\\\-1 is at 91.5 %\\n91.5, above its line of 90\\ninstance=web\\\\-1, "
         "job=node\\nSince 2026\\\\-11\\\\-21 08:00:05 "
         "UTC\\n','color':12986408,'timestamp':'2026-11-21T08:00:05.000Z',"
         "'url':'http://plimsoll.example/alerts/episodes/e1'}]}",
         nullptr, "/api/webhooks/1/discord-secret?wait=true", discordFits},
        {"ntfy", "{'url':'%1/mytopic','token':'tk_ntfysecret'}", "/", "authorization: Bearer tk_ntfysecret",
         "tk_ntfysecret",
         "{'topic':'mytopic','title':'Critical: CPU is high','message':'CPU of web-1 is at 91.5 %\\n91.5, "
         "above its line of 90\\ninstance=web-1, job=node\\nSince 2026-11-21 08:00:05 UTC\\n"
         "http://plimsoll.example/alerts/episodes/e1','priority':5,'tags':['rotating_light'],"
         "'click':'http://plimsoll.example/alerts/episodes/e1'}",
         "{'topic':'mytopic','title':'Resolved: CPU is high','message':'CPU of web-1 is at 91.5 %\\nAt worst "
         "97, its line is "
         "90\\ninstance=web-1, job=node\\nFrom 2026-11-21 08:00:05 UTC to 2026-11-21 08:10:05 "
         "UTC, 10 min\\n"
         "http://plimsoll.example/alerts/episodes/e1','priority':3,'tags':['white_check_mark'],"
         "'click':'http://plimsoll.example/alerts/episodes/e1'}",
         "/",
         [](const QJsonObject &body) {
             return bytes(body["message"]) <= 4096 && bytes(body["title"]) <= 250;
         }},
        {"telegram", "{'url':'%1','token':'123:telegram-secret','chat_id':-100123}",
         "/bot123:telegram-secret/sendMessage", "", "123:telegram-secret",
         "{'chat_id':-100123,'parse_mode':'HTML','link_preview_options':{'is_disabled':true},"
         "'disable_notification':false,'text':'<b>Critical: CPU is high</b>\\n\\nCPU of web-1 is at 91.5 "
         "%\\n91.5, above its line of 90\\ninstance=web-1, job=node\\nSince 2026-11-21 08:00:05 UTC\\n"
         "http://plimsoll.example/alerts/episodes/e1'}",
         nullptr, "/bot123:telegram-secret/sendMessage", telegramFits},
        {"pagerduty", "{'url':'%1/v2/enqueue','routing_key':'0123456789abcdef0123456789secret'}",
         "/v2/enqueue", "", "0123456789abcdef0123456789secret",
         "{'routing_key':'0123456789abcdef0123456789secret','event_action':'trigger','dedup_key':'k1',"
         "'client':'Plimsoll','client_url':'http://plimsoll.example/alerts/episodes/e1',"
         "'links':[{'href':'http://plimsoll.example/alerts/episodes/e1','text':'The alarm in Plimsoll'}],"
         "'payload':{'summary':'Critical: CPU is high: CPU of web-1 is at 91.5 %','source':'web-1',"
         "'severity':'critical','timestamp':'2026-11-21T08:00:05.000Z','class':'CPU is "
         "high','custom_details':"
         "{'labels':{'instance':'web-1','job':'node'},'text':'CPU of web-1 is at 91.5 %\\n91.5, above its "
         "line of 90\\ninstance=web-1, job=node\\nSince 2026-11-21 08:00:05 UTC\\n"
         "http://plimsoll.example/alerts/episodes/e1'}}}",
         "{'routing_key':'0123456789abcdef0123456789secret','event_action':'resolve','dedup_key':'k1'}",
         "/v2/enqueue", pagerdutyFits},
        {"opsgenie", "{'url':'%1','api_key':'opsgenie-secret','team':'ops'}", "/v2/alerts",
         "authorization: GenieKey opsgenie-secret", "opsgenie-secret",
         "{'message':'Critical: CPU is high','alias':'k1','description':'Critical: CPU is high\\n\\nCPU of "
         "web-1 "
         "is at 91.5 %\\n91.5, above its line of 90\\ninstance=web-1, job=node\\nSince 2026-11-21 08:00:05 "
         "UTC\\n"
         "http://plimsoll.example/alerts/episodes/e1','details':{'instance':'web-1','job':'node'},"
         "'priority':'P1','source':'Plimsoll','responders':[{'name':'ops','type':'team'}]}",
         "{'source':'Plimsoll','note':'Resolved: CPU is high\\n\\nCPU of web-1 is at 91.5 %\\nAt worst 97, "
         "its line is "
         "90\\ninstance=web-1, job=node\\nFrom 2026-11-21 08:00:05 UTC to 2026-11-21 08:10:05 "
         "UTC, 10 min\\n"
         "http://plimsoll.example/alerts/episodes/e1'}",
         "/v2/alerts/k1/close?identifierType=alias", opsgenieFits},
    };
    return all;
}

QJsonObject settingsOf(const Case &kind, const WebhookReceiver &receiver)
{
    return json(QByteArray(kind.settings).replace("%1", receiver.url("").toUtf8()));
}

Channel channelOf(const Case &kind, const WebhookReceiver &receiver)
{
    const auto channel = Channel::fromJson(
        {{"name", "on call"}, {"kind", kind.name}, {"settings", settingsOf(kind, receiver)}}, nullptr);
    if (!channel.ok())
        qFatal("%s", channel.error().message.c_str());
    return *channel;
}

SendOutcome send(const Channel &channel, const QJsonObject &notification)
{
    OutboundHttp::Options options;
    options.timeoutMs = 20'000;
    OutboundHttp http(OutboundPolicy(true), options);
    return QCoro::waitFor(sendNotification(http, channel, notification));
}

} // namespace

/// What holds for every kind that sends over HTTP, against a receiver on a real socket.
class ChannelContractTest : public QObject
{
    Q_OBJECT

    static const Case &kind()
    {
        return kinds().at(size_t(QByteArray(QTest::currentDataTag()).split(' ')[0].toInt()));
    }

    static void rows()
    {
        QTest::addColumn<int>("unused");
        for (size_t i = 0; i < kinds().size(); i++)
            QTest::addRow("%zu %s", i, kinds()[i].name) << 0;
    }

private Q_SLOTS:
    void everyKindIsHere()
    {
        std::set<std::string_view> tested{"webhook", "email"}; // in tests of their own
        for (const Case &kind : kinds())
            tested.insert(kind.name);
        for (const ChannelKind *kind : channelKinds())
            QVERIFY2(tested.contains(kind->name), kind->name.data());
        QCOMPARE(tested.size(), channelKinds().size());
    }

    void sendsWhatItsReceiverDocuments_data() { rows(); }
    void sendsWhatItsReceiverDocuments()
    {
        WebhookReceiver receiver;
        const SendOutcome outcome = send(channelOf(kind(), receiver), sampleNotification("firing"));
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QCOMPARE(receiver.received().size(), size_t(1));
        const Received &request = receiver.received().front();
        QCOMPARE(request.method, "POST");
        QCOMPARE(request.target, kind().target);
        QCOMPARE(request.header("content-type"), "application/json");
        QCOMPARE(request.header("idempotency-key"), "d1");
        if (!kind().credential.isEmpty()) {
            const qsizetype colon = kind().credential.indexOf(':');
            QCOMPARE(request.header(kind().credential.left(colon)), kind().credential.mid(colon + 2));
        }
        QCOMPARE(QJsonDocument(request.json()).toJson(), QJsonDocument(json(kind().firing)).toJson());
    }

    void tellsTheEndUnderTheSameKey_data() { rows(); }
    void tellsTheEndUnderTheSameKey()
    {
        WebhookReceiver receiver;
        const SendOutcome outcome = send(channelOf(kind(), receiver), sampleNotification("resolved"));
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QCOMPARE(receiver.received().size(), size_t(1));
        QCOMPARE(receiver.received().front().target, kind().resolvedTarget);
        if (kind().resolved)
            QCOMPARE(QJsonDocument(receiver.received().front().json()).toJson(),
                     QJsonDocument(json(kind().resolved)).toJson());
        else
            QVERIFY(receiver.received().front().body.toLower().contains("resolved"));
    }

    void tellsUnitsWhatIsNormalAndTheDeploy_data() { rows(); }
    void tellsUnitsWhatIsNormalAndTheDeploy()
    {
        WebhookReceiver receiver;
        QJsonObject notification = sampleNotification("firing");
        for (const auto &[name, value] :
             json("{'unit':'seconds','value':0.612,'threshold':0.5,'normal':{'low':0.24,'high':0.31},"
                  "'deploy':{'title':'deploy v7','at_ms':1795246925000}}")
                 .toVariantMap()
                 .asKeyValueRange())
            notification.insert(name, QJsonValue::fromVariant(value));
        const SendOutcome outcome = send(channelOf(kind(), receiver), notification);
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        const QByteArray body = receiver.received().front().body;
        const bool ofAnother = QByteArray(kind().name) == "alertmanager"; // whose shape has no place for it
        for (const char *text : {"612 ms, above its line of 500 ms", "Normal for that hour: 240 ms to 310 ms",
                                 "18 min after deploy v7"})
            QVERIFY2(ofAnother || body.contains(text), body.constData());
    }

    void keepsTheLimitsOfItsReceiver_data() { rows(); }
    void keepsTheLimitsOfItsReceiver()
    {
        for (const QString &text :
             {QString(20'000, 'x'), QString("\U0001F525&<>*").repeated(3000), QString("a")}) {
            WebhookReceiver receiver;
            QJsonObject group = sampleGroup("firing", 300, text);
            group.insert("dedup_key", QString("ключ").repeated(400));
            const SendOutcome outcome = send(channelOf(kind(), receiver), group);
            QVERIFY2(outcome.delivered, outcome.error.c_str());
            const QJsonObject body = receiver.received().front().json();
            QVERIFY(!body.isEmpty());
            QVERIFY2(kind().fits(body), receiver.received().front().body.left(2000).constData());
            QVERIFY(!receiver.received().front().body.contains("\xef\xbf\xbd"));
        }
    }

    void takesTextsAsTheyAre_data() { rows(); }
    void takesTextsAsTheyAre()
    {
        WebhookReceiver receiver;
        QJsonObject notification = sampleNotification("firing");
        notification.insert("rule",
                            QJsonObject{{"name", "a \"b\" <i>c</i> {{d}} \\ \r\nX-Evil: 1\u0001 é 日"}});
        notification.insert("annotations",
                            QJsonObject{{"summary", "@everyone <!channel> [x](http://evil) `rm`"}});
        notification.insert("labels", QJsonObject());
        notification.insert("value", QJsonValue());
        notification.insert("url", "");
        const SendOutcome outcome = send(channelOf(kind(), receiver), notification);
        QVERIFY2(outcome.delivered, outcome.error.c_str());
        QVERIFY(!receiver.received().front().headers.contains("x-evil"));
        const QJsonObject body = receiver.received().front().json();
        QVERIFY(!body.isEmpty());
        QVERIFY(!receiver.received().front().body.contains("<!channel>") ||
                QByteArray(kind().name) != "slack");
    }

    void saysHowLongToWait_data() { rows(); }
    void saysHowLongToWait()
    {
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Answer, 429, "{}", "Retry-After: 7\r\n"});
        const SendOutcome outcome = send(channelOf(kind(), receiver), sampleNotification("firing"));
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.status, std::optional(429));
        QCOMPARE(outcome.retryAfterMs, std::optional<int64_t>(7000));
    }

    void hidesItsSecrets_data() { rows(); }
    void hidesItsSecrets()
    {
        WebhookReceiver receiver;
        const Channel channel = channelOf(kind(), receiver);
        const QByteArray shown = QJsonDocument(channel.toMaskedJson()).toJson();
        QVERIFY2(!shown.contains(kind().secret), shown.constData());
        QVERIFY(shown.contains(secretMask));
        receiver.answerAll({Plan::Kind::Answer, 400, "no: " + kind().secret + " and " + kind().secret, ""});
        const SendOutcome outcome = send(channel, sampleNotification("test"));
        QVERIFY(!outcome.delivered);
        QVERIFY(!QByteArray::fromStdString(outcome.body).contains(kind().secret));
        QVERIFY(!QByteArray::fromStdString(outcome.error).contains(kind().secret));
    }

    void keepsMaskedSecretsForTheSameReceiverOnly_data() { rows(); }
    void keepsMaskedSecretsForTheSameReceiverOnly()
    {
        WebhookReceiver receiver;
        const Channel channel = channelOf(kind(), receiver);
        QJsonObject shown = channel.toMaskedJson();
        const auto kept = Channel::fromJson(shown, &channel);
        QVERIFY2(kept.ok(), kept.ok() ? "" : kept.error().message.c_str());
        QCOMPARE(kept->settings, channel.settings);
        QVERIFY(!Channel::fromJson(shown, nullptr).ok());
        QJsonObject settings = shown["settings"].toObject();
        settings.insert("url", settings["url"].toString().replace("127.0.0.1", "127.0.0.2"));
        shown.insert("settings", settings);
        QVERIFY(!Channel::fromJson(shown, &channel).ok());
    }

    void namesWhatIsWrongInItsSettings_data() { rows(); }
    void namesWhatIsWrongInItsSettings()
    {
        WebhookReceiver receiver;
        const auto read = [&](const QJsonObject &settings) {
            return Channel::fromJson({{"name", "n"}, {"kind", kind().name}, {"settings", settings}}, nullptr);
        };
        const QJsonObject good = settingsOf(kind(), receiver);
        for (const QString &name : good.keys()) {
            QJsonObject bad = good;
            bad.insert(name, QJsonArray{1});
            QVERIFY2(!read(bad).ok(), qPrintable(name));
            QVERIFY2(read(bad).error().message.find("settings." + name.toStdString()) != std::string::npos,
                     read(bad).error().message.c_str());
        }
        QJsonObject unknown = good;
        unknown.insert("colour", "red");
        QVERIFY(!read(unknown).ok());
        QVERIFY(read(unknown).error().message.find("settings.colour") != std::string::npos);
        QJsonObject metadata = good;
        metadata.insert("url", good["url"].toString().replace("127.0.0.1", "169.254.169.254"));
        QVERIFY(!read(metadata).ok());
        QVERIFY(!read({}).ok());
    }

    void sendsNothingWithoutItsSecrets_data() { rows(); }
    void sendsNothingWithoutItsSecrets()
    {
        WebhookReceiver receiver;
        Channel channel = channelOf(kind(), receiver);
        channel.missingSecrets = {"settings.token"};
        const SendOutcome outcome = send(channel, sampleNotification("firing"));
        QVERIFY(!outcome.delivered);
        QVERIFY(outcome.error.find("`settings.token`") != std::string::npos);
        QCOMPARE(receiver.connections(), 0);
    }

    void discordSaysInTheBodyHowLongToWait()
    {
        WebhookReceiver receiver;
        receiver.answerAll(
            {Plan::Kind::Answer, 429, R"({"retry_after":0.65,"global":false})", "Retry-After: 1\r\n"});
        const SendOutcome outcome = send(channelOf(kinds().at(2), receiver), sampleNotification("firing"));
        QCOMPARE(outcome.retryAfterMs, std::optional<int64_t>(650));
    }

    void telegramSaysInTheBodyWhatIsWrong()
    {
        WebhookReceiver receiver;
        receiver.answerNext(
            {Plan::Kind::Answer, 429,
             R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 9",)"
             R"("parameters":{"retry_after":9}})",
             ""});
        const SendOutcome busy = send(channelOf(kinds().at(4), receiver), sampleNotification("firing"));
        QCOMPARE(busy.retryAfterMs, std::optional<int64_t>(9000));
        QCOMPARE(busy.error, std::string("Telegram says: Too Many Requests: retry after 9"));
    }

    void testsOfPagersAreEndedAtOnce()
    {
        for (const size_t which : {size_t(5), size_t(6)}) {
            WebhookReceiver receiver;
            receiver.answerAll({Plan::Kind::Answer, 202, R"({"status":"success"})", ""});
            const SendOutcome outcome =
                send(channelOf(kinds().at(which), receiver), sampleNotification("test"));
            QVERIFY2(outcome.delivered, outcome.error.c_str());
            QCOMPARE(outcome.body, std::string(R"({"status":"success"})"));
            QCOMPARE(receiver.received().size(), size_t(2));
        }
    }
};

QTEST_GUILESS_MAIN(ChannelContractTest)
#include "ChannelContractTest.moc"

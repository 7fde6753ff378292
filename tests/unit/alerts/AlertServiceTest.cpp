#include "alerts/AlertService.h"
#include "alerts/channels/ChannelKind.h"
#include "alerts/receipts/EpisodeResources.h"
#include "tests/support/AlertListings.h"
#include "tests/support/TemporaryEngine.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::TemporaryEngine;
using plimsoll::test::WebhookReceiver;
using Plan = WebhookReceiver::Plan;

namespace {

constexpr int64_t interval = 15'000;
constexpr int64_t day = 86'400'000;
constexpr int patienceMs = 20'000;
/// Runs the event loop until a coroutine has its result; QCoro::waitFor() wants results that can be empty.
template<typename T>
T await(QCoro::Task<T> task)
{
    std::optional<T> result;
    const auto run = [](QCoro::Task<T> inner, std::optional<T> &out) -> QCoro::Task<void> {
        out = co_await inner;
    };
    QCoro::waitFor(run(std::move(task), result));
    return *std::move(result);
}

const Labels cpu{{"__name__", "cpu"}, {"host", "a"}};

/// An engine, a receiver and the alerts on top; time is moved by hand.
struct Setting
{
    TemporaryEngine engine;
    WebhookReceiver receiver;
    AlertOptions options;
    std::unique_ptr<AlertService> service;

    Setting()
    {
        options.intervalMs = interval;
        options.allowPrivate = true;
        options.baseUrl = "http://127.0.0.1:9510";
        options.version = "0.1.0";
        open();
    }

    void open()
    {
        service = std::make_unique<AlertService>(options, engine.engine(), engine.documents(), engine.clock);
        if (!service->open())
            qFatal("the alerts do not open");
    }

    /// Ends as kill -9 does: nothing is written on the way out.
    void crash()
    {
        service.reset();
        engine.crash();
        open();
    }

    int64_t now() const { return engine.clock.nowMs(); }

    /// Moves on by one interval with a value and evaluates; NaN leaves the value out.
    void step(double value, int64_t byMs = interval)
    {
        engine.clock.advance(byMs);
        if (!std::isnan(value))
            engine.append(cpu, Kind::Gauge, now(), value);
        QCoro::waitFor(service->tick(now()));
    }

    QJsonObject createChannel(const QString &url)
    {
        const QJsonObject body{
            {"name", "ops"},
            {"kind", "webhook"},
            {"settings", QJsonObject{{"url", url}, {"headers", QJsonObject{{"X-Token", "s3cret"}}}}}};
        return expect(await(service->channels().create(body)));
    }

    QJsonObject createRule(const QString &duration = "30s", QJsonObject more = {})
    {
        const QString channel = createChannel(receiver.url()).value("id").toString();
        QJsonObject body{{"name", "CPU is high"},
                         {"expr", "cpu"},
                         {"op", ">"},
                         {"threshold", 90},
                         {"for", duration},
                         {"severity", "critical"},
                         {"labels", QJsonObject{{"team", "ops"}}},
                         {"annotations", QJsonObject{{"summary", "Look at it"}}},
                         {"channels", QJsonArray{channel}}};
        for (auto it = more.begin(); it != more.end(); ++it)
            body.insert(it.key(), *it);
        return expect(await(service->createRule(body)));
    }

    QJsonObject rule(const QJsonObject &created)
    {
        return expect(service->rule(created.value("id").toString().toStdString()));
    }

    QJsonArray episodes() { return episodesOf(*service); }

    /// One as a reader sees it.
    Result<QJsonObject> episode(const std::string &id)
    {
        EpisodeLead lead(*service, engine.engine(), defaultProject);
        return EpisodeResources(service->episodes(), lead, engine.clock).read(id);
    }

    Result<QJsonObject> acknowledge(const std::string &id, const std::string &by)
    {
        EpisodeLead lead(*service, engine.engine(), defaultProject);
        EpisodeResources resources(service->episodes(), lead, engine.clock);
        EpisodeResources::Action action;
        action.name = "acknowledge";
        action.by = by;
        return await(resources.act(id, action));
    }

    QJsonArray deliveries() { return deliveriesOf(*service); }

    static QJsonObject expect(const Result<QJsonObject> &answer)
    {
        if (!answer)
            qWarning("refused: %s", answer.error().message.c_str());
        return answer ? *answer : QJsonObject();
    }

    /// Waits until everything is durable and nothing is being sent.
    bool settle()
    {
        return QTest::qWaitFor([this] { return service->settled(); }, 20'000);
    }
    /// Sends what is due until the receiver has seen so many.
    bool waitForReceived(qsizetype count)
    {
        return QTest::qWaitFor(
            [&] {
                QCoro::waitFor(service->tick(now() - now() % interval));
                return receiver.count() >= count && service->settled();
            },
            20'000);
    }
};

std::string idOf(const QJsonObject &object) { return object.value("id").toString().toStdString(); }

} // namespace

class AlertServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// A message says what is normal at that hour and which deploy came before, as the receipt does.
    void tellsWhatIsNormalAndTheDeploy()
    {
        Setting setting;
        setting.engine.clock.set(setting.now() + 30 * day);
        for (int back = 1; back <= 4; back++) {
            for (int minute = -90; minute <= 90; minute += 5)
                setting.engine.append(cpu, Kind::Gauge,
                                      setting.now() - back * 7 * day + minute * int64_t(60'000),
                                      20 + minute / 30);
        }
        setting.engine.append(Labels{{"__name__", "deploy"}, {"version", "v7"}}, Kind::Distribution,
                              setting.now() - 18 * int64_t(60'000), 1);
        EpisodeLead lead(*setting.service, setting.engine.engine(), defaultProject);
        setting.createRule("0s");
        setting.step(95);
        QTRY_COMPARE_WITH_TIMEOUT(setting.deliveries().size(), 1, patienceMs);
        setting.step(95);
        QTRY_COMPARE_WITH_TIMEOUT(setting.receiver.count(), 1, patienceMs);
        const QJsonObject told = setting.receiver.received().front().json();
        const QJsonObject normal = told.value("normal").toObject();
        QVERIFY2(normal.value("low").toDouble() >= 17 && normal.value("low").toDouble() < 20 &&
                     normal.value("high").toDouble() > 20 && normal.value("high").toDouble() <= 23,
                 QJsonDocument(told).toJson().constData());
        QCOMPARE(told.value("deploy").toObject().value("title").toString(), "deploy v7");
        QCOMPARE(told.value("value").toDouble(), 95.0);
        QTRY_COMPARE_WITH_TIMEOUT(lead.waiting(), size_t(0), patienceMs);
        const std::string id = told.value("episode_id").toString().toStdString();
        const auto receipt =
            EpisodeResources(setting.service->episodes(), lead, setting.engine.clock).read(id);
        QVERIFY(receipt.ok());
        QCOMPARE(receipt->value("normal").toObject(), normal);
        QCOMPARE(receipt->value("deploy"), told.value("deploy"));
        setting.service->stop();
    }

    void firesAfterItsForAndTellsOnce()
    {
        Setting setting;
        QSignalSpy announced(setting.service.get(), &AlertService::episodeChanged);
        const QJsonObject rule = setting.createRule("30s");
        QCOMPARE(rule.value("state").toString(), "inactive");
        setting.step(50);
        QCOMPARE(setting.rule(rule).value("state").toString(), "inactive");
        QCOMPARE(setting.rule(rule).value("value").toDouble(), 50.0);
        setting.step(95);
        QCOMPARE(setting.rule(rule).value("state").toString(), "pending");
        setting.step(96);
        QCOMPARE(setting.rule(rule).value("state").toString(), "pending");
        QCOMPARE(setting.episodes().size(), 0);
        setting.step(97);
        QCOMPARE(setting.rule(rule).value("state").toString(), "firing");
        QVERIFY(setting.waitForReceived(1));
        setting.step(98);
        setting.step(99);
        QVERIFY(setting.settle());
        QCOMPARE(setting.receiver.count(), 1);
        QCOMPARE(announced.count(), 1);

        const auto &request = setting.receiver.received().front();
        const QJsonObject body = request.json();
        QCOMPARE(body.value("version").toInt(), 1);
        QCOMPARE(body.value("event").toString(), "firing");
        QCOMPARE(body.value("rule").toObject().value("name").toString(), "CPU is high");
        QCOMPARE(body.value("severity").toString(), "critical");
        QCOMPARE(body.value("labels").toObject(), (QJsonObject{{"host", "a"}, {"team", "ops"}}));
        QCOMPARE(body.value("annotations").toObject().value("summary").toString(), "Look at it");
        QCOMPARE(body.value("threshold").toDouble(), 90.0);
        QCOMPARE(body.value("value").toDouble(), 97.0);
        QVERIFY(body.value("ended_ms").isNull());
        QCOMPARE(request.header("idempotency-key"), body.value("id").toString().toUtf8());
        QCOMPARE(request.header("user-agent"), "Plimsoll/0.1.0");
        QCOMPARE(request.header("content-type"), "application/json");
        QCOMPARE(request.header("x-token"), "s3cret");

        setting.step(20);
        QVERIFY(setting.waitForReceived(2));
        QCOMPARE(setting.receiver.count("resolved"), 1);
        const QJsonObject resolved = setting.receiver.received().back().json();
        QCOMPARE(resolved.value("peak").toDouble(), 99.0);
        QCOMPARE(resolved.value("value").toDouble(), 20.0);
        QCOMPARE(qint64(resolved.value("ended_ms").toInteger()), qint64(setting.now()));
        QCOMPARE(announced.count(), 2);

        const QJsonObject summary = setting.episodes().first().toObject();
        QCOMPARE(summary.value("state").toString(), "resolved");
        QCOMPARE(summary.value("deliveries").toArray().size(), 2);
        const QJsonObject episode = Setting::expect(setting.episode(idOf(summary)));
        QCOMPARE(episode.value("points").toArray().size(), 4);
        QCOMPARE(episode.value("rule_version").toInt(), 1);
        for (const QJsonValue delivery : setting.deliveries()) {
            QCOMPARE(delivery.toObject().value("state").toString(), "delivered");
            QCOMPARE(delivery.toObject().value("attempts").toArray().size(), 1);
        }
    }

    void annotationsMayAsk()
    {
        Setting setting;
        const QString text =
            "{{ range query \"cpu * 2\" }}{{ .Labels.host }} twice is {{ . | value }}{{ end }}, "
            "{{ query \"nothing\" | len }} of nothing, {{ $value }}";
        setting.createRule("0s", {{"annotations", QJsonObject{{"summary", text}}}});
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        const QJsonObject body = setting.receiver.received().front().json();
        QCOMPARE(body.value("annotations").toObject().value("summary").toString(),
                 "a twice is 190, 0 of nothing, 95");
        setting.step(97);
        const QJsonObject episode = setting.episodes().at(0).toObject();
        QCOMPARE(episode.value("annotations").toObject().value("summary").toString(),
                 "a twice is 194, 0 of nothing, 97");
    }

    void aShortPeakRaisesNothing()
    {
        Setting setting;
        setting.createRule("30s");
        for (int i = 0; i < 4; i++) {
            setting.step(95);
            setting.step(96);
            setting.step(10);
        }
        QVERIFY(setting.settle());
        QCOMPARE(setting.receiver.count(), 0);
        QCOMPARE(setting.episodes().size(), 0);
    }

    void pendingGoesOnAfterACrash()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule("60s");
        setting.step(95);
        setting.step(95);
        setting.crash();
        setting.step(95);
        setting.step(95);
        QCOMPARE(setting.rule(rule).value("state").toString(), "pending");
        QCOMPARE(setting.receiver.count(), 0);
        setting.step(95);
        QCOMPARE(setting.rule(rule).value("state").toString(), "firing");
        QVERIFY(setting.waitForReceived(1));
    }

    void firesOnceAcrossACrash()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        for (int i = 0; i < 3; i++) {
            setting.crash();
            setting.service->start();
            setting.step(95);
            QVERIFY(setting.settle());
            QCOMPARE(setting.rule(rule).value("state").toString(), "firing");
        }
        QTest::qWait(100);
        QCOMPARE(setting.receiver.count(), 1);
        QCOMPARE(setting.episodes().size(), 1);
        setting.step(5);
        QVERIFY(setting.waitForReceived(2));
        QCOMPARE(setting.receiver.count("resolved"), 1);
        setting.crash();
        setting.step(5);
        QVERIFY(setting.settle());
        QCOMPARE(setting.receiver.count(), 2);
    }

    void aQueuedDeliverySurvivesACrash()
    {
        Setting setting;
        setting.receiver.answerAll(500);
        setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        const QByteArray key = setting.receiver.received().front().header("idempotency-key");
        setting.crash();
        setting.receiver.answerAll(200);
        setting.step(95);
        QVERIFY(setting.waitForReceived(2));
        QCOMPARE(setting.receiver.received().back().header("idempotency-key"), key);
        QCOMPARE(setting.deliveries().first().toObject().value("state").toString(), "delivered");
        QCOMPARE(setting.deliveries().first().toObject().value("attempts").toArray().size(), 2);
        setting.step(95);
        QVERIFY(setting.settle());
        QCOMPARE(setting.receiver.count(), 2);
    }

    void retriesWithBackoff()
    {
        Setting setting;
        setting.receiver.answerAll(503);
        setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        std::vector<int64_t> gaps;
        for (int i = 0; i < 12; i++) {
            const QJsonObject delivery = setting.deliveries().first().toObject();
            const int64_t gap = delivery.value("next_attempt_ms").toInteger() - setting.now();
            gaps.push_back(gap);
            setting.engine.clock.advance(gap - 1);
            QCoro::waitFor(setting.service->tick(setting.now() - setting.now() % interval));
            QVERIFY(setting.settle());
            QCOMPARE(setting.receiver.count("firing"), i + 1);
            setting.engine.clock.advance(1);
            QVERIFY(setting.waitForReceived(i + 2));
        }
        QVERIFY(gaps[0] >= 800 && gaps[0] <= 1200);
        QVERIFY(gaps[1] >= 1600 && gaps[1] <= 2400);
        QVERIFY(gaps[5] >= 25'600 && gaps[5] <= 38'400);
        QVERIFY(gaps[11] >= 240'000 && gaps[11] <= 360'000);
        setting.receiver.answerAll(200);
        setting.engine.clock.advance(maxRetryDelayMs * 2);
        QVERIFY(setting.waitForReceived(14));
        QCOMPARE(setting.deliveries().last().toObject().value("state").toString(), "delivered");
    }

    void respectsRetryAfter()
    {
        Setting setting;
        setting.receiver.answerNext({Plan::Kind::Answer, 429, "slow down", "Retry-After: 120\r\n"});
        setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        QCOMPARE(setting.deliveries().first().toObject().value("next_attempt_ms").toInteger() - setting.now(),
                 qint64(120'000));
    }

    void givesUpAfterADay()
    {
        Setting setting;
        setting.receiver.answerAll(500);
        setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        for (uint32_t tries = 2; tries <= giveUpAfterTries; tries++) {
            setting.engine.clock.advance(giveUpAfterMs);
            setting.engine.append(cpu, Kind::Gauge, setting.now(), 95);
            QCOMPARE(setting.deliveries().first().toObject().value("state").toString(), "pending");
            QVERIFY(setting.waitForReceived(tries));
        }
        QCOMPARE(setting.deliveries().first().toObject().value("state").toString(), "failed");
        QVERIFY(setting.deliveries().first().toObject().value("next_attempt_ms").isNull());
    }

    void theFiringNoticeGoesFirst()
    {
        Setting setting;
        setting.receiver.answerAll(500);
        setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        setting.step(5);
        QVERIFY(setting.settle());
        QCOMPARE(setting.receiver.count("resolved"), 0);
        setting.receiver.answerAll(200);
        setting.step(5, maxRetryDelayMs * 2);
        QVERIFY(setting.waitForReceived(setting.receiver.count("firing") + 1));
        QCOMPARE(setting.receiver.received().back().event(), "resolved");
        QCOMPARE(setting.receiver.received()[setting.receiver.received().size() - 2].event(), "firing");
    }

    void aSeriesThatDisappearsResolves()
    {
        Setting setting;
        setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        for (int i = 0; i < 21; i++)
            setting.step(__builtin_nan(""));
        QVERIFY(setting.waitForReceived(2));
        QCOMPARE(setting.receiver.count("resolved"), 1);
        QCOMPARE(setting.episodes().first().toObject().value("end").toString(), "disappeared");
    }

    void removingARuleEndsWhatFires()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        QVERIFY(await(setting.service->removeRule(idOf(rule))).ok());
        QVERIFY(setting.waitForReceived(2));
        QCOMPARE(setting.receiver.count("resolved"), 1);
        QCOMPARE(setting.episodes().first().toObject().value("end").toString(), "rule_removed");
        QVERIFY(!setting.service->rule(idOf(rule)).ok());
        setting.crash();
        QVERIFY(!setting.service->rule(idOf(rule)).ok());
    }

    void disablingARuleEndsWhatFires()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        const auto patched = await(setting.service->patchRule(idOf(rule), {{"enabled", false}}));
        QCOMPARE(Setting::expect(patched).value("state").toString(), "disabled");
        QVERIFY(setting.waitForReceived(2));
        setting.step(95);
        QVERIFY(setting.settle());
        QCOMPARE(setting.receiver.count(), 2);
        QVERIFY(await(setting.service->patchRule(idOf(rule), {{"enabled", true}})).ok());
        QVERIFY(setting.waitForReceived(3));
        QCOMPARE(setting.receiver.count("firing"), 2);
    }

    void raisingTheThresholdResolves()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        const auto patched = await(setting.service->patchRule(idOf(rule), {{"threshold", 99}}));
        QCOMPARE(Setting::expect(patched).value("state").toString(), "inactive");
        QCOMPARE(Setting::expect(patched).value("version").toInt(), 2);
        QVERIFY(setting.waitForReceived(2));
    }

    void renamingDoesNotDisturb()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule("60s");
        setting.step(95);
        setting.step(95);
        QVERIFY(await(setting.service->patchRule(idOf(rule), {{"name", "Busy"}})).ok());
        setting.crash();
        setting.step(95);
        setting.step(95);
        setting.step(95);
        QCOMPARE(setting.rule(rule).value("state").toString(), "firing");
        QVERIFY(setting.waitForReceived(1));
    }

    void aPauseBringsNoStorm()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule("30s");
        setting.step(95);
        setting.step(95, 6LL * 3'600'000);
        QCOMPARE(setting.rule(rule).value("state").toString(), "pending");
        setting.step(95);
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        QCOMPARE(setting.episodes().size(), 1);
    }

    void remembersTheHighest()
    {
        Setting setting;
        setting.engine.append(cpu, Kind::Gauge, setting.now() - 5LL * 3'600'000, 88);
        const QJsonObject rule = setting.createRule("0s", {{"threshold", 200}});
        setting.step(70);
        QCOMPARE(setting.rule(rule).value("highest").toDouble(), 88.0);
        setting.crash();
        setting.step(60);
        QCOMPARE(setting.rule(rule).value("highest").toDouble(), 88.0);
        QCOMPARE(setting.rule(rule).value("value").toDouble(), 60.0);
        setting.step(60, 26LL * 3'600'000);
        QCOMPARE(setting.rule(rule).value("highest").toDouble(), 60.0);
    }

    void channelsKeepTheirSecrets()
    {
        Setting setting;
        const QJsonObject created = setting.createChannel(setting.receiver.url());
        const std::string id = idOf(created);
        const auto token = [](const QJsonObject &channel) {
            return channel.value("settings")
                .toObject()
                .value("headers")
                .toObject()
                .value("X-Token")
                .toString();
        };
        QCOMPARE(token(created), QString::fromUtf8(secretMask));
        QCOMPARE(token(Setting::expect(setting.service->channels().read(id))), QString::fromUtf8(secretMask));
        QVERIFY(await(setting.service->channels().replace(id, created)).ok());
        QVERIFY(await(setting.service->channels().patch(id, {{"name", "night"}})).ok());
        setting.crash();
        const QJsonObject tested = Setting::expect(await(setting.service->channels().test(id)));
        QCOMPARE(tested.value("delivered").toBool(), true);
        QCOMPARE(tested.value("status").toInt(), 200);
        QCOMPARE(tested.value("body").toString(), "ok");
        QVERIFY(tested.value("error").isNull());
        QCOMPARE(setting.receiver.received().back().header("x-token"), "s3cret");
        QCOMPARE(setting.receiver.received().back().event(), "test");
    }

    void theTestButtonShowsTheRealAnswer()
    {
        Setting setting;
        const std::string id = idOf(setting.createChannel(setting.receiver.url()));
        setting.receiver.answerNext({Plan::Kind::Answer, 401, "who are you", ""});
        const QJsonObject tested = Setting::expect(await(setting.service->channels().test(id)));
        QCOMPARE(tested.value("delivered").toBool(), false);
        QCOMPARE(tested.value("status").toInt(), 401);
        QCOMPARE(tested.value("body").toString(), "who are you");
        QCOMPARE(tested.value("error").toString(), "The receiver answered 401.");
    }

    void aUsedChannelStays()
    {
        Setting setting;
        const QJsonObject rule = setting.createRule();
        const std::string channel = rule.value("channels").toArray().first().toString().toStdString();
        const Status refused = await(setting.service->channels().remove(channel));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Conflict);
        QVERIFY(refused.error().message.find("\"CPU is high\"") != std::string::npos);
        QVERIFY(await(setting.service->removeRule(idOf(rule))).ok());
        QVERIFY(await(setting.service->channels().remove(channel)).ok());
    }

    void acknowledges()
    {
        Setting setting;
        setting.createRule("0s");
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        const std::string id = idOf(setting.episodes().first().toObject());
        const QJsonObject seen = Setting::expect(setting.acknowledge(id, "mia"));
        QCOMPARE(seen.value("acknowledged_by").toString(), "mia");
        setting.crash();
        const QJsonObject kept = Setting::expect(setting.episode(id));
        QCOMPARE(kept.value("acknowledged_by").toString(), "mia");
        QCOMPARE(kept.value("state").toString(), "firing");
    }

    void listsByPages()
    {
        Setting setting;
        QStringList names;
        for (int i = 0; i < 5; i++) {
            setting.engine.clock.advance(1000);
            setting.createRule("0s", {{"name", QString::number(i)}});
        }
        PageRequest page{2, {}};
        for (int i = 0; i < 3; i++) {
            const QJsonObject answer = Setting::expect(setting.service->listRules(page));
            for (const QJsonValue item : answer.value("items").toArray())
                names << item.toObject().value("name").toString();
            QCOMPARE(answer.value("next_cursor").isNull(), i == 2);
            page.cursor = answer.value("next_cursor").toString().toStdString();
        }
        QCOMPARE(names.join(""), "01234");
        QVERIFY(!setting.service->listRules({2, "nonsense"}).ok());
    }

    void summarises()
    {
        Setting setting;
        setting.createRule("0s");
        setting.step(10);
        QCOMPARE(setting.service->summary().firing, size_t(0));
        QVERIFY(!setting.service->summary().worst);
        setting.step(95);
        QVERIFY(setting.waitForReceived(1));
        QCOMPARE(setting.service->summary().firing, size_t(1));
        QCOMPARE(setting.service->summary().worst, std::optional(Severity::Critical));
        QCOMPARE(setting.service->summary().rules, size_t(1));
    }

    void ticksByItself()
    {
        TemporaryEngine engine;
        const SystemClock clock;
        AlertOptions options;
        options.intervalMs = 100;
        AlertService service(options, engine.engine(), engine.documents(), clock);
        QVERIFY(service.open().ok());
        service.start();
        QTRY_VERIFY_WITH_TIMEOUT(service.summary().lastTickMs > 0, 20'000);
        QCOMPARE(service.summary().lastTickMs % 100, int64_t(0));
    }
};

QTEST_GUILESS_MAIN(AlertServiceTest)
#include "AlertServiceTest.moc"

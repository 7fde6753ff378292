#include "alerts/NoticeBoard.h"
#include "alerts/mutes/Muting.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "tests/support/ManualClock.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::ManualClock;
using plimsoll::test::WebhookReceiver;
using Plan = WebhookReceiver::Plan;

namespace {

constexpr int64_t second = 1000;
constexpr int64_t minute = 60 * second;
constexpr int64_t hour = 60 * minute;

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

/// From episodes to a receiver on a real socket, without rules; time is moved by hand.
struct Room
{
    struct Process
    {
        Records records;
        OutboundHttp http;
        DeliveryQueue queue;
        EpisodeBook episodes;
        Muting muting;
        NoticeBoard notices;

        Process(Room &room, const NoticeBoard::Options &options)
            : records(room.store, defaultProject)
            , http(OutboundPolicy(true), {})
            , queue(records, http, room.clock, [&room](const std::string &id) { return room.find(id); })
            , episodes(records, queue, room.clock)
            , muting(
                  records, episodes, room.clock, [&room](const std::string &id) { return room.find(id); },
                  [this] { notices.review(); })
            , notices(records, queue, episodes, room.clock, options)
        {
        }
    };

    MemoryDocumentStore store;
    ManualClock clock;
    WebhookReceiver receiver;
    Channel channel;
    DeliveryQueue::Limits limits;
    std::unique_ptr<Process> process;

    Room()
    {
        channel.id = "ops";
        channel.name = "Ops";
        channel.kind = "webhook";
        channel.settings = {{"url", receiver.url()}};
        begin();
    }

    const Channel *find(const std::string &id) const { return id == channel.id ? &channel : nullptr; }

    void begin()
    {
        process.reset();
        NoticeBoard::Options options;
        options.baseUrl = "http://here";
        options.mutes = [this](const Episode &episode, int64_t nowMs) {
            return process->muting.mutesOf(episode, nowMs);
        };
        process = std::make_unique<Process>(*this, options);
        process->queue.setLimits(limits);
        if (!process->muting.load() || !process->episodes.load(true))
            qFatal("the records cannot be read");
        process->notices.load();
    }

    Routing routing(NoticeRhythm rhythm = {}) const { return {{channel.id}, {}, std::move(rhythm)}; }

    std::string open(const std::string &host, const Routing &routing, Severity severity = Severity::Warning,
                     const std::string &rule = "load")
    {
        Episode episode;
        episode.id = makeTimedId(clock.nowMs());
        episode.ruleId = rule;
        episode.ruleName = "Load of " + rule;
        episode.level.severity = severity;
        episode.labels = Labels{{"host", host}, {"team", "docks"}};
        episode.seriesLabels = Labels{{"host", host}};
        episode.startedMs = clock.nowMs();
        episode.routing = routing;
        const std::string id = episode.id;
        process->episodes.open(std::move(episode));
        return id;
    }
    void close(const std::string &id)
    {
        process->episodes.close(id, clock.nowMs(), Episode::End::Cleared, 0);
    }

    /// Lets everything happen that is due now.
    void run()
    {
        for (qsizetype before = -1, rounds = 0; before != receiver.count() || rounds < 3; rounds++) {
            before = receiver.count();
            process->notices.review();
            process->queue.pump();
            QVERIFY(QTest::qWaitFor(
                [this] {
                    return process->episodes.settled() && process->notices.settled() &&
                           process->queue.inFlightCount() == 0;
                },
                20'000));
        }
    }
    void pass(int64_t byMs)
    {
        clock.advance(byMs);
        run();
    }
    /// The minutes one by one, as ticks come.
    void passMinutes(int count)
    {
        for (int i = 0; i < count; i++)
            pass(minute);
    }

    QJsonObject notice(qsizetype index) const { return receiver.received().at(size_t(index)).json(); }
    QJsonObject last() const { return receiver.received().back().json(); }
    QStringList hosts(const QJsonObject &notice) const
    {
        QStringList named;
        for (const QJsonValue entry : notice.value("episodes").toArray())
            named << entry.toObject().value("labels").toObject().value("host").toString() +
                         (entry.toObject().value("event").toString() == "firing" ? "!" : ".");
        named.sort();
        return named;
    }
    QJsonObject mute(const std::string &id, int index = 0) const
    {
        return process->episodes.find(id)->toJson().value("mutes").toArray().at(index).toObject();
    }
    QJsonObject silence(QJsonObject body)
    {
        const auto answer = await(process->muting.silences().create(std::move(body)));
        return answer ? *answer : QJsonObject{{"refused", QString::fromStdString(answer.error().message)}};
    }
};

NoticeRhythm rhythmOf(int64_t waitMs, int64_t intervalMs, int64_t repeatMs,
                      std::vector<std::string> groupBy = {})
{
    return {std::move(groupBy), waitMs, intervalMs, repeatMs};
}

} // namespace

class NoticeBoardTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// What stands around an episode is told with it; its first notice waits for that, its end does not.
    void waitsForWhatIsFoundOut()
    {
        Room room;
        bool pending = true;
        room.process->notices.setSurroundings(
            {[&](const std::string &) { return pending; },
             [](const std::string &) {
                 return QJsonObject{{"normal", QJsonObject{{"low", 1}, {"high", 2}}}};
             }});
        const std::string id = room.open("a", room.routing());
        room.run();
        QCOMPARE(room.receiver.count(), 0);
        pending = false;
        room.run();
        QCOMPARE(room.receiver.count(), 1);
        QCOMPARE(room.last().value("normal").toObject().value("high").toInt(), 2);
        QVERIFY(room.last().value("deploy").isNull());
        QCOMPARE(room.last().value("episodes").toArray().at(0).toObject().value("normal"),
                 room.last().value("normal"));

        pending = true;
        room.close(id);
        room.run();
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.last().value("event").toString(), "resolved");
    }

    void oneNoticeForManySeries()
    {
        Room room;
        std::vector<std::string> ids;
        for (const char *host : {"a", "b", "c"})
            ids.push_back(room.open(host, room.routing()));
        room.run();
        QCOMPARE(room.receiver.count(), 1);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!", "b!", "c!"}));
        QCOMPARE(room.last().value("firing").toInt(), 3);

        room.pass(15 * second);
        ids.push_back(room.open("d", room.routing()));
        room.run();
        QCOMPARE(room.receiver.count(), 1);
        room.pass(44 * second);
        QCOMPARE(room.receiver.count(), 1);
        room.pass(second);
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!", "b!", "c!", "d!"}));
        QCOMPARE(room.last().value("dedup_key"), room.notice(0).value("dedup_key"));
        QVERIFY(room.last().value("id") != room.notice(0).value("id"));

        room.close(ids[0]);
        room.run();
        QCOMPARE(room.receiver.count(), 2);
        for (size_t i = 1; i < ids.size(); i++)
            room.close(ids[i]);
        room.run();
        QCOMPARE(room.receiver.count("resolved"), 1);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a.", "b.", "c.", "d."}));
        room.passMinutes(10);
        QCOMPARE(room.receiver.count(), 3);
    }

    void groupsByLabels()
    {
        Room room;
        const Routing routing = room.routing(rhythmOf(0, minute, 0, {"host"}));
        room.open("a", routing);
        room.open("a", routing);
        room.open("b", routing);
        room.run();
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.notice(0).value("group").toObject().value("labels").toObject().size(), 1);
        QVERIFY(room.notice(0).value("dedup_key") != room.notice(1).value("dedup_key"));

        Room each;
        const Routing alone = each.routing(rhythmOf(0, minute, 0, {"..."}));
        each.open("a", alone);
        each.open("b", alone);
        each.run();
        QCOMPARE(each.receiver.count(), 2);
    }

    void waitsForTheGroup()
    {
        Room room;
        const Routing routing = room.routing(rhythmOf(30 * second, minute, 0));
        const std::string brief = room.open("brief", routing);
        room.run();
        room.pass(10 * second);
        room.close(brief);
        room.open("a", routing);
        room.run();
        QCOMPARE(room.receiver.count(), 0);
        room.pass(29 * second);
        QCOMPARE(room.receiver.count(), 0);
        room.pass(second);
        QCOMPARE(room.receiver.count(), 1);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!"}));
    }

    void whatComesAndGoesMeanwhileIsTold()
    {
        Room room;
        room.open("a", room.routing());
        room.run();
        room.pass(10 * second);
        const std::string brief = room.open("brief", room.routing());
        room.run();
        room.pass(10 * second);
        room.close(brief);
        room.run();
        room.pass(40 * second);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!", "brief."}));
        QCOMPARE(room.last().value("event").toString(), "firing");
    }

    void repeatsUntilAcknowledged()
    {
        Room room;
        const std::string id = room.open("a", room.routing(rhythmOf(0, minute, 5 * minute)));
        room.run();
        room.passMinutes(4);
        QCOMPARE(room.receiver.count(), 1);
        room.passMinutes(1);
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.last().value("repeat").toBool(), true);
        QVERIFY(room.last().value("id") != room.notice(0).value("id"));
        QCOMPARE(room.last().value("dedup_key"), room.notice(0).value("dedup_key"));
        room.begin();
        room.passMinutes(5);
        QCOMPARE(room.receiver.count(), 3);
        QVERIFY(
            QTest::qWaitFor([f = room.process->episodes.acknowledge(id, "mia")] { return f.isFinished(); }));
        room.passMinutes(20);
        QCOMPARE(room.receiver.count(), 3);
        room.close(id);
        room.run();
        QCOMPARE(room.receiver.count("resolved"), 1);
    }

    void keepsFewRepeats()
    {
        Room room;
        const std::string id = room.open("a", room.routing(rhythmOf(0, minute, minute)));
        room.run();
        room.passMinutes(20);
        QVERIFY(room.receiver.count() > 15);
        QCOMPARE(room.process->queue.of(id).size(), DeliveryQueue::maxRepeatsKept + 1);
        room.begin();
        room.run();
        QCOMPARE(room.process->queue.of(id).size(), DeliveryQueue::maxRepeatsKept + 1);
    }

    void noStormAfterAPause()
    {
        Room room;
        for (int i = 0; i < 20; i++)
            room.open(std::to_string(i), room.routing(rhythmOf(0, minute, hour, {"..."})));
        room.run();
        QCOMPARE(room.receiver.count(), 20);
        room.pass(3 * 24 * hour);
        QCOMPARE(room.receiver.count(), 20);
        for (const std::string &id : std::set(room.process->episodes.openIds()))
            room.close(id);
        room.pass(30 * second);
        QCOMPARE(room.receiver.count("resolved"), 20);
        QCOMPARE(room.receiver.count(), 40);
    }

    void aSilenceHoldsAndEnds()
    {
        Room room;
        const QJsonObject made =
            room.silence({{"matchers", QJsonArray{"host=~\"a|b\"", "severity!=critical"}},
                          {"duration", "10m"},
                          {"comment", "moving"},
                          {"created_by", "mia"}});
        QCOMPARE(made.value("state").toString(), "active");
        const std::string muted = room.open("a", room.routing());
        const std::string brief = room.open("b", room.routing());
        const std::string loud = room.open("a", room.routing(), Severity::Critical);
        room.run();
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!"}));
        QCOMPARE(room.last().value("severity").toString(), "critical");
        QCOMPARE(room.mute(muted).value("who").toString(), "mia");
        QVERIFY(room.mute(muted).value("until_ms").isNull());
        QVERIFY(room.process->episodes.find(loud)->mutes.empty());

        room.pass(5 * minute);
        room.close(brief);
        room.run();
        room.begin();
        room.pass(4 * minute);
        QCOMPARE(room.receiver.count(), 1);
        room.pass(minute);
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!", "a!"}));
        QVERIFY(!room.mute(muted).value("until_ms").isNull());
        QVERIFY(room.mute(brief).value("until_ms").isNull());
        QCOMPARE(room.process->queue.of(brief).size(), size_t(0));
    }

    void whatWasToldIsToldToEndInASilence()
    {
        Room room;
        const std::string id = room.open("a", room.routing());
        room.run();
        room.silence({{"matchers", QJsonArray{"alertname=Load of load"}}, {"duration", "1h"}});
        room.run();
        QCOMPARE(room.mute(id).value("by").toString(), "silence");
        room.close(id);
        room.run();
        QCOMPARE(room.receiver.count("resolved"), 1);
    }

    void aSilenceEndsWithItsEpisode()
    {
        Room room;
        const QJsonArray matchers{"alertname=Load of load"};
        const std::string id = room.open("a", room.routing());
        const QJsonObject made =
            room.silence({{"matchers", matchers}, {"until_episode", QString::fromStdString(id)}});
        QCOMPARE(made.value("state").toString(), "active");
        QCOMPARE(made.value("until_episode").toString().toStdString(), id);
        room.run();
        QCOMPARE(room.receiver.count(), 0);
        room.passMinutes(3);
        QCOMPARE(room.mute(id).value("by").toString(), "silence");
        room.close(id);
        room.run();
        room.process->muting.endWithEpisodes(room.clock.nowMs());
        const std::string silence = made.value("id").toString().toStdString();
        const auto state = [&] {
            const auto found = room.process->muting.silences().read(silence);
            return found ? found->value("state").toString() : QString();
        };
        QTRY_COMPARE_WITH_TIMEOUT(state(), "expired", 20'000);
        room.pass(minute);
        room.open("a", room.routing());
        room.run();
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!"}));

        room.begin();
        QCOMPARE(state(), "expired");
    }

    void refusesToWaitForAnEpisodeThatDoesNotFire()
    {
        Room room;
        const QJsonArray matchers{"alertname=Load of load"};
        const auto until = [&](const QString &id) {
            return room.silence({{"matchers", matchers}, {"until_episode", id}, {"duration", "1h"}});
        };
        QVERIFY(until("nobody").value("refused").toString().contains("there is none \"nobody\""));
        const std::string id = room.open("a", room.routing());
        const QJsonObject made = until(QString::fromStdString(id));
        QCOMPARE(made.value("state").toString(), "active");
        room.close(id);
        QVERIFY(until(QString::fromStdString(id)).value("refused").toString().contains("has ended"));

        auto &silences = room.process->muting.silences();
        const std::string silence = made.value("id").toString().toStdString();
        const ResourceBook::Answer renamed = await(silences.patch(silence, {{"comment", "over"}}));
        QVERIFY2(renamed, "what was made in time can be changed, and ended, afterwards");
        QCOMPARE(renamed->value("comment").toString(), "over");
        QVERIFY(!await(silences.patch(silence, {{"until_episode", "nobody"}})));
    }

    void refusesSilencesThatSilenceAll()
    {
        Room room;
        for (const QJsonArray &matchers :
             {QJsonArray(), QJsonArray{"host!=a"}, QJsonArray{"host=~("}, QJsonArray{"host"}})
            QVERIFY(room.silence({{"matchers", matchers}, {"duration", "1h"}}).contains("refused"));
        QVERIFY(room.silence({{"matchers", QJsonArray{"host=a"}}}).contains("refused"));
    }

    void maintenanceIsForThoseItNames()
    {
        Room room;
        const auto made = await(room.process->muting.maintenance().create(
            {{"name", "Backups"}, {"rules", QJsonArray{"load"}}, {"duration", "1h"}}));
        QVERIFY2(made.ok(), made ? "" : made.error().message.c_str());
        const std::string id = room.open("a", room.routing());
        room.open("a", room.routing(), Severity::Warning, "other");
        room.run();
        QCOMPARE(room.receiver.count(), 1);
        QCOMPARE(room.last().value("rule").toObject().value("id").toString(), "other");
        QCOMPARE(room.mute(id).value("reason").toString(), "Backups");
        QVERIFY(room.process->muting.maintenanceOf("load", {}, room.clock.nowMs()));
        room.pass(hour);
        QCOMPARE(room.receiver.count(), 2);
    }

    void quietHoursHoldBothEnds()
    {
        Room room;
        Fields fields(QJsonObject{{"quiet_hours", QJsonObject{{"from", "11:00"}, {"to", "13:00"}}}},
                      "a channel");
        room.channel.quietHours = QuietHours::read(fields);
        QVERIFY(fields.status().ok());
        const std::string warning = room.open("a", room.routing());
        const std::string critical = room.open("b", room.routing(), Severity::Critical);
        room.run();
        QCOMPARE(room.hosts(room.last()), (QStringList{"b!"}));
        QCOMPARE(room.mute(warning).value("by").toString(), "quiet_hours");
        room.close(critical);
        room.pass(hour);
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!", "b."}));
    }

    void aChildIsSilentWhileItsParentFires()
    {
        Room room;
        Routing dependent = room.routing();
        dependent.dependsOn = {"host"};
        const std::string child = room.open("a", dependent);
        const std::string other = room.open("b", dependent);
        room.run();
        QCOMPARE(room.receiver.count(), 0);
        room.pass(second);
        const std::string parent = room.open("a", room.routing(), Severity::Critical, "host");
        room.run();
        QCOMPARE(room.receiver.count(), 1);
        room.pass(14 * second);
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.hosts(room.last()), (QStringList{"b!"}));
        QCOMPARE(room.mute(child).value("id").toString().toStdString(), parent);

        room.pass(10 * minute);
        room.close(parent);
        room.run();
        QCOMPARE(room.receiver.count(), 3);
        room.pass(29 * second);
        QCOMPARE(room.receiver.count(), 3);
        room.pass(second);
        QCOMPARE(room.receiver.count(), 4);
        QCOMPARE(room.hosts(room.last()), (QStringList{"a!", "b!"}));
        room.close(other);
    }

    void checksReport()
    {
        Room room;
        CheckFinding finding;
        finding.checkId = "c1";
        finding.name = "shop";
        finding.labels = Labels{{"check", "shop"}, {"kind", "http"}};
        finding.message = "It answered 503.";
        finding.routing = room.routing();
        const auto report = [&](std::optional<Severity> severity) {
            finding.severity = severity;
            finding.atMs = room.clock.nowMs();
            room.process->episodes.report(finding);
            room.run();
        };
        report({});
        QCOMPARE(room.receiver.count(), 0);
        report(Severity::Warning);
        report(Severity::Warning);
        QCOMPARE(room.receiver.count(), 1);
        QCOMPARE(room.last().value("source").toString(), "check");
        QCOMPARE(room.last().value("message").toString(), "It answered 503.");
        report(Severity::Critical);
        QCOMPARE(room.receiver.count(), 2);
        QCOMPARE(room.last().value("severity").toString(), "critical");
        room.begin();
        report(Severity::Critical);
        report(Severity::Warning);
        QCOMPARE(room.receiver.count(), 2);
        report(Severity::Critical);
        QCOMPARE(room.receiver.count(), 3);
        report({});
        report({});
        QCOMPARE(room.receiver.count("resolved"), 1);
        QCOMPARE(room.process->episodes.all().size(), size_t(1));
    }

    void aReceiverThatIsAwayIsAskedByOne()
    {
        Room room;
        room.receiver.answerAll(503);
        for (int i = 0; i < 30; i++)
            room.open(std::to_string(i), room.routing(rhythmOf(0, minute, 0, {"..."})));
        room.run();
        const auto before = room.receiver.count();
        QVERIFY(before <= 2);
        for (int i = 0; i < 60; i++)
            room.pass(10 * second);
        QVERIFY2(room.receiver.count() < 20, QByteArray::number(room.receiver.count()));
        QCOMPARE(room.process->queue.pendingCount(), size_t(30));
        room.receiver.answerAll(200);
        room.pass(6 * minute);
        for (int i = 0; i < 20 && room.process->queue.pendingCount() > 0; i++)
            room.pass(second);
        QCOMPARE(room.process->queue.pendingCount(), size_t(0));
    }

    void whatDoesNotFitStaysOwed()
    {
        Room room;
        room.limits.pendingPerChannel = 4;
        room.begin();
        room.receiver.answerAll(503);
        std::vector<std::string> ids;
        for (int i = 0; i < 12; i++)
            ids.push_back(room.open(std::to_string(i), room.routing(rhythmOf(0, minute, 0, {"..."}))));
        room.passMinutes(5);
        QCOMPARE(room.process->queue.pendingCount(), size_t(4));
        room.close(ids.back());
        room.run();
        room.begin();
        room.receiver.answerAll(200);
        room.passMinutes(10);
        std::set<QString> told;
        for (const auto &request : room.receiver.received())
            told.insert(request.json().value("episode_id").toString());
        QCOMPARE(told.size(), ids.size());
        QCOMPARE(room.receiver.count("resolved"), 1);
    }

    void deadLettersAreSentAgain()
    {
        Room room;
        room.receiver.answerAll(400);
        const std::string id = room.open("a", room.routing(rhythmOf(0, minute, 0)));
        room.run();
        const auto delivery = [&] { return room.process->queue.of(id).front(); };
        QVERIFY(!room.process->queue.canReplay(delivery()->id));
        for (uint32_t i = 0; i < giveUpAfterTries; i++)
            room.pass(3 * hour);
        QCOMPARE(delivery()->state, Delivery::State::Failed);
        room.begin();
        QVERIFY(room.process->queue.canReplay(delivery()->id).ok());
        room.receiver.answerAll(200);
        room.process->queue.replay(delivery()->id, "mia");
        room.run();
        QCOMPARE(delivery()->state, Delivery::State::Delivered);
        QCOMPARE(delivery()->replayedBy, "mia");
        QCOMPARE(room.receiver.received().back().header("idempotency-key"),
                 room.receiver.received().front().header("idempotency-key"));
    }

    void whatIsOwedSurvivesWithoutADelivery()
    {
        Room room;
        const std::string id = room.open("a", room.routing());
        QVERIFY(QTest::qWaitFor([&] { return room.process->episodes.settled(); }));
        for (const auto &[collection, record] : room.store.keysOf(defaultProject)) {
            if (collection == DeliveryQueue::collection)
                QVERIFY(removeAndWait(room.store, defaultProject, collection, record).ok());
        }
        room.begin();
        room.run();
        QCOMPARE(room.receiver.count("firing"), 1);
        room.close(id);
        QVERIFY(QTest::qWaitFor([&] { return room.process->episodes.settled(); }));
        room.begin();
        room.run();
        QCOMPARE(room.receiver.count("resolved"), 1);
        room.begin();
        room.run();
        QCOMPARE(room.receiver.count(), 2);
    }
};

QTEST_GUILESS_MAIN(NoticeBoardTest)
#include "NoticeBoardTest.moc"

#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/SharedClock.h"
#include "tests/support/WebhookReceiver.h"

#include <QJsonArray>
#include <QTest>

#include <set>

using namespace plimsoll::test;
using Plan = WebhookReceiver::Plan;

namespace {

constexpr int64_t startMs = 1'767'700'800'000;
constexpr int64_t stepMs = 50'000;
constexpr int patienceMs = 60'000;

/// A receiver that does not do what it should, with an alarm of its own that tells it.
struct Victim
{
    const char *name;
    Plan bad;
    bool down = false;      ///< refuses connections
    bool ownNotices = true; ///< each series of its alarm is told by itself
    std::unique_ptr<WebhookReceiver> receiver = std::make_unique<WebhookReceiver>();
    QString channel = {};
    QString rule = {};

    void misbehave()
    {
        receiver->answerAll(bad);
        if (down)
            receiver->goDown();
    }
    void behave()
    {
        receiver->answerAll(200);
        if (!down)
            receiver->goDown(); // ends the connections on which it hangs
        if (!receiver->comeBack())
            qFatal("the port of a receiver is gone");
    }
};

std::vector<Victim> makeVictims()
{
    using Kind = Plan::Kind;
    std::vector<Victim> victims;
    victims.push_back({"down", {}, true});
    victims.push_back({"down-grouped", {}, true, false});
    victims.push_back({"hanging", {Kind::Hang, 0, "", ""}});
    victims.push_back({"redirecting", {Kind::Answer, 307, "", "Location: http://169.254.169.254/\r\n"}});
    victims.push_back({"busy", {Kind::Answer, 429, "", "Retry-After: 90\r\n"}});
    victims.push_back({"broken", {Kind::Answer, 500, "no", ""}, false, false});
    victims.push_back({"flooding", {Kind::Flood, 500, "", ""}});
    victims.push_back({"dropping", {Kind::Close, 0, "", ""}});
    return victims;
}

/// The real program on a clock that the test moves, with all victims.
struct Harbour
{
    SharedClock clock{startMs};
    ApplianceProcess appliance;
    std::vector<Victim> victims = makeVictims();
    std::map<char, double> load{{'a', 0}, {'b', 0}, {'c', 0}};

    bool start()
    {
        return appliance.start({"--alert-interval", "250ms"}, {{"PLIMSOLL_TEST_CLOCK", clock.path()}});
    }
    bool killAndStart()
    {
        appliance.kill();
        return start();
    }

    QJsonObject post(const QString &path, const QJsonObject &body) const
    {
        HttpClient client(appliance.port());
        const auto answer = client.post(path.toStdString(), QJsonDocument(body).toJson().toStdString(),
                                        {{"Content-Type", "application/json"}});
        if (!answer || answer->status >= 300)
            qWarning("%s: %s", qPrintable(path), answer ? answer->body.c_str() : "no answer");
        return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object()
                      : QJsonObject();
    }
    QJsonArray list(const QString &resource) const
    {
        HttpClient client(appliance.port());
        const auto answer = client.get(("/api/app/" + resource).toStdString());
        return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(answer->body))
                            .object()
                            .value("items")
                            .toArray()
                      : QJsonArray();
    }

    void arrange()
    {
        push();
        for (Victim &victim : victims) {
            const QJsonObject settings{{"url", victim.receiver->url()}};
            victim.channel = post("/api/app/channels",
                                  {{"name", victim.name}, {"kind", "webhook"}, {"settings", settings}})
                                 .value("id")
                                 .toString();
            QJsonObject rule{{"name", victim.name},
                             {"expr", QString("load{victim=\"%1\"} > 90").arg(victim.name)},
                             {"channels", QJsonArray{victim.channel}}};
            if (victim.ownNotices)
                rule.insert("group_by", QJsonArray{"..."});
            victim.rule = post("/api/app/rules", rule).value("id").toString();
        }
    }

    void push() const
    {
        QJsonArray metrics;
        for (const Victim &victim : victims) {
            for (const auto &[host, value] : load) {
                const QJsonObject labels{{"victim", victim.name}, {"host", QString(QChar(host))}};
                metrics.append(QJsonObject{{"name", "load"}, {"value", value}, {"labels", labels}});
            }
        }
        post("/ingest", {{"metrics", metrics}});
    }

    /// Time goes on, and the rules see what is now.
    bool step()
    {
        clock.advance(stepMs);
        push();
        return QTest::qWaitFor(
            [this] {
                const QJsonArray rules = list("rules");
                return !rules.isEmpty() &&
                       std::all_of(rules.begin(), rules.end(), [&](const QJsonValue &rule) {
                           return rule.toObject().value("last_evaluated_ms").toInteger() >
                                  clock.nowMs() - stepMs;
                       });
            },
            patienceMs);
    }

    QJsonArray episodesOf(const Victim &victim) const
    {
        return list("episodes?limit=500&rule_id=" + victim.rule);
    }
    QJsonArray deliveries() const { return list("deliveries?limit=500"); }
    int countIn(const QString &state) const
    {
        int count = 0;
        for (const QJsonValue delivery : deliveries())
            count += delivery.toObject().value("state").toString() == state ? 1 : 0;
        return count;
    }
    int firing() const { return int(list("episodes?limit=500&state=firing").size()); }
};

} // namespace

/// Receivers that are down, hang, redirect, answer 429 and 500 and 100 MB for ten minutes, while the program
/// is killed twice: every episode is told, its end too, each notice under one id, and the queue stays small.
class HostileReceiverTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsLost()
    {
        Harbour harbour;
        QVERIFY2(harbour.start(), harbour.appliance.output());
        harbour.arrange();
        QVERIFY(harbour.step());
        for (Victim &victim : harbour.victims)
            victim.misbehave();
        tenBadMinutes(harbour);
        if (QTest::currentTestFailed())
            return;
        for (Victim &victim : harbour.victims)
            victim.behave();
        harbour.load['c'] = 0;
        for (int i = 0; i < 40 && !allDelivered(harbour); i++)
            QVERIFY(harbour.step());
        QVERIFY(allDelivered(harbour));
        for (const Victim &victim : harbour.victims)
            check(harbour, victim);
    }

private:
    static void tenBadMinutes(Harbour &harbour)
    {
        const int steps = 12;
        for (int i = 0; i < steps; i++) {
            if (i == 0)
                harbour.load['a'] = 100;
            if (i == 2)
                harbour.load['b'] = 100;
            if (i == 4)
                harbour.load['a'] = 0;
            if (i == 6)
                harbour.load['c'] = 100;
            if (i == 8)
                harbour.load['b'] = 0;
            if (i == 6 || i == 9)
                QVERIFY2(harbour.killAndStart(), harbour.appliance.output());
            QVERIFY(harbour.step());
            // A notice of each series that has its own, one of each alarm that has not.
            QVERIFY(harbour.countIn("pending") <= 6 * 3 + 2);
            QCOMPARE(harbour.countIn("delivered"), 0);
        }
        QTRY_COMPARE_WITH_TIMEOUT(harbour.firing(), int(harbour.victims.size()), patienceMs);
    }

    static bool allDelivered(const Harbour &harbour)
    {
        return harbour.firing() == 0 && harbour.countIn("pending") == 0 &&
               harbour.countIn("delivered") >= int(harbour.victims.size());
    }

    static void check(const Harbour &harbour, const Victim &victim)
    {
        const QJsonArray episodes = harbour.episodesOf(victim);
        QVERIFY2(episodes.size() == 3, QByteArray(victim.name) + ": " + QByteArray::number(episodes.size()));
        const auto &received = victim.receiver->received();
        const auto refused = std::count_if(received.begin(), received.end(),
                                           [](const auto &request) { return !request.accepted; });
        QVERIFY2(victim.down || refused > 0, QByteArray(victim.name) + " was never asked while it was bad");
        checkEachAttempt(victim);
        for (const QJsonValue value : episodes)
            checkEpisode(victim, value.toObject());
        for (const QJsonValue delivery : harbour.deliveries())
            QCOMPARE(delivery.toObject().value("state").toString(), QStringLiteral("delivered"));
    }

    /// A notice has one id and says the same however often it comes.
    static void checkEachAttempt(const Victim &victim)
    {
        std::map<QByteArray, QByteArray> bodies;
        for (const auto &request : victim.receiver->received()) {
            const QByteArray id = request.header("idempotency-key");
            QCOMPARE(id, request.json().value("id").toString().toUtf8());
            QCOMPARE(bodies.try_emplace(id, request.body).first->second, request.body);
        }
    }

    static void checkEpisode(const Victim &victim, const QJsonObject &episode)
    {
        const QString id = episode.value("id").toString();
        std::set<QString> keys;
        std::set<QString> told;
        std::map<QString, std::set<QByteArray>> ids;
        for (const auto &request : victim.receiver->received()) {
            const QJsonObject notice = request.json();
            for (const QJsonValue entry : notice.value("episodes").toArray()) {
                if (entry.toObject().value("id").toString() != id)
                    continue;
                keys.insert(notice.value("dedup_key").toString());
                ids[notice.value("event").toString()].insert(request.header("idempotency-key"));
                if (request.accepted)
                    told.insert(entry.toObject().value("event").toString());
            }
        }
        const QByteArray which = victim.name + QByteArray(" ") + id.toUtf8();
        QVERIFY2(keys.size() == 1, which + " has more than one key");
        QVERIFY2(told.contains("resolved"), which + ": nobody was told of its end");
        std::map<QString, int> notices;
        for (const QJsonValue value : episode.value("deliveries").toArray()) {
            const QJsonObject delivery = value.toObject();
            for (const QJsonValue entry : delivery.value("episodes").toArray()) {
                if (entry.toObject().value("episode_id").toString() == id &&
                    !delivery.value("repeat").toBool())
                    notices[entry.toObject().value("event").toString()]++;
            }
        }
        QVERIFY2(notices["firing"] <= 1 && notices["resolved"] == 1, which + " was told under several ids");
        if (!victim.ownNotices)
            return;
        QVERIFY2(told.contains("firing"), which + ": nobody was told that it fires");
        QVERIFY2(ids["firing"].size() == 1 && ids["resolved"].size() == 1, which + " came under several ids");
    }
};

QTEST_GUILESS_MAIN(HostileReceiverTest)
#include "HostileReceiverTest.moc"

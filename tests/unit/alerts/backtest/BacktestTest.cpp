#include "alerts/backtest/Backtest.h"
#include "alerts/backtest/BacktestRequest.h"

#include "tests/support/MemorySeries.h"

#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using test::MemorySeries;

namespace {

constexpr int64_t stepMs = 15'000;
constexpr int64_t minuteMs = 60'000;
constexpr int64_t dayMs = 86'400'000;
constexpr int64_t startMs = 20'000 * dayMs;

/// A gauge that is 10, and 95 during the given spans of [minute, minute).
void put(MemorySeries &memory, int64_t minutes, const std::vector<std::pair<int, int>> &high,
         const char *host = "a")
{
    for (int64_t atMs = startMs; atMs < startMs + minutes * minuteMs; atMs += stepMs) {
        const int64_t minute = (atMs - startMs) / minuteMs;
        const bool above = std::any_of(high.begin(), high.end(), [minute](const auto &span) {
            return minute >= span.first && minute < span.second;
        });
        memory.add({{"__name__", "cpu"}, {"host", host}}, Kind::Gauge, atMs,
                   above ? 95 + static_cast<double>(minute % 3) : 10);
    }
}

Rule ruleOf(QJsonObject more)
{
    QJsonObject definition{{"name", "CPU is high"}, {"expr", "cpu"}, {"op", ">"}, {"threshold", 90}};
    for (auto it = more.begin(); it != more.end(); ++it)
        definition.insert(it.key(), it.value());
    Result<Rule> rule = Rule::fromJson(definition);
    if (!rule)
        qFatal("%s", rule.error().message.c_str());
    return *rule;
}

BacktestQuestion question(const Rule &rule, int64_t minutes)
{
    BacktestQuestion asked;
    asked.rule = rule;
    asked.fromMs = startMs;
    asked.toMs = startMs + minutes * minuteMs - 1;
    return asked;
}

QJsonObject ask(const MemorySeries &memory, const BacktestQuestion &asked)
{
    const Result<BacktestAnswer> answer = Backtest(memory).run(asked);
    return answer ? answer->toJson() : QJsonObject{{"error", QString::fromStdString(answer.error().message)}};
}

/// Episodes as "start-end peak" in minutes, comma separated; an open one has no end.
QString episodesOf(const QJsonObject &answer)
{
    QStringList said;
    for (const QJsonValue value : answer.value("episodes").toArray()) {
        const QJsonObject episode = value.toObject();
        const auto minutes = [](const QJsonValue &ms) {
            return ms.isNull() ? QString() : QString::number(double(ms.toInteger() - startMs) / minuteMs);
        };
        said << minutes(episode.value("start")) + '-' + minutes(episode.value("end")) + ' ' +
                    QString::number(episode.value("peak").toDouble());
    }
    return said.join(", ");
}

} // namespace

class BacktestTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsTheEpisodes()
    {
        MemorySeries memory;
        put(memory, 120, {{10, 30}, {50, 51}, {110, 120}});
        const QJsonObject answer =
            ask(memory, question(ruleOf({{"for", "5m"}, {"severity", "critical"}}), 120));
        QCOMPARE(episodesOf(answer), "15-30 97, 115- 97");
        const QJsonObject first = answer.value("episodes").toArray().at(0).toObject();
        QCOMPARE(first.value("labels").toObject(), (QJsonObject{{"host", "a"}}));
        QCOMPARE(first.value("severity").toString(), "critical");
        QCOMPARE(first.value("pending_since").toInteger(), startMs + 10 * minuteMs);
        QCOMPARE(answer.value("notifications").toInt(), 3);
        QCOMPARE(answer.value("total_seconds").toDouble(), 15 * 60 + 5 * 60 - 0.001);
        QCOMPARE(answer.value("resolution").toString(), "raw");
        QCOMPARE(answer.value("approximate").toBool(true), false);
        QCOMPARE(answer.value("evaluations").toInt(), 480);
        QVERIFY(answer.value("noise").isNull());
    }

    void countsTimeAndMessagesOfSeveralSeries()
    {
        MemorySeries memory;
        put(memory, 60, {{10, 30}}, "a");
        put(memory, 60, {{20, 40}}, "b");
        const QJsonObject answer = ask(memory, question(ruleOf({{"for", "0s"},
                                                                {"labels", QJsonObject{{"team", "web"}}},
                                                                {"channels", QJsonArray{"1", "2"}}}),
                                                        60));
        QCOMPARE(episodesOf(answer), "10-30 97, 20-40 97");
        QCOMPARE(answer.value("total_seconds").toDouble(), 30 * 60.0);
        QCOMPARE(answer.value("notifications").toInt(), 8);
        QCOMPARE(answer.value("episodes").toArray().at(1).toObject().value("labels").toObject(),
                 (QJsonObject{{"host", "b"}, {"team", "web"}}));
    }

    void namesNoiseAndTriesWhatItSuggests()
    {
        MemorySeries memory;
        std::vector<std::pair<int, int>> spikes;
        for (int i = 0; i < 41; i++)
            spikes.emplace_back(5 + 30 * i, 6 + 30 * i);
        spikes.emplace_back(1300, 1330);
        put(memory, 1440, spikes);
        const Rule rule = ruleOf({});
        const QJsonObject noise = ask(memory, question(rule, 1440)).value("noise").toObject();
        QCOMPARE(noise.value("times").toInt(), 42);
        QCOMPARE(noise.value("median_seconds").toDouble(), 60.0);
        QCOMPARE(noise.value("text").toString(),
                 "Fired 42 times, median 1 min: try for: 1m (it would have fired once).");
        const QString forText = noise.value("suggestion").toObject().value("for").toString();
        const QJsonObject then = ask(memory, question(ruleOf({{"for", forText}}), 1440));
        QCOMPARE(then.value("episodes").toArray().size(), 1);
        QVERIFY(then.value("noise").isNull());
    }

    void suggestsNothingThatDoesNotHelp()
    {
        MemorySeries memory;
        std::vector<std::pair<int, int>> spikes;
        for (int i = 0; i < 12; i++)
            spikes.emplace_back(10 + 200 * i, 75 + 200 * i);
        put(memory, 2500, spikes);
        const QJsonObject noise =
            ask(memory, question(ruleOf({{"for", "1h"}}), 2500)).value("noise").toObject();
        QCOMPARE(noise.value("text").toString(), "Fired 12 times, median 5 min.");
        QVERIFY(noise.value("suggestion").isNull());
    }

    /// What was not watched does not count, as it did not live: a pending alarm keeps the time it had
    /// gathered.
    void leavesOutWhatWasNotWatched()
    {
        MemorySeries memory;
        put(memory, 120, {{10, 100}});
        BacktestQuestion asked = question(ruleOf({{"for", "5m"}}), 120);
        asked.watched = {{startMs, startMs + 13 * minuteMs},
                         {startMs + 60 * minuteMs, startMs + 120 * minuteMs}};
        QCOMPARE(episodesOf(ask(memory, asked)), "61.75-100 97");
    }

    void tellsWhyAQueryFails()
    {
        MemorySeries memory;
        put(memory, 60, {});
        memory.add({{"__name__", "other"}, {"host", "a"}}, Kind::Gauge, startMs + 30 * minuteMs, 99);
        const QJsonObject some = ask(memory, question(ruleOf({{"expr", "{__name__=~\"cpu|other\"}"}}), 60));
        QCOMPARE(some.value("failed_evaluations").toInt(), 20);
        QVERIFY(some.value("error").toString().contains("two series with the labels"));
        put(memory, 600, {});
        put(memory, 600, {}, "b");
        const QJsonObject all = ask(memory, question(ruleOf({{"expr", "cpu * on() group_left cpu"}}), 600));
        QVERIFY2(!all.contains("episodes"), qPrintable(all.value("error").toString()));
    }

    void refusesSpansThatAreNone()
    {
        MemorySeries memory;
        BacktestQuestion asked = question(ruleOf({}), 60);
        std::swap(asked.fromMs, asked.toMs);
        QVERIFY(!Backtest(memory).run(asked));
        asked.fromMs = asked.toMs - 10 * 366 * dayMs;
        QVERIFY(!Backtest(memory).run(asked));
    }

    void readsRequests_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("expected"); ///< the span in seconds before now, or the refusal
        QTest::newRow("a week") << QByteArray(R"({"rule":{"expr":"a"}})") << "604800-0";
        QTest::newRow("seconds") << QByteArray(R"({"rule":{"expr":"a"},"from":1727999000})") << "1000-0";
        QTest::newRow("milliseconds")
            << QByteArray(R"({"rule":{"expr":"a"},"from":1727999000500,"to":1727999500500})") << "999-499";
        QTest::newRow("text") << QByteArray(R"({"rule_id":"1","from":"2024-10-03T23:00:00Z"})") << "3600-0";
        QTest::newRow("the future is cut")
            << QByteArray(R"({"rule_id":"1","from":1727999000,"to":9727999000})") << "1000-0";
        QTest::newRow("neither") << QByteArray("{}") << "`rule` or `rule_id` is missing.";
        QTest::newRow("no time") << QByteArray(R"({"rule_id":"1","from":"yesterday"})")
                                 << "`from` is not a time.";
        QTest::newRow("negative") << QByteArray(R"({"rule_id":"1","to":-5})") << "`to` is not a time.";
        QTest::newRow("unknown") << QByteArray(R"({"rule_id":"1","until":5})")
                                 << "`until` is not a field of a backtest.";
        QTest::newRow("no object") << QByteArray(R"({"rule":"cpu > 5"})") << "`rule` must be an object.";
    }
    void readsRequests()
    {
        QFETCH(QByteArray, body);
        QFETCH(QString, expected);
        constexpr int64_t nowMs = 20'000 * dayMs;
        const auto request = BacktestRequest::fromJson(QJsonDocument::fromJson(body).object(), nowMs);
        const QString said =
            request
                ? QString("%1-%2").arg((nowMs - request->fromMs) / 1000).arg((nowMs - request->toMs) / 1000)
                : QString::fromStdString(request.error().message);
        QCOMPARE(said, expected);
    }

    void changesFieldsOfAStoredRule()
    {
        BacktestRequest request;
        request.ruleId = "7";
        request.definition = {{"threshold", 50}};
        const auto rule = request.rule(ruleOf({{"for", "5m"}}).toJson());
        QVERIFY(rule.ok());
        QCOMPARE(rule->toJson().value("threshold").toDouble(), 50.0);
        QCOMPARE(rule->toJson().value("for").toString(), "5m");
        QCOMPARE(rule->id, std::string("7"));
    }
};

QTEST_GUILESS_MAIN(BacktestTest)
#include "BacktestTest.moc"

#include "alerts/AlertService.h"
#include "storage/model/Staleness.h"
#include "tests/support/AlertListings.h"
#include "tests/support/EngineSink.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <bit>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::EngineSink;
using plimsoll::test::TemporaryEngine;

namespace {

constexpr int64_t interval = 15'000;

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

/// JSON, with ' in place of ".
QJsonObject json(QByteArray text) { return QJsonDocument::fromJson(text.replace('\'', '"')).object(); }

/// A service over a real store that reads back what it writes; time is moved by hand.
struct Setting
{
    TemporaryEngine engine;
    EngineSink sink{engine};
    AlertOptions options;
    std::unique_ptr<AlertService> service;

    Setting()
    {
        options.intervalMs = interval;
        open();
    }

    void open()
    {
        service =
            std::make_unique<AlertService>(options, engine.engine(), engine.documents(), engine.clock, sink);
        if (!service->open())
            qFatal("the alerts do not open");
    }

    int64_t now() const { return engine.clock.nowMs(); }

    std::string create(const QByteArray &definition)
    {
        const auto made = await(service->createRule(json(definition)));
        if (!made)
            qFatal("refused: %s", made.error().message.c_str());
        return made->value("id").toString().toStdString();
    }

    void send(const char *metric, const char *host, double value)
    {
        engine.append(Labels{{"__name__", metric}, {"host", host}}, Kind::Gauge, now(), value);
    }

    void tick() { QCoro::waitFor(service->tick(now())); }
    void step(double load, int64_t byMs = interval)
    {
        engine.clock.advance(byMs);
        if (!std::isnan(load))
            send("load", "a", load);
        tick();
    }

    QJsonObject rule(const std::string &id) { return service->rule(id).value(); }

    /// What a query yields now, as "labels value" separated by semicolons.
    QString ask(const char *expr)
    {
        const auto query = Query::parse(expr);
        const auto reader = engine->openReader();
        const auto result = query->instant(*reader, defaultProject, now(), QueryLimits());
        QStringList lines;
        for (const QuerySeries &series : result->series)
            lines << QString("%1 %2")
                         .arg(QString::fromStdString(series.labels.toString()))
                         .arg(series.points.front().value);
        lines.sort();
        return lines.join("; ");
    }

    /// All stored samples of a series by name.
    std::vector<double> stored(const char *name)
    {
        const auto reader = engine->openReader();
        const std::vector<Matcher> matchers{{"__name__", Matcher::Op::Equal, name}};
        const auto found = reader->select(defaultProject, matchers, 0, INT64_MAX);
        FloatColumns columns;
        if (!found->empty())
            (void)reader->readFloats(found->front().id, 0, INT64_MAX, columns);
        return columns.values;
    }
};

const double nothing = std::numeric_limits<double>::quiet_NaN();

} // namespace

/// Groups, recording rules, the series of alerts, and dependencies, in the service with a real store.
class RuleGroupTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void laterRulesSeeWhatEarlierOnesRecorded()
    {
        Setting setting;
        setting.create("{'name':'high','expr':'load:twice > 100','group':{'name':'g','position':2}}");
        setting.create("{'record':'load:twice','expr':'load:once * 2','group':{'name':'g','position':1}}");
        setting.create("{'record':'load:once','expr':'load','labels':{'from':'rule'},'group':{'name':'g'}}");
        setting.step(60);
        QCOMPARE(setting.ask("load:twice"), QStringLiteral("load:twice{from=\"rule\",host=\"a\"} 120"));
        QCOMPARE(setting.ask("ALERTS"), QStringLiteral("ALERTS{alertname=\"high\",alertstate=\"firing\","
                                                       "from=\"rule\",host=\"a\",severity=\"warning\"} 1"));
        setting.step(40);
        QCOMPARE(setting.ask("load:twice"), QStringLiteral("load:twice{from=\"rule\",host=\"a\"} 80"));
        QCOMPARE(setting.ask("ALERTS"), QString());
    }

    void aRecordedSeriesEndsWithItsSource()
    {
        Setting setting;
        const std::string id = setting.create("{'record':'high','expr':'load > 50'}");
        setting.step(60);
        setting.step(40);
        QCOMPARE(setting.ask("high"), QString());
        setting.step(70);
        QCOMPARE(setting.ask("high"), QStringLiteral("high{host=\"a\"} 70"));
        QVERIFY(await(setting.service->removeRule(id)).ok());
        QCOMPARE(setting.ask("high"), QString());
        const std::vector<double> values = setting.stored("high");
        QCOMPARE(values.size(), size_t(4 - 1)); // the end comes at the time of the last value
        QVERIFY(isStale(values[1]) && isStale(values[2]));
    }

    void twoResultsOfOneNameAreAnError()
    {
        Setting setting;
        const std::string id = setting.create("{'record':'one','expr':'load','labels':{'host':'all'}}");
        setting.engine.clock.advance(interval);
        setting.send("load", "a", 1);
        setting.send("load", "b", 2);
        setting.tick();
        QCOMPARE(setting.rule(id)["state"].toString(), QStringLiteral("error"));
        QCOMPARE(setting.ask("one"), QString());
    }

    void tellsPendingFromFiringInItsSeries()
    {
        Setting setting;
        setting.create("{'name':'high','expr':'load','op':'>','threshold':90,'for':'15s',"
                       "'labels':{'team':'ops','where':'on {{ $labels.host }}'}}");
        const QString labels = "alertname=\"high\",%1host=\"a\",severity=\"warning\",team=\"ops\","
                               "where=\"on a\"} ";
        setting.step(95);
        const QString since = QString::number(double(setting.now()) / 1000);
        QCOMPARE(setting.ask("ALERTS"), "ALERTS{" + labels.arg("alertstate=\"pending\",") + "1");
        QCOMPARE(setting.ask("ALERTS_FOR_STATE"), "ALERTS_FOR_STATE{" + labels.arg("") + since);
        setting.step(95);
        QCOMPARE(setting.ask("ALERTS"), "ALERTS{" + labels.arg("alertstate=\"firing\",") + "1");
        QCOMPARE(setting.ask("ALERTS_FOR_STATE"), "ALERTS_FOR_STATE{" + labels.arg("") + since);
        const QJsonArray active = setting.service->listRules({}, true)->value("items")[0]["active"].toArray();
        QCOMPARE(active.size(), 1);
        QCOMPARE(active[0]["state"].toString(), QStringLiteral("firing"));
        setting.step(10);
        QCOMPARE(setting.ask("ALERTS"), QString());
        QCOMPARE(setting.ask("ALERTS_FOR_STATE"), QString());
    }

    void aGroupHasItsOwnInterval()
    {
        Setting setting;
        const std::string slow =
            setting.create("{'record':'slow','expr':'load','group':{'name':'g','interval':'1m'}}");
        const std::string fast = setting.create("{'record':'fast','expr':'load'}");
        const int64_t startMs = setting.now();
        for (int i = 1; i <= 8; i++)
            setting.step(i);
        QCOMPARE(setting.stored("fast").size(), size_t(8));
        QCOMPARE(setting.stored("slow"), (std::vector<double>{4, 8}));
        QCOMPARE(setting.rule(slow)["last_evaluated_ms"].toInteger(), qint64(startMs + 120'000));
    }

    void whatWasMissedIsNotMadeUpFor()
    {
        Setting setting;
        setting.create("{'record':'kept','expr':'load'}");
        setting.step(1);
        setting.step(2, 3'600'000);
        setting.tick();
        setting.step(3);
        QCOMPARE(setting.stored("kept"), (std::vector<double>{1, 2, 3}));
    }

    void anOffsetLooksBack()
    {
        Setting setting;
        setting.create("{'record':'late','expr':'load','group':{'name':'g','query_offset':'15s'}}");
        setting.step(1);
        setting.step(2);
        QCOMPARE(setting.stored("late"), (std::vector<double>{1}));
        setting.step(3);
        QCOMPARE(setting.stored("late"), (std::vector<double>{1, 2}));
    }

    void aGroupBoundsItsRules()
    {
        Setting setting;
        const std::string id =
            setting.create("{'name':'many','expr':'load > 5','group':{'name':'g','limit':1}}");
        setting.engine.clock.advance(interval);
        setting.send("load", "a", 6);
        setting.send("load", "b", 3);
        setting.tick();
        QCOMPARE(setting.rule(id)["state"].toString(), QStringLiteral("firing"));
        setting.engine.clock.advance(interval);
        setting.send("load", "a", 6);
        setting.send("load", "b", 7);
        setting.tick();
        QCOMPARE(setting.rule(id)["error"].toString(),
                 QStringLiteral("The limit of the group is 1, and the rule has 2 alerts."));
        QCOMPARE(setting.service->summary().failedEvaluations, uint64_t(1));
        QCOMPARE(setting.service->summary().firing, size_t(1));
    }

    void circlesAreRefused()
    {
        Setting setting;
        const std::string a = setting.create("{'name':'a','expr':'load > 1'}");
        const std::string b =
            setting.create(QByteArray("{'name':'b','expr':'load > 1','depends_on':['") + a.c_str() + "']}");
        const std::string c =
            setting.create(QByteArray("{'name':'c','expr':'load > 1','depends_on':['") + b.c_str() + "']}");
        const auto depend = [&](const std::string &id, const std::string &on) {
            return await(
                setting.service->patchRule(id, {{"depends_on", QJsonArray{QString::fromStdString(on)}}}));
        };
        QCOMPARE(depend(a, c).error().message,
                 std::string("`depends_on` goes in a circle: \"a\" -> \"c\" -> \"b\" -> \"a\"."));
        QCOMPARE(depend(a, a).error().message, std::string("`depends_on` goes in a circle: \"a\" -> \"a\"."));
        QCOMPARE(depend(a, "x").error().message,
                 std::string("`depends_on` names \"x\", which is neither an alarm nor a check."));
        QVERIFY(depend(c, a).ok());
    }

    void aLevelThatIsTakenAwayEnds()
    {
        Setting setting;
        const std::string id = setting.create(
            "{'name':'n','expr':'load','levels':[{'severity':'warning','op':'>','threshold':80},"
            "{'severity':'critical','op':'>','threshold':95}]}");
        setting.step(99);
        QCOMPARE(setting.rule(id)["firing_severity"].toString(), QStringLiteral("critical"));
        const auto changed = await(setting.service->patchRule(
            id, json("{'levels':[{'severity':'warning','op':'>','threshold':80}]}")));
        QVERIFY(changed.ok());
        QCOMPARE((*changed)["firing_severity"].toString(), QStringLiteral("warning"));
        QVERIFY(QTest::qWaitFor([&] { return setting.service->settled(); }, 20'000));
        const QJsonArray episodes = episodesOf(*setting.service);
        QCOMPARE(episodes.size(), 2);
        const bool firstEnded = episodes[1]["ended_ms"].isDouble();
        QCOMPARE(episodes[firstEnded ? 1 : 0]["end"].toString(), QStringLiteral("rule_changed"));
    }

    void tellsWhyNothingIsKnown()
    {
        Setting setting;
        const std::string id =
            setting.create("{'name':'n','expr':'load > 5 and up','no_data':'alert','for':'1m'}");
        QCOMPARE(setting.rule(id)["absence"].toString(), QStringLiteral("no_data"));
        setting.step(1);
        QVERIFY(setting.rule(id)["absence"].isNull());
        QCOMPARE(setting.rule(id)["state"].toString(), QStringLiteral("inactive"));
        setting.step(nothing, 600'000);
        QCOMPARE(setting.rule(id)["absence"].toString(), QStringLiteral("we_were_down"));
        for (int i = 0; i < 6; i++)
            setting.step(nothing);
        QCOMPARE(setting.rule(id)["absence"].toString(), QStringLiteral("sender_silent"));
        QCOMPARE(setting.rule(id)["state"].toString(), QStringLiteral("pending"));
    }

    void anEpisodeSaysWhatIsMissing()
    {
        Setting setting;
        setting.create("{'name':'n','expr':'load > 5','no_data':'alert','for':'15s'}");
        setting.step(nothing);
        setting.step(nothing);
        setting.step(1);
        setting.engine.append(Labels{{"__name__", "load"}, {"host", "a"}}, Kind::Gauge,
                              setting.now() + interval, std::bit_cast<double>(staleBits));
        setting.step(nothing);
        setting.step(nothing);
        QVERIFY(QTest::qWaitFor([&] { return setting.service->settled(); }, 20'000));
        const QJsonArray episodes = episodesOf(*setting.service);
        QCOMPARE(episodes.size(), 2);
        QVERIFY(episodes[0]["message"].toString().startsWith("The sender fell silent"));
        QVERIFY(episodes[1]["message"].toString().startsWith("There is no data"));
        QCOMPARE(episodes[1]["state"].toString(), QStringLiteral("resolved"));
    }

    void variablesStandInTheExpression()
    {
        Setting setting;
        const std::string id = setting.create("{'name':'n','expr':'$metric{host=~`${host}$`} > "
                                              "$line','variables':{'metric':'load','host':'a|b',"
                                              "'line':'5'}}");
        setting.step(6);
        QCOMPARE(setting.rule(id)["state"].toString(), QStringLiteral("firing"));
        QCOMPARE(setting.rule(id).value("condition")["expr"].toString(),
                 QStringLiteral("load{host=~\"a|b$\"}"));
    }
};

QTEST_GUILESS_MAIN(RuleGroupTest)
#include "RuleGroupTest.moc"

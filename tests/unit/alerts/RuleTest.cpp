#include "alerts/Rule.h"
#include "alerts/Duration.h"

#include <QJsonArray>
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

class RuleTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsATopLevelRule()
    {
        const auto rule =
            Rule::fromJson(json("{'name':' CPU ','expr':'host_cpu_usage_ratio','op':'>=','threshold':0.9, "
                                "'for':'1h30m','severity':'critical','labels':{'team':'ops'},'annotations':{'"
                                "summary':'s'}, 'channels':['b','a','b'],'enabled':false}"));
        QVERIFY2(rule.ok(), rule.ok() ? "" : rule.error().message.c_str());
        QCOMPARE(rule->name, std::string("CPU"));
        QCOMPARE(rule->levels,
                 (std::vector<Level>{{Severity::Critical, Comparison::GreaterOrEqual, 0.9, 90 * 60'000}}));
        QCOMPARE(rule->channels, (std::vector<std::string>{"b", "a"}));
        QVERIFY(!rule->enabled);
        const auto again = Rule::fromJson(rule->toJson());
        QVERIFY(again.ok());
        QCOMPARE(again->toJson(), rule->toJson());
    }

    void readsOneLevel()
    {
        const auto rule = Rule::fromJson(json("{'name':'n','expr':'up','levels':[{'severity':'critical','op':"
                                              "'<', 'threshold':1,'for':'5m'}]}"));
        QVERIFY2(rule.ok(), rule.ok() ? "" : rule.error().message.c_str());
        QCOMPARE(rule->levels, (std::vector<Level>{{Severity::Critical, Comparison::Less, 1, 300'000}}));
    }

    void hasDefaults()
    {
        const auto rule = Rule::fromJson(json("{'name':'n','expr':'up == 0'}"));
        QVERIFY(rule.ok());
        QCOMPARE(rule->levels, std::vector<Level>{Level()});
        QVERIFY(rule->enabled);
    }

    void takesItsOwnResourceBack()
    {
        const auto rule =
            Rule::fromJson(json("{'name':'n','expr':'up == 0','id':'x','version':4,'state':'firing', "
                                "'value':1,'highest':2,'last_evaluated_ms':3,'error':null,'firing_since_ms':"
                                "5,'created_ms':1, 'updated_ms':2}"));
        QVERIFY2(rule.ok(), rule.ok() ? "" : rule.error().message.c_str());
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *body, const char *message) {
            QTest::newRow(message) << QByteArray(body) << QByteArray(message);
        };
        row("{'expr':'up == 0'}", "`name` is missing.");
        row("{'name':'  ','expr':'up == 0'}", "`name` must not be empty.");
        row("{'name':7,'expr':'up == 0'}", "`name` must be a text.");
        row("{'name':'n'}", "`expr` is missing.");
        row("{'name':'n','expr':'up','op':'>'}", "`threshold` is missing.");
        row("{'name':'n','expr':'up','threshold':1}", "`op` is missing.");
        row("{'name':'n','expr':'up','op':'=>','threshold':1}", "`op` must be one of > >= < <= == !=.");
        row("{'name':'n','expr':'up','op':'>','threshold':'1'}", "`threshold` must be a number.");
        row("{'name':'n','expr':'up == 0','for':'5 minutes'}", "`for` must be a duration.");
        row("{'name':'n','expr':'up == 0','for':300}", "`for` must be a duration.");
        row("{'name':'n','expr':'up == 0','for':'-5m'}", "`for` must be a duration.");
        row("{'name':'n','expr':'up == 0','for':'367d'}", "`for` is longer than 366d.");
        row("{'name':'n','expr':'up == 0','severity':'page'}",
            "`severity` must be \"warning\" or \"critical\".");
        row("{'name':'n','expr':'up == 0','labels':{'a-b':'c'}}", "`labels.a-b` is not a label name.");
        row("{'name':'n','expr':'up == 0','labels':{'__name__':'c'}}",
            "`labels.__name__` is not a label name.");
        row("{'name':'n','expr':'up == 0','labels':{'a':1}}", "`labels.a` must be a text.");
        row("{'name':'n','expr':'up == 0','labels':[]}", "`labels` must be an object.");
        row("{'name':'n','expr':'up == 0','channels':'ops'}", "`channels` must be a list.");
        row("{'name':'n','expr':'up == 0','channels':[1]}", "`channels` must be a list of channel ids.");
        row("{'name':'n','expr':'up == 0','enabled':'yes'}", "`enabled` must be true or false.");
        row("{'name':'n','expr':'up == 0','treshold':1}", "`treshold` is not a field of a rule.");
        row("{'name':'n','expr':'up == 0','keep_firing_for':5}", "`keep_firing_for` must be a duration.");
        row("{'name':'n','expr':'up == 0','no_data':'fire'}",
            "`no_data` must be \"ok\", \"alert\" or \"keep\".");
        row("{'name':'n','expr':'up == 0','depends_on':[1]}",
            "`depends_on` must be a list of ids of rules and checks.");
        row("{'name':'n','expr':'up','levels':[]}", "`levels` must hold at least one level.");
        row("{'name':'n','expr':'up','levels':[1]}", "`levels` must be a list of levels.");
        row("{'name':'n','expr':'up','levels':[{'op':'>','threshold':1},{'op':'>','threshold':2}]}",
            "`levels` holds two levels of the severity \"warning\".");
        row("{'name':'n','expr':'up == "
            "0','levels':[{'for':'5m'},{'severity':'critical','op':'>','threshold':2}]}",
            "`levels` holds a threshold in one level and none in another.");
        row("{'record':'a:b','expr':'up','for':'5m'}", "`for` is for alerts, and this rule records.");
        row("{'record':'a b','expr':'up'}", "`record` is not a metric name.");
        row("{'name':'n','expr':'up == 0','group':'g'}", "`group` must be an object.");
        row("{'name':'n','expr':'up == 0','group':{}}", "`group.name` is missing.");
        row("{'name':'n','expr':'up == 0','group':{'name':'g','interval':'10ms'}}",
            "`group.interval` is shorter than 1s.");
        row("{'name':'n','expr':'up == 0','group':{'name':'g','limit':1.5}}",
            "`group.limit` must be a whole number that is not below 0.");
        row("{'name':'n','expr':'up','levels':[{'op':'>','threshold':true}]}",
            "`levels[0].threshold` must be a number.");
        row("{'name':'n','expr':'up','op':'>','levels':[{'op':'>','threshold':1}]}",
            "`op` stands beside `levels`.");
        row("{'name':'n','expr':'up'}", "`threshold` is missing: this rule would always fire.");
        row("{'name':'n','expr':'rate(up[5m]) '}", "`threshold` is missing: this rule would always fire.");
        row("{'name':'n','expr':'5 > bool 3'}", "`threshold` is missing: this rule would always fire.");
        row("{'name':'n','expr':'up[5m]','op':'>','threshold':1}",
            "`expr` is a range of samples, not one value for each series.");
        row("{'name':'n','expr':'`text`','op':'>','threshold':1}", "`expr` is a text, which has no height.");
    }

    void saysWhatIsWrong()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, message);
        const auto rule = Rule::fromJson(json(body));
        QVERIFY(!rule.ok());
        QCOMPARE(QByteArray::fromStdString(rule.error().message), message);
    }

    void namesThePositionInTheExpression()
    {
        const auto rule = Rule::fromJson(json("{'name':'n','expr':'sum(rate(x[5m]) > 3 '}"));
        QVERIFY(!rule.ok());
        QCOMPARE(rule.error().code, ErrorCode::Invalid);
        const QString message = QString::fromStdString(rule.error().message);
        QVERIFY2(message.startsWith("`expr` 1:"), qPrintable(message));
        QVERIFY2(message.contains("parse error"), qPrintable(message));
    }

    void takesWatchdogs()
    {
        for (const char *expr : {"vector(1)", "absent(up)", "up and on(job) down", "a unless b",
                                 "invalid_indexes{name=~\".*ccnew.*\"}", "(a / b) > 0.5"}) {
            const auto rule = Rule::fromJson({{"name", "n"}, {"expr", expr}});
            QVERIFY2(rule.ok(), expr);
        }
    }

    void splitsTheComparison_data()
    {
        QTest::addColumn<QString>("measured");
        QTest::addColumn<QString>("line"); ///< empty: none
        QTest::newRow("up == 0") << "up"
                                 << "== 0";
        QTest::newRow("(rate(x[5m]) > 3)") << "rate(x[5m])"
                                           << "> 3";
        QTest::newRow("0.5 > a / b") << "a / b"
                                     << "< 0.5";
        QTest::newRow("temp < -5") << "temp"
                                   << "< -5";
        QTest::newRow("sum by (job) (x) >= (2)") << "sum by (job) (x)"
                                                 << ">= 2";
        QTest::newRow("a > b") << "a > b"
                               << "";
        QTest::newRow("a > bool 3") << "a > bool 3"
                                    << "";
        QTest::newRow("a > 3 and b > 4") << "a > 3 and b > 4"
                                         << "";
        QTest::newRow("absent(up)") << "absent(up)"
                                    << "";
    }

    void splitsTheComparison()
    {
        QFETCH(QString, measured);
        QFETCH(QString, line);
        const auto query = Query::parse(QTest::currentDataTag());
        QVERIFY(query.ok());
        const Condition condition = Condition::ofExpression(std::make_shared<const Query>(*query));
        QCOMPARE(QString::fromStdString(condition.measured->toString()),
                 QString::fromStdString(Query::parse(measured.toStdString())->toString()));
        QString found;
        if (condition.comparison)
            found = QString::fromUtf8(comparisonSign(*condition.comparison).data()) + " " +
                    QString::number(condition.threshold);
        QCOMPARE(found, line);
    }

    void patches()
    {
        const QJsonObject current =
            Rule::fromJson(
                json("{'name':'n','expr':'up','op':'<','threshold':1, 'labels':{'a':'1','b':'2'}}"))
                ->toJson();
        const QJsonObject patched = patchRule(current, json("{'threshold':2,'labels':{'a':null,'c':'3'}}"));
        const auto rule = Rule::fromJson(patched);
        QVERIFY(rule.ok());
        QCOMPARE(rule->levels.front().threshold, 2.0);
        QCOMPARE(rule->labels, (Fields::Texts{{"b", "2"}, {"c", "3"}}));
        const auto levelled =
            Rule::fromJson(patchRule(current, json("{'levels':[{'op':'>','threshold':7}]}")));
        QVERIFY(levelled.ok());
        QCOMPARE(levelled->levels.front().threshold, 7.0);
    }

    void readsDurations_data()
    {
        QTest::addColumn<qint64>("ms"); ///< -1: refused
        QTest::addColumn<QString>("canonical");
        QTest::newRow("0s") << qint64(0) << "0s";
        QTest::newRow("0") << qint64(0) << "0s";
        QTest::newRow("90s") << qint64(90'000) << "1m30s";
        QTest::newRow("5m") << qint64(300'000) << "5m";
        QTest::newRow("1h30m") << qint64(5'400'000) << "1h30m";
        QTest::newRow("1w") << qint64(604'800'000) << "7d";
        QTest::newRow("1500ms") << qint64(1500) << "1s500ms";
        for (const char *bad : {"", "5", "m", "5m1h", "5m5m", "-5m", "5.5m", "5 m", "9999999999999999999s",
                                "1e3s", "9223372036854775807y"})
            QTest::newRow(bad) << qint64(-1) << "";
    }

    void readsDurations()
    {
        QFETCH(qint64, ms);
        QFETCH(QString, canonical);
        const auto parsed = parseDurationMs(QTest::currentDataTag());
        QCOMPARE(parsed.has_value(), ms >= 0);
        if (!parsed)
            return;
        QCOMPARE(qint64(*parsed), ms);
        QCOMPARE(QString::fromStdString(formatDurationMs(*parsed)), canonical);
        QCOMPARE(parseDurationMs(formatDurationMs(*parsed)), parsed);
    }
};

QTEST_GUILESS_MAIN(RuleTest)
#include "RuleTest.moc"

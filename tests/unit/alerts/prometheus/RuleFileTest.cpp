#include "alerts/prometheus/RuleFile.h"

#include "alerts/Evaluator.h"
#include "alerts/Rule.h"
#include "alerts/prometheus/RuleExport.h"
#include "tests/support/TemporaryEngine.h"

#include <QDir>
#include <QJsonArray>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::alerts::prometheus;
using plimsoll::test::TemporaryEngine;

namespace {

/// A rule of a group around the lines of a rule, each indented as the rule's fields are.
std::string around(const std::string &rule) { return "groups:\n- name: g\n  rules:\n" + rule; }

struct Wrong
{
    const char *name;
    std::string yaml;
    const char *error; ///< the first one
};

const std::vector<Wrong> &wrongFiles()
{
    static const std::vector<Wrong> files{
        {"not yaml", "groups:\n  - name: [\n", "3:1: not valid YAML: end of sequence flow not found"},
        {"tab", "groups:\n\t- name: g\n", "2:2: not valid YAML: illegal block entry"},
        {"a text", "hello", "1:1: must be a mapping of fields"},
        {"a list", "- a\n- b\n", "1:1: must be a mapping of fields"},
        {"unknown field at the top", "groups: []\nrules: []\n", "2:1: field rules is not known here"},
        {"groups is a mapping", "groups:\n  name: g\n", "2:3: field groups must be a list"},
        {"group is a text", "groups:\n- g\n", "2:3: group 1: must be a mapping of fields"},
        {"no group name", "groups:\n- rules: []\n", "2:3: group 1: Groupname must not be empty"},
        {"group twice", "groups:\n- name: a\n- name: a\n",
         "3:9: group \"a\": groupname: \"a\" is repeated in the same file"},
        {"unknown group field", "groups:\n- name: a\n  intervall: 5m\n",
         "3:3: group \"a\": field intervall is not known here"},
        {"bad interval", "groups:\n- name: a\n  interval: 5 minutes\n",
         "3:13: group \"a\": field interval: not a valid duration string: \"5 minutes\" (write it like 30s, "
         "5m or "
         "1h30m)"},
        {"interval without unit", "groups:\n- name: a\n  interval: 60\n",
         "3:13: group \"a\": field interval: not a valid duration string: \"60\" (write it like 30s, 5m or "
         "1h30m)"},
        {"bad limit", "groups:\n- name: a\n  limit: many\n",
         "3:10: group \"a\": field limit must be a whole number that is not below 0"},
        {"negative limit", "groups:\n- name: a\n  limit: -1\n",
         "3:10: group \"a\": field limit must be a whole number that is not below 0"},
        {"rules is a mapping", "groups:\n- name: a\n  rules: {}\n",
         "3:10: group \"a\": field rules must be a list"},
        {"rule is a text", around("  - up == 0\n"), "4:5: group \"g\", rule 1: must be a mapping of fields"},
        {"neither alert nor record", around("  - expr: up\n"),
         "4:5: group \"g\", rule 1: one of 'record' or 'alert' must be set"},
        {"both", around("  - alert: A\n    record: b\n    expr: up == 0\n"),
         "4:12: group \"g\", rule 1, \"b\": only one of 'record' and 'alert' must be set"},
        {"no expr", around("  - alert: A\n"),
         "4:5: group \"g\", rule 1, \"A\": field 'expr' must be set in rule"},
        {"empty expr", around("  - alert: A\n    expr: ''\n"),
         "5:11: group \"g\", rule 1, \"A\": field 'expr' must be set in rule"},
        {"expr is a list", around("  - alert: A\n    expr: [up]\n"),
         "5:11: group \"g\", rule 1, \"A\": field expr must be a text"},
        {"bad expr", around("  - alert: A\n    expr: up ==\n"),
         "5:11: group \"g\", rule 1, \"A\": could not parse expression: 1:6: parse error: unexpected end of "
         "input"},
        {"expr is a range", around("  - alert: A\n    expr: up[5m]\n"),
         "5:11: group \"g\", rule 1, \"A\": `expr` is a range of samples, not one value for each series. Put "
         "a "
         "function around it, for example rate(…) or max_over_time(…)."},
        {"bad for", around("  - alert: A\n    expr: up == 0\n    for: soon\n"),
         "6:10: group \"g\", rule 1, \"A\": field for: not a valid duration string: \"soon\" (write it like "
         "30s, 5m or "
         "1h30m)"},
        {"bad keep_firing_for", around("  - alert: A\n    expr: up == 0\n    keep_firing_for: 5\n"),
         "6:22: group \"g\", rule 1, \"A\": field keep_firing_for: not a valid duration string: \"5\" (write "
         "it like "
         "30s, 5m or 1h30m)"},
        {"unknown rule field", around("  - alert: A\n    expr: up == 0\n    lables: {a: b}\n"),
         "6:5: group \"g\", rule 1, \"A\": field lables is not known here"},
        {"field twice", around("  - alert: A\n    expr: up == 0\n    expr: up == 1\n"),
         "6:5: group \"g\", rule 1: field expr is already set in line 5"},
        {"label twice", around("  - alert: A\n    expr: up == 0\n    labels:\n      a: b\n      a: c\n"),
         "8:7: group \"g\", rule 1, \"A\", field labels: field a is already set in line 7"},
        {"labels is a list", around("  - alert: A\n    expr: up == 0\n    labels: [a]\n"),
         "6:13: group \"g\", rule 1, \"A\", field labels: must be a mapping of fields"},
        {"label is a list", around("  - alert: A\n    expr: up == 0\n    labels: {a: [b]}\n"),
         "6:17: group \"g\", rule 1, \"A\", field labels: field a must be a text"},
        {"bad label name", around("  - alert: A\n    expr: up == 0\n    labels: {a-b: c}\n"),
         "6:13: group \"g\", rule 1, \"A\": `labels.a-b` is not a label name. Use letters, digits and _, not "
         "a digit "
         "first."},
        {"name as a label", around("  - alert: A\n    expr: up == 0\n    labels: {__name__: c}\n"),
         "6:13: group \"g\", rule 1, \"A\": `labels.__name__` is not a label name. Use letters, digits and "
         "_, not a "
         "digit first."},
        {"bad annotation name", around("  - alert: A\n    expr: up == 0\n    annotations: {'1a': c}\n"),
         "6:18: group \"g\", rule 1, \"A\": `annotations.1a` is not a label name. Use letters, digits and _, "
         "not a "
         "digit first."},
        {"bad template", around("  - alert: A\n    expr: up == 0\n    annotations:\n      a: '{{ $value'\n"),
         "7:7: group \"g\", rule 1, \"A\": annotation \"a\": 1:1: unclosed action"},
        {"unknown function", around("  - alert: A\n    expr: up == 0\n    labels: {a: '{{ shout 1 }}'}\n"),
         "6:13: group \"g\", rule 1, \"A\": label \"a\": 1:4: function \"shout\" not defined"},
        {"for of a record", around("  - record: a:b\n    expr: up\n    for: 5m\n"),
         "6:10: group \"g\", rule 1, \"a:b\": invalid field 'for' in recording rule"},
        {"keep_firing_for of a record", around("  - record: a:b\n    expr: up\n    keep_firing_for: 5m\n"),
         "6:22: group \"g\", rule 1, \"a:b\": invalid field 'keep_firing_for' in recording rule"},
        {"annotations of a record", around("  - record: a:b\n    expr: up\n    annotations: {a: b}\n"),
         "6:18: group \"g\", rule 1, \"a:b\": invalid field 'annotations' in recording rule"},
        {"bad record name", around("  - record: a-b\n    expr: up\n"),
         "4:13: group \"g\", rule 1, \"a-b\": `record` is not a metric name. Use letters, digits, _ and :, "
         "not a digit "
         "first."},
        {"unknown anchor", "groups: *nope\n", "1:9: not valid YAML: the referenced anchor is not defined"},
        {"merge of a text", around("  - <<: up\n    alert: A\n    expr: up == 0\n"),
         "4:9: group \"g\", rule 1: can merge only mappings"},
        {"null character", around("  - alert: A\n    expr: \"up == 0\\0\"\n"),
         "5:11: group \"g\", rule 1, \"A\": field expr holds a null character"},
        {"not UTF-8", "groups: # \xff\n", "the file is not UTF-8"},
    };
    return files;
}

QJsonObject only(const RuleFile &file)
{
    return file.rules.size() == 1 ? file.rules[0].definition : QJsonObject();
}

std::string promtool() { return QStandardPaths::findExecutable("promtool").toStdString(); }

/// What `promtool check rules` says of a text; empty where it accepts it.
QString refusedByPromtool(const std::string &yaml)
{
    QTemporaryDir directory;
    QFile file(directory.filePath("rules.yml"));
    if (!file.open(QIODevice::WriteOnly))
        return "cannot write";
    file.write(yaml.data(), qint64(yaml.size()));
    file.close();
    QProcess process;
    process.start(QString::fromStdString(promtool()), {"check", "rules", file.fileName()});
    process.waitForFinished();
    return process.exitCode() == 0 ? QString()
                                   : process.readAllStandardOutput() + process.readAllStandardError();
}

} // namespace

/// Prometheus' rule files, read and written.
class RuleFileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsWhatIsWrong_data()
    {
        QTest::addColumn<int>("index");
        for (size_t i = 0; i < wrongFiles().size(); i++)
            QTest::newRow(wrongFiles()[i].name) << int(i);
    }
    void tellsWhatIsWrong()
    {
        QFETCH(int, index);
        const Wrong &wrong = wrongFiles()[size_t(index)];
        const RuleFile file = readRuleFile(wrong.yaml);
        QVERIFY(!file.ok());
        QCOMPARE(QString::fromStdString(file.errors[0].toString()), QString::fromUtf8(wrong.error));
    }

    void tellsEveryErrorOfAFile()
    {
        const RuleFile file =
            readRuleFile(around("  - alert: A\n    expr: up ==\n  - alert: B\n    expr: up == 0\n"
                                "    for: x\n  - record: c\n    expr: '('\n"));
        QCOMPARE(file.errors.size(), size_t(3));
        QCOMPARE(file.errors[1].line, 8);
        QCOMPARE(file.errors[2].line, 10);
        QVERIFY(file.errorText("r.yml").starts_with("r.yml: 5:11: group"));
    }

    void nothingIsAFileToo_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::newRow("empty") << QByteArray("");
        QTest::newRow("comment") << QByteArray("# nothing yet\n");
        QTest::newRow("separator") << QByteArray("---\n");
        QTest::newRow("no groups") << QByteArray("groups:\n");
        QTest::newRow("empty groups") << QByteArray("groups: []\n");
        QTest::newRow("no rules") << QByteArray("groups:\n- name: g\n  rules:\n");
    }
    void nothingIsAFileToo()
    {
        QFETCH(QByteArray, yaml);
        const RuleFile file = readRuleFile(std::string_view(yaml.data(), size_t(yaml.size())));
        QVERIFY2(file.ok(), file.errorText("").c_str());
        QVERIFY(file.rules.empty());
    }

    void readsEveryField()
    {
        const RuleFile file =
            readRuleFile("groups:\n- name: g\n  interval: 30s\n  query_offset: 1m\n  limit: 5\n"
                         "  labels: {team: a, tier: b}\n  rules:\n"
                         "  - record: job:up:sum\n    expr: sum by (job) (up)\n"
                         "  - alert: Down\n    expr: |\n      job:up:sum\n        == 0\n"
                         "    for: 1h30m\n    keep_firing_for: 5m\n"
                         "    labels:\n      severity: page\n      team: c\n      n: 1\n      t: true\n"
                         "    annotations:\n      summary: '{{ $labels.job }} is down'\n",
                         "r.yml");
        QVERIFY2(file.ok(), file.errorText("").c_str());
        QCOMPARE(file.groups, size_t(1));
        QCOMPARE(file.rules.size(), size_t(2));
        const QJsonObject group{{"name", "g"},          {"file", "r.yml"}, {"interval", "30s"},
                                {"query_offset", "1m"}, {"limit", 5},      {"position", 1}};
        const QJsonObject alert = file.rules[1].definition;
        QCOMPARE(alert.value("group").toObject(), group);
        QCOMPARE(alert.value("name").toString(), "Down");
        QCOMPARE(alert.value("expr").toString(), "job:up:sum\n  == 0\n");
        QCOMPARE(alert.value("for").toString(), "1h30m");
        QCOMPARE(alert.value("keep_firing_for").toString(), "5m");
        QCOMPARE(alert.value("severity").toString(), "critical");
        const QJsonObject labels{
            {"severity", "page"}, {"team", "c"}, {"tier", "b"}, {"n", "1"}, {"t", "true"}};
        QCOMPARE(alert.value("labels").toObject(), labels);
        QCOMPARE(file.rules[0].definition.value("record").toString(), "job:up:sum");
        QCOMPARE(file.rules[0].line, 8);
        QCOMPARE(file.notes.size(), size_t(1));
        QVERIFY(file.notes[0].message.ends_with(
            "the label severity=\"page\" stays as it is; the alarm counts as critical"));
    }

    void takesWhatPeopleWrite_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QString>("expr");
        const auto row = [](const char *name, const std::string &rule, const char *expr) {
            QTest::newRow(name) << QByteArray::fromStdString(around(rule)) << QString(expr);
        };
        row("plain", "  - alert: A\n    expr: up == 0\n", "up == 0");
        row("single quotes", "  - alert: A\n    expr: 'up{a=''b''} == 0'\n", "up{a='b'} == 0");
        row("double quotes", "  - alert: A\n    expr: \"up{a=\\\"b\\\"} == 0\"\n", "up{a=\"b\"} == 0");
        row("folded", "  - alert: A\n    expr: >-\n      up\n      == 0\n", "up == 0");
        row("literal", "  - alert: A\n    expr: |-\n      up\n      == 0\n", "up\n== 0");
        row("plain over lines", "  - alert: A\n    expr: up\n      == 0\n", "up == 0");
        row("flow", "  - {alert: A, expr: up == 0, for: 5m}\n", "up == 0");
        row("zero for", "  - alert: A\n    expr: up == 0\n    for: 0m\n", "up == 0");
        row("bare zero", "  - alert: A\n    expr: up == 0\n    for: 0\n", "up == 0");
        row("null fields", "  - alert: A\n    expr: up == 0\n    for:\n    labels:\n    annotations: ~\n",
            "up == 0");
        row("null label", "  - alert: A\n    expr: up == 0\n    labels:\n      a:\n", "up == 0");
        row("comments", "  # one\n  - alert: A # two\n    expr: up == 0 # three\n", "up == 0");
        row("name with spaces", "  - alert: The host is down!\n    expr: up == 0\n", "up == 0");
        row("name of other letters", "  - alert: Größe\n    expr: up == 0\n", "up == 0");
        row("always fires", "  - alert: Watchdog\n    expr: vector(1)\n", "vector(1)");
        row("a bare series", "  - alert: A\n    expr: some_problem\n", "some_problem");
        row("anchors", "  - &a\n    alert: A\n    expr: &e up == 0\n", "up == 0");
        row("merge", "  - <<: {for: 5m, expr: up == 1}\n    alert: A\n    expr: up == 0\n", "up == 0");
        row("merge list", "  - alert: A\n    <<: [{expr: up == 0}, {expr: up == 1}]\n", "up == 0");
        row("tag", "  - alert: !!str A\n    expr: !!str up == 0\n", "up == 0");
        row("windows lines", "  - alert: A\r\n    expr: up == 0\r\n", "up == 0");
        row("for of a year", "  - alert: A\n    expr: up == 0\n    for: 1y\n", "up == 0");
        row("hint of Thanos", "  - alert: A\n    expr: up == 0\n  partial_response_strategy: warn\n",
            "up == 0");
    }
    void takesWhatPeopleWrite()
    {
        QFETCH(QByteArray, yaml);
        QFETCH(QString, expr);
        const RuleFile file = readRuleFile(std::string_view(yaml.data(), size_t(yaml.size())));
        QVERIFY2(file.ok(), file.errorText("").c_str());
        QCOMPARE(only(file).value("expr").toString(), expr);
        QVERIFY(Rule::fromJson(only(file)).ok());
    }

    void readsAResourceOfKubernetesAndSeveralDocuments()
    {
        const RuleFile file = readRuleFile("apiVersion: monitoring.coreos.com/v1\nkind: "
                                           "PrometheusRule\nmetadata: {name: x}\nspec:\n  groups:\n"
                                           "  - name: a\n    rules: [{alert: A, expr: up == "
                                           "0}]\n---\ngroups:\n- name: b\n  rules: [{record: c, "
                                           "expr: up}]\n");
        QVERIFY2(file.ok(), file.errorText("").c_str());
        QCOMPARE(file.groups, size_t(2));
        QCOMPARE(file.rules.size(), size_t(2));
    }

    /// Aliases that double at each line, deep nesting and large files end soon.
    void endsWhateverItIsGiven()
    {
        std::string bomb = "a: &a {x: y}\n";
        for (char c = 'b'; c < 'z'; c++)
            bomb += std::string(1, c) + ": &" + c + " {p: *" + char(c - 1) + ", q: *" + char(c - 1) + "}\n";
        QVERIFY(!readRuleFile(bomb).ok());
        std::string merges = "m0: &m0 {x: y}\n";
        for (int i = 1; i < 40; i++)
            merges += "m" + std::to_string(i) + ": &m" + std::to_string(i) + " {<<: [*m" +
                      std::to_string(i - 1) + ", *m" + std::to_string(i - 1) + "]}\n";
        merges += "groups:\n- name: g\n  rules:\n  - <<: *m39\n    alert: A\n    expr: up == 0\n";
        QVERIFY(!readRuleFile(merges).ok());
        QVERIFY(!readRuleFile(std::string(100'000, '[')).ok());
        QVERIFY(!readRuleFile(std::string(RuleFile::maxBytes + 1, '#')).ok());
    }

    /// What is written is read again as the same rules, and promtool takes it.
    void writesWhatItReads()
    {
        const std::string yaml = around(
            "  - record: a:b\n    expr: sum by (x) (rate(m{l=~\"a\\\\.b|ü\"}[5m]))\n    labels: {l: 'yes'}\n"
            "  - alert: \"Odd: name # \\\"quoted\\\"\"\n    expr: |\n      a:b\n        > 3\n    for: 1w\n"
            "    keep_firing_for: 90s\n    labels: {severity: info, n: '1', e: '', z: 'null'}\n"
            "    annotations:\n      s: \"line one\\nline two\\ttab \\\\ back \\\"q\\\" {{ $value }}\"\n");
        const RuleFile first = readRuleFile(yaml);
        QVERIFY2(first.ok(), first.errorText("").c_str());
        std::vector<QJsonObject> rules;
        for (const RuleFileEntry &entry : first.rules) {
            const Result<Rule> rule = Rule::fromJson(entry.definition);
            QVERIFY(rule.ok());
            rules.push_back(rule->toJson());
        }
        const std::string written = writeRuleFile(rules);
        const RuleFile second = readRuleFile(written);
        QVERIFY2(second.ok(), (second.errorText("") + "\n" + written).c_str());
        QCOMPARE(second.rules.size(), first.rules.size());
        for (size_t i = 0; i < first.rules.size(); i++) {
            const Result<Rule> rule = Rule::fromJson(second.rules[i].definition);
            QCOMPARE(rule->toJson(), rules[i]);
        }
        if (!promtool().empty())
            QCOMPARE(refusedByPromtool(written), QString());
    }

    /// What Prometheus has no words for goes into the expression, into a second alert or into a comment.
    void writesWhatOnlyWeHave()
    {
        const std::vector<QJsonObject> rules{
            {{"name", "Disk"},
             {"expr", "used or vector($x)"},
             {"variables", QJsonObject{{"x", "5"}}},
             {"channels", QJsonArray{"c1"}},
             {"no_data", "alert"},
             {"levels",
              QJsonArray{
                  QJsonObject{{"severity", "critical"}, {"op", ">="}, {"threshold", 0.95}, {"for", "1m"}},
                  QJsonObject{{"severity", "warning"}, {"op", ">="}, {"threshold", 1e-7}}}}},
            {{"name", "Off"}, {"expr", "up == 0"}, {"enabled", false}},
            {{"record", "r"}, {"expr", "up"}, {"group", QJsonObject{{"name", "g"}, {"file", "a.yml"}}}},
            {{"record", "s"}, {"expr", "up"}, {"group", QJsonObject{{"name", "g"}, {"file", "b.yml"}}}}};
        const std::string written = writeRuleFile(rules);
        const RuleFile file = readRuleFile(written);
        QVERIFY2(file.ok(), (file.errorText("") + "\n" + written).c_str());
        QCOMPARE(file.rules.size(), size_t(4));
        QCOMPARE(file.rules[0].definition.value("expr").toString(), "(used or vector(5)) >= 0.95");
        QCOMPARE(file.rules[0].definition.value("severity").toString(), "critical");
        QCOMPARE(file.rules[1].definition.value("expr").toString(), "(used or vector(5)) >= 1e-07");
        QCOMPARE(file.rules[1].definition.value("labels").toObject().value("severity").toString(), "warning");
        QVERIFY(written.find("# Not in this format: {\"channels\":[\"c1\"],\"no_data\":\"alert\"}") !=
                std::string::npos);
        QVERIFY(written.find("#   - alert: \"Off\"") != std::string::npos);
        QCOMPARE(file.groups, size_t(3));
        if (!promtool().empty())
            QCOMPARE(refusedByPromtool(written), QString());
        QVERIFY(readRuleFile(writeRuleFile({})).ok());
    }

    /// Rules that operators of other systems really use. They lie outside the repository.
    void foreignFilesLoadEvaluateAndComeBack()
    {
        const QDir folder(sharedFolder() + "/conformance/rules");
        const QStringList names = folder.entryList({"*.yml"});
        if (names.isEmpty())
            QSKIP("there are no foreign rules here (PLIMSOLL_SHARED)");
        TemporaryEngine engine;
        engine.append({{"__name__", "up"}, {"job", "a"}}, Kind::Gauge, engine.clock.nowMs(), 0);
        Evaluator evaluator({}, engine.engine(), engine.clock);
        std::vector<QJsonObject> rules;
        for (const QString &name : names) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const RuleFile read = readRuleFile(file.readAll().toStdString(), name.toStdString());
            QVERIFY2(read.ok(), read.errorText(name.toStdString()).c_str());
            for (const RuleFileEntry &entry : read.rules) {
                const Result<Rule> rule = Rule::fromJson(entry.definition);
                QVERIFY(rule.ok());
                const Evaluator::Question question(rule->condition, engine.clock.nowMs(), false);
                const Evaluation evaluation = evaluator.evaluate(question).result();
                QVERIFY2(evaluation.status, rule->expr.c_str());
                rules.push_back(rule->toJson());
            }
        }
        QVERIFY(rules.size() > 50);
        const std::string written = writeRuleFile(rules);
        const RuleFile again = readRuleFile(written);
        QVERIFY2(again.ok(), again.errorText("").c_str());
        QCOMPARE(again.rules.size(), rules.size());
        if (!promtool().empty())
            QCOMPARE(refusedByPromtool(written), QString());
        qInfo("%zu foreign rules load, evaluate and come back", rules.size());
    }

private:
    static QString sharedFolder()
    {
        return qEnvironmentVariable("PLIMSOLL_SHARED",
                                    qEnvironmentVariable("PLIMSOLL_SOURCE_DIR", ".") + "/../shared");
    }
};

QTEST_GUILESS_MAIN(RuleFileTest)
#include "RuleFileTest.moc"

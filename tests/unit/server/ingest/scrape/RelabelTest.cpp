#include "server/ingest/scrape/Relabel.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using Action = RelabelRule::Action;

namespace {

RelabelRule rule(Action action, std::vector<std::string> sources, std::string regex = "(.*)",
                 std::string target = {}, std::string replacement = "$1")
{
    RelabelRule out;
    out.action = action;
    out.sourceLabels = std::move(sources);
    out.regex = std::move(regex);
    out.targetLabel = std::move(target);
    out.replacement = std::move(replacement);
    return out;
}

/// The labels after the rules, or "dropped".
std::string after(const std::vector<RelabelRule> &rules, Labels labels)
{
    const auto compiled = Relabel::compile(rules);
    if (!compiled)
        return compiled.error().message;
    return compiled->apply(labels) ? labels.toString() : "dropped";
}

} // namespace

/// The examples are those of relabel_test.go of Prometheus, in kind.
class RelabelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void replaces()
    {
        const Labels labels{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}};
        QCOMPARE(after({rule(Action::Replace, {"a"}, "f(.*)", "d", "ch${1}-ch${1}")}, labels),
                 std::string("{a=\"foo\",b=\"bar\",c=\"baz\",d=\"choo-choo\"}"));
        QCOMPARE(after({rule(Action::Replace, {"a", "b"}, "(.*);(.*)", "a", "$2-$1$$")}, labels),
                 std::string("{a=\"bar-foo$\",b=\"bar\",c=\"baz\"}"));
        // Anchored: a part is no match.
        QCOMPARE(after({rule(Action::Replace, {"a"}, "o", "d", "x")}, labels),
                 std::string("{a=\"foo\",b=\"bar\",c=\"baz\"}"));
        // An empty value removes.
        QCOMPARE(after({rule(Action::Replace, {"a"}, "foo", "b", "")}, labels),
                 std::string("{a=\"foo\",c=\"baz\"}"));
        QCOMPARE(
            after({rule(Action::Replace, {"a"}, "(?P<first>f)(.*)", "${first}_x", "${first}$2")}, labels),
            std::string("{a=\"foo\",b=\"bar\",c=\"baz\",f_x=\"foo\"}"));
    }

    void keepsAndDrops()
    {
        const Labels labels{{"a", "foo"}, {"b", "foo"}};
        QCOMPARE(after({rule(Action::Drop, {"a"}, "f.*")}, labels), std::string("dropped"));
        QCOMPARE(after({rule(Action::Keep, {"a"}, "x")}, labels), std::string("dropped"));
        QCOMPARE(after({rule(Action::Keep, {"a"}, "foo"), rule(Action::Drop, {"missing"}, "x")}, labels),
                 std::string("{a=\"foo\",b=\"foo\"}"));
        QCOMPARE(after({rule(Action::DropEqual, {"a"}, "(.*)", "b")}, labels), std::string("dropped"));
        QCOMPARE(after({rule(Action::KeepEqual, {"a"}, "(.*)", "b")}, labels),
                 std::string("{a=\"foo\",b=\"foo\"}"));
    }

    void changesLabels()
    {
        const Labels labels{{"__meta_x", "1"}, {"b1", "BAR"}, {"b2", "2"}};
        QCOMPARE(after({rule(Action::LabelMap, {}, "__meta_(.*)")}, labels),
                 std::string("{__meta_x=\"1\",b1=\"BAR\",b2=\"2\",x=\"1\"}"));
        QCOMPARE(after({rule(Action::LabelDrop, {}, "b.*")}, labels), std::string("{__meta_x=\"1\"}"));
        QCOMPARE(after({rule(Action::LabelKeep, {}, "b.")}, labels), std::string("{b1=\"BAR\",b2=\"2\"}"));
        QCOMPARE(after({rule(Action::Lowercase, {"b1"}, "(.*)", "b1")}, labels),
                 std::string("{__meta_x=\"1\",b1=\"bar\",b2=\"2\"}"));
    }

    void hashesAsPrometheusDoes()
    {
        RelabelRule hash = rule(Action::HashMod, {"c"}, "(.*)", "d");
        hash.modulus = 1000;
        // Of relabel_test.go: "baz" modulo 1000.
        QCOMPARE(after({hash}, {{"c", "baz"}}), std::string("{c=\"baz\",d=\"976\"}"));
    }

    void saysWhatIsWrong()
    {
        QVERIFY(after({rule(Action::Keep, {"a"}, "(")}, {}).starts_with("The regular expression"));
        QVERIFY(after({rule(Action::Replace, {"a"})}, {}).starts_with("target_label"));
        QVERIFY(after({rule(Action::HashMod, {"a"}, "(.*)", "b")}, {}).starts_with("modulus"));
        QVERIFY(!relabelActionNamed("explode"));
        QCOMPARE(relabelActionNamed("LabelMap"), Action::LabelMap);
    }
};

QTEST_GUILESS_MAIN(RelabelTest)
#include "RelabelTest.moc"

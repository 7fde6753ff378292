#include "storage/engine/Catalogue.h"

#include <QTest>

#include <re2/re2.h>

#include <set>

using namespace plimsoll;

/// What the catalogue finds for matchers, and keeps for whoever asks the same again.
class SelectionTest : public QObject
{
    Q_OBJECT

    static std::vector<bool> all(std::span<const SeriesId> ids)
    {
        return std::vector<bool>(ids.size(), true);
    }

    static SelectionPtr select(const Catalogue &catalogue, const Matcher &matcher)
    {
        const auto found = catalogue.select(defaultProject, std::span(&matcher, 1), all, StopToken::never());
        return found ? *found : nullptr;
    }

    static void add(Catalogue &catalogue, const std::string &host, Kind kind = Kind::Gauge)
    {
        catalogue.add(defaultProject, Labels{{"__name__", "load"}, {"host", host}}.key(), kind);
    }

private Q_SLOTS:
    void alternativesAreFoundAsTheExpressionSays_data()
    {
        QTest::addColumn<QString>("expression");
        for (const char *expression :
             {"a",         "a|b",     "(a|b)", "a|bc|nothing", "a|",      "|",      "",    "a\\.b",
              "a\\.b|a.b", "(a)|(b)", "a|b)",  "(a|b",         "a\\|b",   "a\\d",   "a.*", "[ab]",
              "a|b$",      "^a|b",    "a+|b",  "a\\",          "((a|b))", "(a|b)c", "A|b", "\\(a\\)"})
            QTest::newRow(expression) << expression;
    }

    void alternativesAreFoundAsTheExpressionSays()
    {
        QFETCH(QString, expression);
        const std::string text = expression.toStdString();
        const std::vector<std::string> hosts = {"a",  "b",  "bc",  "a.b", "axb", "a|b",
                                                "ad", "ac", "(a)", "abc", "a)",  "A"};
        Catalogue catalogue;
        for (const std::string &host : hosts)
            add(catalogue, host);
        catalogue.add(defaultProject, Labels{{"__name__", "load"}}.key(), Kind::Gauge);
        RE2::Options quiet;
        quiet.set_log_errors(false);
        const RE2 whole("(?:" + text + ")", quiet);
        for (const auto op : {Matcher::Op::Regex, Matcher::Op::NotRegex}) {
            const auto found = select(catalogue, {"host", op, text});
            if (!RE2(text, quiet).ok()) {
                QVERIFY(!found);
                continue;
            }
            std::set<std::string> expected;
            for (const std::string &host : hosts)
                expected.insert(host);
            expected.insert("");
            std::erase_if(expected, [&](const std::string &host) {
                return RE2::FullMatch(host, whole) != (op == Matcher::Op::Regex);
            });
            std::set<std::string> actual;
            for (const auto &labels : found->labels)
                actual.emplace(labels->value("host"));
            QVERIFY(actual == expected);
        }
    }

    void whatIsKeptKnowsNewSeriesAndKinds()
    {
        Catalogue catalogue;
        add(catalogue, "b", Kind::Untyped);
        const Matcher name{"__name__", Matcher::Op::Equal, "load"};
        const auto first = select(catalogue, name);
        QCOMPARE(first->size(), size_t(1));
        QCOMPARE(select(catalogue, name), first);
        add(catalogue, "a", Kind::Untyped);
        const auto second = select(catalogue, name);
        QCOMPARE(second->size(), size_t(2));
        QCOMPARE(second->labels[0]->value("host"), std::string_view("a"));
        QCOMPARE(second->labels[1], first->labels[0]); // not made again
        catalogue.relabel(defaultProject, "load", Kind::Counter);
        QCOMPARE(select(catalogue, name)->kinds[1], Kind::Counter);
    }

    void whatNobodyAsksForGoes()
    {
        Catalogue catalogue;
        add(catalogue, "a");
        const Matcher name{"__name__", Matcher::Op::Equal, "load"};
        const Matcher host{"host", Matcher::Op::Equal, "a"};
        (void)select(catalogue, name);
        (void)select(catalogue, host);
        SelectionCache &kept = catalogue.selections();
        const size_t both = kept.memoryBytes();
        QCOMPARE(kept.dropUnused(), size_t(0)); // asked for since it began
        (void)select(catalogue, name);
        QVERIFY(kept.dropUnused() > 0);
        QVERIFY(kept.memoryBytes() > 0 && kept.memoryBytes() < both);
        QVERIFY(kept.dropUnused() > 0);
        QCOMPARE(kept.memoryBytes(), size_t(0));
    }

    void memoryHasABound()
    {
        SelectionCache cache(20'000);
        for (int i = 0; i < 1000; i++) {
            auto selection = std::make_shared<Selection>();
            for (SeriesId id = 1; id < 1 + SeriesId(i % 20); id++) {
                selection->ids.push_back(id);
                selection->kinds.push_back(Kind::Gauge);
                selection->labels.push_back(std::make_shared<Labels>(Labels{{"a", std::to_string(id)}}));
            }
            cache.keep("key " + std::to_string(i), selection);
            QVERIFY(cache.memoryBytes() <= 20'000);
        }
        QVERIFY(cache.memoryBytes() > 5'000);
        QVERIFY(cache.find("key 999"));
        QVERIFY(!cache.find("key 1"));
    }

    void copiesOfLabelsGoTheirOwnWays()
    {
        const Labels original{{"a", "1"}, {"b", "2"}};
        Labels copy = original;
        copy.set("a", "3");
        Labels another = copy;
        another.remove("b");
        QCOMPARE(original.value("a"), std::string_view("1"));
        QCOMPARE(copy.value("a"), std::string_view("3"));
        QCOMPARE(copy.size(), size_t(2));
        QCOMPARE(another.size(), size_t(1));
        QVERIFY(original < copy && original != copy && copy != another);
        another.remove("a");
        QVERIFY(another == Labels() && another.empty());
    }
};

QTEST_GUILESS_MAIN(SelectionTest)
#include "SelectionTest.moc"

#include "storage/engine/Catalogue.h"
#include "storage/engine/CatalogueBlock.h"

#include <QTest>

#include <random>

using namespace plimsoll;

namespace {

using Op = Matcher::Op;

std::vector<uint32_t> idsOf(const Catalogue &catalogue, const std::vector<Matcher> &matchers,
                            ProjectId project = 1)
{
    std::vector<uint32_t> ids;
    if (const auto found = catalogue.match(project, matchers)) {
        for (const uint32_t id : *found)
            ids.push_back(id);
    }
    return ids;
}

SeriesId add(Catalogue &catalogue, const Labels &labels, ProjectId project = 1)
{
    return catalogue.add(project, labels.key(), Kind::Gauge);
}

} // namespace

class CatalogueTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsWhatWasAdded()
    {
        Catalogue catalogue;
        std::vector<std::string> keys;
        for (int i = 0; i < 5000; i++) {
            keys.push_back(Labels{{"__name__", "m"}, {"number", std::to_string(i)}}.key());
            QCOMPARE(catalogue.find(1, keys.back()), SeriesId(0));
            QCOMPARE(catalogue.add(1, keys.back(), Kind::Gauge), SeriesId(i + 1));
        }
        for (int round = 0; round < 2; round++) {
            for (size_t i = 0; i < keys.size(); i++)
                QCOMPARE(catalogue.find(1, keys[i]), SeriesId(i + 1));
        }
        for (size_t i = 0; i < keys.size(); i += 7)
            QCOMPARE(catalogue.find(1, keys[i]), SeriesId(i + 1));
        QCOMPARE(catalogue.find(2, keys[0]), SeriesId(0));
        QCOMPARE(catalogue.size(), size_t(5000));
    }

    void matches()
    {
        Catalogue catalogue;
        const SeriesId a = add(catalogue, {{"__name__", "cpu"}, {"host", "a"}});
        const SeriesId b = add(catalogue, {{"__name__", "cpu"}, {"host", "b"}, {"core", "1"}});
        const SeriesId c = add(catalogue, {{"__name__", "memory"}, {"host", "a"}});
        const SeriesId d = add(catalogue, {{"__name__", "up"}});
        add(catalogue, {{"__name__", "cpu"}, {"host", "a"}}, 2);
        using Ids = std::vector<uint32_t>;
        QCOMPARE(idsOf(catalogue, {}), (Ids{a, b, c, d}));
        QCOMPARE(idsOf(catalogue, {{"__name__", Op::Equal, "cpu"}}), (Ids{a, b}));
        QCOMPARE(idsOf(catalogue, {{"__name__", Op::Equal, "cpu"}, {"host", Op::NotEqual, "a"}}), (Ids{b}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::Equal, ""}}), (Ids{d}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::NotEqual, ""}}), (Ids{a, b, c}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::NotEqual, "a"}}), (Ids{b, d}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::Regex, "a|b"}}), (Ids{a, b, c}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::Regex, "a.*|"}}), (Ids{a, c, d}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::Regex, ".*"}}), (Ids{a, b, c, d}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::Regex, ".+"}}), (Ids{a, b, c}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::NotRegex, "a"}}), (Ids{b, d}));
        QCOMPARE(idsOf(catalogue, {{"host", Op::NotRegex, ".*"}}), (Ids{}));
        QCOMPARE(idsOf(catalogue, {{"__name__", Op::Regex, "c"}}), (Ids{})); // whole values only
        QCOMPARE(idsOf(catalogue, {{"nothing", Op::Equal, "x"}}), (Ids{}));
        QCOMPARE(idsOf(catalogue, {{"nothing", Op::NotEqual, "x"}}), (Ids{a, b, c, d}));
        QCOMPARE(idsOf(catalogue, {}, 3), (Ids{}));
        const Matcher bad{"host", Op::Regex, "a("};
        QCOMPARE(catalogue.match(1, std::span(&bad, 1)).error().code, ErrorCode::Invalid);
    }

    void matchesManyOfAValue()
    {
        Catalogue catalogue;
        for (int i = 0; i < 1000; i++)
            add(catalogue, {{"__name__", i % 2 == 0 ? "even" : "odd"}, {"number", std::to_string(i)}});
        QCOMPARE(idsOf(catalogue, {{"__name__", Op::Equal, "even"}}).size(), size_t(500));
        QCOMPARE(idsOf(catalogue, {{"__name__", Op::Equal, "even"}, {"number", Op::Regex, "1.."}}).size(),
                 size_t(50));
    }

    void comesBackFromItsDefinitions()
    {
        Catalogue catalogue;
        add(catalogue, {{"__name__", "a"}});
        catalogue.add(7, Labels{{"__name__", "b"}, {"x", "ü"}}.key(), Kind::Distribution);
        Catalogue again;
        QVERIFY(readDefinitions(catalogue.definitionsAfter(0), [&](const SeriesDefinition &definition) {
            QVERIFY(again.restore(definition));
            QVERIFY(again.restore(definition));
        }));
        QCOMPARE(again.size(), size_t(2));
        const auto described = again.describe(2);
        QCOMPARE(described->project, 7u);
        QCOMPARE(described->kind, Kind::Distribution);
        QCOMPARE(described->labels, (Labels{{"__name__", "b"}, {"x", "ü"}}));
        QCOMPARE(again.kindOf(7, "b"), std::optional(Kind::Distribution));
        QVERIFY(again.definitionsAfter(2).empty());
        const std::string key = Labels{{"__name__", "c"}}.key();
        QVERIFY(!again.restore({1, 1, Kind::Gauge, key}));
        QVERIFY(again.restore({9, 1, Kind::Gauge, key}));
        QCOMPARE(add(again, {{"__name__", "d"}}), SeriesId(10));
        QVERIFY(!again.describe(5));
    }

    void brokenDefinitionsAreRefused()
    {
        Catalogue catalogue;
        add(catalogue, {{"__name__", "a"}, {"b", "c"}});
        const std::string good = catalogue.definitionsAfter(0);
        for (size_t size = 0; size < good.size(); size++)
            QVERIFY(!readDefinitions(good.substr(0, size), [](const SeriesDefinition &) {}));
        QVERIFY(!readDefinitions(good + 'x', [](const SeriesDefinition &) {}));
    }

    void compressedDefinitionsComeBack()
    {
        Catalogue catalogue;
        QVERIFY(compressDefinitions(catalogue.definitionsAfter(0)).empty());
        for (int i = 0; i < 5000; i++)
            add(catalogue, {{"__name__", "cpu_" + std::to_string(i % 10)},
                            {"datacenter", "eu-central-1" + std::string(1, char('a' + i / 10 % 3))},
                            {"hostname", "host_" + std::to_string(i / 10)},
                            {"team", i % 30 < 10 ? "SF" : "NYC"}});
        catalogue.add(7, Labels{{"__name__", "b"}, {"x", "ü"}}.key(), Kind::Distribution);
        const std::string plain = catalogue.definitionsAfter(0);
        const std::string packed = compressDefinitions(plain);
        QVERIFY2(packed.size() < 5000 * 4, std::to_string(packed.size()).c_str());
        QCOMPARE(*uncompressDefinitions(packed), plain);
        Catalogue again;
        QVERIFY(readDefinitions(
            packed, [&](const SeriesDefinition &definition) { QVERIFY(again.restore(definition)); }));
        QCOMPARE(again.definitionsAfter(0), plain);
        const std::string odd("\1\2\1\0\3abc", 8); // a key that is no pairs
        QCOMPARE(compressDefinitions(odd), odd);
    }

    void damagedCompressedDefinitionsAreRefused()
    {
        Catalogue catalogue;
        for (int i = 0; i < 50; i++)
            add(catalogue, {{"__name__", "a"}, {"b", std::to_string(i)}});
        const std::string good = compressDefinitions(catalogue.definitionsAfter(0));
        const auto ignore = [](const SeriesDefinition &) {};
        for (size_t size = 2; size < good.size(); size++)
            QVERIFY(!readDefinitions(good.substr(0, size), ignore));
        QVERIFY(!readDefinitions(good + 'x', ignore));
        std::mt19937_64 random(5);
        for (int round = 0; round < 5000; round++) {
            std::string bytes = good;
            bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
            (void)readDefinitions(bytes, ignore);
        }
    }
};

QTEST_GUILESS_MAIN(CatalogueTest)
#include "CatalogueTest.moc"

#include "storage/model/Labels.h"

#include <QTest>

using namespace plimsoll;

class LabelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sortsAndDropsEmptyValues()
    {
        const Labels labels(std::vector<Labels::Pair>{{"b", "2"}, {"a", "1"}, {"c", ""}, {"b", "3"}});
        QCOMPARE(labels.size(), size_t(2));
        QCOMPARE(labels.value("b"), std::string_view("3"));
        QVERIFY(!labels.contains("c"));
    }

    void keyRoundTrips()
    {
        const Labels labels{{"__name__", "revenue"}, {"plan", "pro \"x\"\n"}};
        QCOMPARE(Labels::fromKey(labels.key()), std::optional(labels));
        QCOMPARE(labels.toString(), std::string("revenue{plan=\"pro \\\"x\\\"\\n\"}"));
    }

    void refusesBrokenKeys()
    {
        const std::string key = Labels{{"a", "1"}, {"b", "2"}}.key();
        for (size_t size = 1; size < key.size(); size++) {
            if (size != key.size() / 2)
                QVERIFY(!Labels::fromKey(std::string_view(key).substr(0, size)));
        }
        QVERIFY(!Labels::fromKey(Labels{{"b", "2"}}.key() + Labels{{"a", "1"}}.key()));
    }

    void setKeepsOrder()
    {
        Labels labels{{"b", "2"}};
        labels.set("a", "1");
        labels.set("c", "3");
        labels.set("b", "");
        QCOMPARE(labels, (Labels{{"a", "1"}, {"c", "3"}}));
    }
};

QTEST_GUILESS_MAIN(LabelsTest)
#include "LabelsTest.moc"

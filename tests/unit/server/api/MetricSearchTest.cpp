#include "server/api/MetricSearch.h"

#include <QTest>

using namespace plimsoll::api;

class MetricSearchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void measuresEdits()
    {
        QCOMPARE(editDistance("", "abc"), size_t(3));
        QCOMPARE(editDistance("kitten", "sitting"), size_t(3));
        QCOMPARE(editDistance("Revenue", "revenue"), size_t(0));
        QCOMPARE(editDistance("reveune", "revenue"), size_t(1));
        QCOMPARE(editDistance(std::string(1000, 'a'), std::string(2000, 'a')), size_t(0));
    }

    void namesTheCloseOnes()
    {
        const std::vector<std::string> names = {"checkout_total", "checkout_ms", "cpu", "host_load1",
                                                "revenue"};
        const auto close = closeNames("chekout", names);
        QVERIFY(!close.empty());
        QVERIFY(std::find(close.begin(), close.end(), "cpu") == close.end());
        QCOMPARE(closeNames("revenu", names), (std::vector<std::string>{"revenue"}));
        QCOMPARE(closeNames("zzzzzzz", names), std::vector<std::string>());
    }

    void ranksMatches()
    {
        const auto rank = [](const char *typed) {
            return searchRank(typed, "http_request_duration_seconds");
        };
        QVERIFY(rank("http_request_duration_seconds") < rank("http"));
        QVERIFY(rank("HTTP") < rank("duration"));
        QVERIFY(rank("duration") < rank("uration"));
        QVERIFY(rank("uration") < rank("hrds"));
        QVERIFY(rank("hrds").has_value());
        QVERIFY(!rank("xyz").has_value());
        QVERIFY(searchRank("reveneu", "revenue").has_value());
    }
};

QTEST_GUILESS_MAIN(MetricSearchTest)
#include "MetricSearchTest.moc"

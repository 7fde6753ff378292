#include "storage/query/Query.h"

#include "storage/query/Duration.h"
#include "tests/support/MemorySeries.h"

#include <QTest>

#include <cmath>

using namespace plimsoll;
using plimsoll::test::MemorySeries;

#define COMPARE(actual, expected) QCOMPARE(QString::fromStdString(actual), QString(expected))

namespace {

constexpr int64_t minute = 60'000;

Labels metric(std::string name, std::vector<Labels::Pair> labels = {})
{
    labels.emplace_back("__name__", std::move(name));
    return Labels(std::move(labels));
}

std::string text(const Result<QueryResult> &result)
{
    if (!result)
        return "error: " + result.error().message;
    std::string out;
    for (const auto &series : result->series) {
        out += (out.empty() ? "" : "\n") + series.labels.toString();
        for (const auto &point : series.points)
            out += " " + (point.histogram ? "h" + promql::formatNumber(point.histogram->count())
                                          : promql::formatNumber(point.value));
    }
    return out;
}

/// A shop: orders and refunds as increments, and how long its pages took.
class Shop
{
public:
    Shop()
    {
        for (int i = 1; i <= 60; i++) {
            sell("pro", i * minute, 0.1);
            sell("team", i * minute, i % 10 == 0 ? -0.3 : 0.7);
        }
        for (int i = 1; i <= 101; i++)
            m_series.observe(metric("took", {{"page", "/"}}), i * 1000, i);
        m_series.observe(metric("took", {{"page", "/rare"}}), 1000, 0.25);
    }

    Result<QueryResult> run(std::string_view query, int64_t timeMs, bool delayedNames = false) const
    {
        const auto parsed = Query::parse(query);
        if (!parsed)
            return parsed.error();
        QueryLimits limits;
        limits.delayedNames = delayedNames;
        return parsed->instant(*m_series.openReader(), defaultProject, timeMs, limits);
    }

    std::string at(std::string_view query, int64_t timeMs) const { return text(run(query, timeMs)); }

    double number(std::string_view query, int64_t timeMs) const
    {
        const auto result = run(query, timeMs);
        return result && result->series.size() == 1 ? result->series[0].points.at(0).value : NAN;
    }

private:
    void sell(const char *plan, int64_t timeMs, double amount)
    {
        m_series.add(metric("revenue", {{"plan", plan}}), Kind::Delta, timeMs, amount);
    }

    MemorySeries m_series;
};

} // namespace

/// What Plimsoll adds to PromQL, as storage/query/README.md promises it.
class AdditionsTest : public QObject
{
    Q_OBJECT

    const Shop m_shop;

private Q_SLOTS:
    void increaseIsTheSumOfTheIncrementsInTheRange()
    {
        COMPARE(m_shop.at("increase(revenue{plan=\"pro\"}[10m])", 60 * minute), "{plan=\"pro\"} 1");
        // ten samples in (50 min, 60 min]; one refund among them
        COMPARE(m_shop.at("increase(revenue{plan=\"team\"}[10m])", 60 * minute), "{plan=\"team\"} 6");
        COMPARE(m_shop.at("increase(revenue{plan=\"team\"}[1m])", 60 * minute), "{plan=\"team\"} -0.3");
        // open on the left, closed on the right, and nothing is extrapolated
        COMPARE(m_shop.at("increase(revenue{plan=\"pro\"}[1m])", 60 * minute - 1), "{plan=\"pro\"} 0.1");
        COMPARE(m_shop.at("increase(revenue{plan=\"pro\"}[30s])", 60 * minute - 1), "{plan=\"pro\"} 0");
        COMPARE(m_shop.at("rate(revenue{plan=\"pro\"}[50s])", 60 * minute), "{plan=\"pro\"} 0.002");
    }

    void totalsAddUpToTheCent()
    {
        COMPARE(m_shop.at("sum(increase(revenue[1h]))", 60 * minute), "{} 42");
        COMPARE(m_shop.at("sum by (plan) (increase(revenue[1h]))", 60 * minute),
                "{plan=\"pro\"} 6\n{plan=\"team\"} 36");
        COMPARE(m_shop.at("sum(revenue)", 60 * minute), "{} 42");
        COMPARE(m_shop.at("sum(sum_over_time(revenue[1h]))", 60 * minute), "{} 42");
        COMPARE(m_shop.at("sum without (plan) (increase(revenue[1h] offset 30m))", 90 * minute), "{} 42");
        COMPARE(m_shop.at("sum(increase(revenue[1h] @ 3600))", 10'000 * minute), "{} 42");
    }

    void silenceIsAnIncreaseOfZero()
    {
        COMPARE(m_shop.at("increase(revenue{plan=\"pro\"}[5m])", 10'000 * minute), "{plan=\"pro\"} 0");
        COMPARE(m_shop.at("sum(increase(revenue[5m])) < 1", 10'000 * minute), "{} 0");
        // before it began there is nothing
        COMPARE(m_shop.at("increase(revenue[5m])", 0), "");
        COMPARE(m_shop.at("histogram_count(increase(took{page=\"/rare\"}[5s]))", 60 * minute),
                "{page=\"/rare\"} 0");
    }

    void noCounterIsSuspectedInIncrements()
    {
        const auto result = m_shop.run("rate(revenue[5m])", 60 * minute);
        QVERIFY(result && result->infos.empty() && result->warnings.empty());
    }

    void otherFunctionsSeeTheIncrements()
    {
        COMPARE(m_shop.at("count_over_time(revenue{plan=\"pro\"}[10m])", 60 * minute), "{plan=\"pro\"} 10");
        COMPARE(m_shop.at("min_over_time(revenue{plan=\"team\"}[10m])", 60 * minute), "{plan=\"team\"} -0.3");
        COMPARE(m_shop.at("max_over_time(revenue{plan=\"team\"}[10m])", 60 * minute), "{plan=\"team\"} 0.7");
    }

    void distributionsMergeTheirIncrements()
    {
        COMPARE(m_shop.at("histogram_count(increase(took{page=\"/\"}[50s]))", 101'000), "{page=\"/\"} 50");
        COMPARE(m_shop.at("histogram_sum(increase(took{page=\"/\"}[10s]))", 101'000), "{page=\"/\"} 965");
        COMPARE(m_shop.at("took{page=\"/\"}", 101'000), "took{page=\"/\"} h101");
        COMPARE(m_shop.at("histogram_count(sum(increase(took[101s])))", 101'000), "{} 102");
    }

    /// The order statistic ceil(q n) of 1 ... 101, within a bucket's width, and never beyond what was
    /// observed.
    void quantilesLieInTheBucketOfTheOrderStatistic()
    {
        for (const double q : {0.01, 0.25, 0.5, 0.9, 0.99}) {
            const double exact = std::ceil(q * 101);
            const double got = m_shop.number(
                "histogram_quantile(" + std::to_string(q) + ", increase(took{page=\"/\"}[101s]))", 101'000);
            QVERIFY2(std::fabs(got / exact - 1) < 0.011, std::to_string(got).c_str());
        }
        COMPARE(m_shop.at("histogram_quantile(0, increase(took{page=\"/\"}[101s]))", 101'000),
                "{page=\"/\"} 1");
        COMPARE(m_shop.at("histogram_quantile(1, increase(took{page=\"/\"}[101s]))", 101'000),
                "{page=\"/\"} 101");
        COMPARE(m_shop.at("histogram_quantile(0.5, took{page=\"/rare\"})", 60 * minute),
                "{page=\"/rare\"} 0.25");
    }

    /// Names go at once, unless the query keeps them to its end.
    void namesGoAtOnceOrAtTheEnd()
    {
        const char *query =
            "label_replace(increase(revenue{plan=\"pro\"}[10m]), \"of\", \"$1\", \"__name__\", \"(.+)\")";
        COMPARE(text(m_shop.run(query, 60 * minute)), "{plan=\"pro\"} 1");
        COMPARE(text(m_shop.run(query, 60 * minute, true)), "{of=\"revenue\",plan=\"pro\"} 1");
    }
};

QTEST_GUILESS_MAIN(AdditionsTest)
#include "AdditionsTest.moc"

#include "storage/query/Query.h"

#include "storage/query/Duration.h"
#include "tests/support/MemorySeries.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <thread>

using namespace plimsoll;
using plimsoll::test::MemorySeries;

namespace {

constexpr int64_t minute = 60'000;

Labels metric(std::string name, std::vector<Labels::Pair> labels = {})
{
    labels.emplace_back("__name__", std::move(name));
    return Labels(std::move(labels));
}

/// Series as text, "name{labels} value value …" per line, for comparison.
std::string text(const Result<QueryResult> &result)
{
    if (!result)
        return "error: " + result.error().message;
    std::string out = result->text;
    for (const auto &series : result->series) {
        out += out.empty() ? "" : "\n";
        out += series.labels.toString();
        for (const auto &point : series.points) {
            out += " " + (point.histogram ? "h" + promql::formatNumber(point.histogram->count())
                                          : promql::formatNumber(point.value));
        }
    }
    return out;
}

class Fixture
{
public:
    std::string at(std::string_view query, int64_t timeMs, QueryLimits limits = {},
                   const std::atomic<bool> *cancelled = nullptr) const
    {
        const auto parsed = Query::parse(query);
        if (!parsed)
            return "error: " + parsed.error().message;
        return text(parsed->instant(*series.openReader(), defaultProject, timeMs, limits, cancelled));
    }

    std::string over(std::string_view query, int64_t startMs, int64_t endMs, int64_t stepMs) const
    {
        const auto parsed = Query::parse(query);
        if (!parsed)
            return "error: " + parsed.error().message;
        return text(parsed->range(*series.openReader(), defaultProject, startMs, endMs, stepMs, {}));
    }

    MemorySeries series;
};

} // namespace

#define COMPARE(actual, expected) QCOMPARE(QString::fromStdString(actual), QString(expected))

class QueryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void arithmeticAndPrecedence()
    {
        const Fixture fixture;
        COMPARE(fixture.at("2 + 3 * 4 ^ 2 / 8", 0), "{} 8");
        COMPARE(fixture.at("-2 ^ 2", 0), "{} -4");
        COMPARE(fixture.at("2 ^ 3 ^ 2", 0), "{} 512");
        COMPARE(fixture.at("1h30m + 0x10", 0), "{} 5416");
        COMPARE(fixture.at("1 >= bool 2 # a comment", 0), "{} 0");
        COMPARE(fixture.at("'it\\'s ' ", 0), "it's ");
    }

    void lookbackIsLeftOpen()
    {
        Fixture fixture;
        fixture.series.add(metric("x"), Kind::Gauge, 0, 7);
        COMPARE(fixture.at("x", 5 * minute - 1), "x 7");
        COMPARE(fixture.at("x", 5 * minute), "");
        COMPARE(fixture.at("x offset 5m", 9 * minute), "x 7");
        COMPARE(fixture.at("count_over_time(x[1m])", minute), "");
        COMPARE(fixture.at("count_over_time(x[1m1ms])", minute), "{} 1");
        COMPARE(fixture.at("x @ 10", 60 * minute), "x 7");
        // the end of a range is the one that was asked for, not its last step
        COMPARE(fixture.over("x @ end()", 4 * minute, 5 * minute - 1, minute), "x 7");
        COMPARE(fixture.over("x @ end()", 4 * minute, 5 * minute, 2 * minute), "");
    }

    void stalenessMarkersEndASeries()
    {
        Fixture fixture;
        fixture.series.add(metric("x"), Kind::Gauge, 0, 7);
        fixture.series.add(metric("x"), Kind::Gauge, minute, std::bit_cast<double>(0x7ff0000000000002ULL));
        COMPARE(fixture.over("x", 0, 2 * minute, 30'000), "x 7 7");
        COMPARE(fixture.at("count_over_time(x[5m])", 2 * minute), "{} 1");
    }

    void counterRateExtrapolatesAndSeesResets()
    {
        Fixture fixture;
        for (int i = 0; i <= 10; i++)
            fixture.series.add(metric("x_total"), Kind::Counter, i * 30'000, i < 6 ? i * 30 : (i - 5) * 30);
        COMPARE(fixture.at("rate(x_total[5m])", 5 * minute), "{} 1");
        COMPARE(fixture.at("increase(x_total[2m])", 5 * minute), "{} 120");
        COMPARE(fixture.at("resets(x_total[10m])", 5 * minute), "{} 1");
    }

    void revenueAddsUpToTheCent()
    {
        Fixture fixture;
        const auto pro = metric("revenue", {{"plan", "pro"}});
        const auto team = metric("revenue", {{"plan", "team"}});
        for (int i = 1; i <= 1000; i++)
            fixture.series.add(pro, Kind::Delta, i * 1000, 0.1);
        fixture.series.add(team, Kind::Delta, 500'000, 0.2);
        COMPARE(fixture.at("increase(revenue{plan=\"pro\"}[10s])", 1'000'000), "{plan=\"pro\"} 1");
        COMPARE(fixture.at("sum(increase(revenue[1000s]))", 1'000'000), "{} 100.2");
        COMPARE(fixture.at("sum_over_time(revenue{plan=\"pro\"}[1d])", 1'000'000), "{plan=\"pro\"} 100");
        COMPARE(fixture.at("rate(revenue{plan=\"pro\"}[10s])", 1'000'000), "{plan=\"pro\"} 0.1");
        COMPARE(fixture.at("sum(revenue)", 1'000'000), "{} 100.2");
        // the range is left-open, right-closed and not extrapolated
        COMPARE(fixture.at("increase(revenue{plan=\"team\"}[1s])", 500'999), "{plan=\"team\"} 0.2");
        COMPARE(fixture.at("increase(revenue{plan=\"team\"}[1s])", 501'000), "{plan=\"team\"} 0");
    }

    void runningTotalNeverAges()
    {
        Fixture fixture;
        fixture.series.add(metric("orders"), Kind::Delta, minute, 2);
        fixture.series.add(metric("orders"), Kind::Delta, 3 * minute, 3);
        COMPARE(fixture.over("orders", 0, 4 * minute, minute), "orders 2 2 5 5");
        COMPARE(fixture.at("orders", 10'000 * minute), "orders 5");
        COMPARE(fixture.at("increase(orders[5m])", 10'000 * minute), "{} 0");
        COMPARE(fixture.at("orders", 0), "");
    }

    void distributionsYieldHistograms()
    {
        Fixture fixture;
        for (const char *route : {"/a", "/b"}) {
            for (int i = 1; i <= 100; i++) {
                Histogram one;
                one.observe(i / 1000.0);
                fixture.series.add(metric("latency", {{"route", route}}), Kind::Distribution, i * 1000, one);
            }
        }
        const std::string quantile =
            fixture.at("histogram_quantile(0.5, sum(increase(latency[100s])))", 100'000);
        const double median = std::stod(quantile.substr(3));
        QVERIFY2(std::fabs(median / 0.05 - 1) < 0.012, quantile.c_str());
        COMPARE(fixture.at("histogram_count(sum(increase(latency[10s])))", 100'000), "{} 20");
        COMPARE(fixture.at("histogram_sum(increase(latency{route=\"/a\"}[1d]))", 100'000),
                "{route=\"/a\"} 5.05");
        COMPARE(fixture.at("histogram_avg(increase(latency{route=\"/a\"}[1d]))", 100'000),
                "{route=\"/a\"} 0.050499999999999996");
        COMPARE(fixture.at("latency{route=\"/a\"}", 9'999'000), "latency{route=\"/a\"} h100");
        COMPARE(fixture.at("histogram_count(rate(latency{route=\"/a\"}[10s]))", 100'000), "{route=\"/a\"} 1");
    }

    /// Sums that move along with the window must be those of each window by itself.
    void movingSumsEqualSeparateOnes()
    {
        Fixture fixture;
        for (int i = 1; i <= 500; i++) {
            const int64_t timeMs = i * 700 + i % 13 * 90'000;
            fixture.series.add(metric("sold"), Kind::Delta, timeMs, i % 7 == 0 ? 0.1 * i : 0.01 * i);
            Histogram some;
            some.observe(i % 50 + 0.5);
            some.observe(0.001 * i);
            fixture.series.add(metric("took"), Kind::Distribution, timeMs, some);
        }
        for (const char *query :
             {"increase(sold[100s])", "histogram_sum(increase(took[100s]))",
              "histogram_count(increase(took[100s]))", "histogram_quantile(0.3, increase(took[100s]))",
              "histogram_quantile(1, increase(took[100s]))"}) {
            std::string separate = "{}";
            for (int64_t timeMs = 0; timeMs <= 1'600'000; timeMs += 7'000) {
                const std::string one = fixture.at(query, timeMs);
                separate += one.empty() ? "" : one.substr(2);
            }
            QCOMPARE(fixture.over(query, 0, 1'600'000, 7'000), separate);
        }
    }

    void aggregatesAndMatches()
    {
        Fixture fixture;
        for (int i = 0; i < 6; i++) {
            const auto labels =
                std::vector<Labels::Pair>{{"host", std::to_string(i)}, {"dc", i < 3 ? "a" : "b"}};
            fixture.series.add(metric("used", labels), Kind::Gauge, 0, i);
            fixture.series.add(metric("size", labels), Kind::Gauge, 0, 10);
        }
        fixture.series.add(metric("dc_info", {{"dc", "a"}, {"country", "SE"}}), Kind::Gauge, 0, 1);
        COMPARE(fixture.at("sum by (dc) (used)", 0), "{dc=\"a\"} 3\n{dc=\"b\"} 12");
        COMPARE(fixture.at("max without (host) (used / size)", 0), "{dc=\"a\"} 0.2\n{dc=\"b\"} 0.5");
        COMPARE(fixture.at("topk(2, used)", 0), "used{dc=\"b\",host=\"5\"} 5\nused{dc=\"b\",host=\"4\"} 4");
        COMPARE(fixture.at("used{host=\"1\"} * on (dc) group_left (country) dc_info", 0),
                "{country=\"SE\",dc=\"a\",host=\"1\"} 1");
        COMPARE(fixture.at("used > 3", 0), "used{dc=\"b\",host=\"4\"} 4\nused{dc=\"b\",host=\"5\"} 5");
        COMPARE(fixture.at("count(used unless on (dc) dc_info)", 0), "{} 3");
        // two of the "one" side are an error even where nothing would match them
        QVERIFY(fixture.at("dc_info * ignoring (country, dc, host) group_left used", 0)
                    .starts_with("error: found"));
        QVERIFY(fixture.at("vector(1) * ignoring (host) group_left used", 0).starts_with("error: found"));
        COMPARE(fixture.at("vector(1) * ignoring (host) group_left nothing", 0), "");
        COMPARE(fixture.at("used{host=\"9\"} or vector(0)", 0), "{} 0");
        COMPARE(fixture.at("label_replace(used{host=\"2\"}, \"h\", \"n$1\", \"host\", \"(.*)\")", 0),
                "used{dc=\"a\",h=\"n2\",host=\"2\"} 2");
        COMPARE(fixture.at("absent(used{host=\"x\"})", 0), "{host=\"x\"} 1");
        COMPARE(fixture.at("used{host=~\"[01]\",dc!~\"b|c\",host!=\"0\"}", 0), "used{dc=\"a\",host=\"1\"} 1");
    }

    void errorsSayWhere()
    {
        const Fixture fixture;
        COMPARE(fixture.at("sum(", 0), "error: 1:5: parse error: unclosed left parenthesis");
        COMPARE(fixture.at("x +\n  nosuch(y)", 0),
                "error: 2:3: parse error: unknown function with name \"nosuch\"");
        COMPARE(fixture.at("rate(x)", 0), "error: 1:6: parse error: expected type range vector in call to "
                                          "function \"rate\", got instant vector");
        COMPARE(fixture.at("{a=~\".*\"}", 0),
                "error: 1:1: parse error: vector selector must contain at least one non-empty matcher");
        QVERIFY(fixture.at("x{a=~\"(\"}", 0).starts_with("error: 1:3"));
        QVERIFY(fixture.at(std::string(5000, '('), 0).starts_with("error: 1:257"));
        QVERIFY(fixture.at(std::string(5000, '-') + "x", 0).starts_with("error: "));
    }

    void limitsEndAQuery()
    {
        Fixture fixture;
        for (int i = 0; i < 1000; i++)
            fixture.series.add(metric("x"), Kind::Gauge, i * 1000, i);
        QueryLimits few;
        few.maxSamplesRead = 100;
        COMPARE(fixture.at("sum_over_time(x[10m])", 999'000, few),
                "error: The query reads more than 100 samples.");
        QueryLimits small;
        small.maxSamples = 100;
        COMPARE(fixture.at("x[10m]", 999'000, small),
                "error: The query holds more than 100 samples at a time.");
        QueryLimits one;
        one.maxSelected = 0;
        COMPARE(fixture.at("x", 999'000, one), "error: A selector finds more than 0 series.");
        QueryMemory memory(1024);
        QueryLimits shared;
        shared.memory = &memory;
        COMPARE(fixture.at("x[10m]", 999'000, shared),
                "error: The query needs more memory than the 0 MiB that queries have.");
        QCOMPARE(memory.held(), uint64_t(0));
        QVERIFY(memory.take(800));
        COMPARE(fixture.at("x", 999'000, shared),
                "error: All queries together need more memory than the 0 MiB they have.");
        QCOMPARE(memory.held(), uint64_t(800));
        QueryLimits narrow;
        narrow.maxSeries = 0;
        COMPARE(fixture.at("x", 999'000, narrow), "error: The answer has more than 0 series.");
        const std::atomic<bool> cancelled = true;
        COMPARE(fixture.at("x", 999'000, {}, &cancelled), "error: The query was cancelled.");
        QueryLimits hurried;
        hurried.timeoutMs = -1;
        COMPARE(fixture.at("x", 999'000, hurried), "error: The query took longer than -1 ms.");
    }

    void aRunningQueryIsCancelled()
    {
        Fixture fixture;
        for (int i = 0; i < 20'000; i++)
            fixture.series.add(metric("x"), Kind::Gauge, i * 1000, i);
        std::atomic<bool> cancelled = false;
        std::thread canceller([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            cancelled = true;
        });
        const auto query = Query::parse("quantile_over_time(0.5, x[5h])");
        const auto result =
            query->range(*fixture.series.openReader(), defaultProject, 0, 20'000'000, 200, {}, &cancelled);
        canceller.join();
        QVERIFY(!result.ok());
        QVERIFY(result.error().code == ErrorCode::Cancelled);
    }

    void whatIsExperimentalNeedsToBeAllowed()
    {
        for (const char *query : {"info(up)", "sum(x) + limitk(2, x)", "-(mad_over_time(x[5m]))",
                                  "max_over_time(sort_by_label(x, \"a\")[1h:1m])", "x[5m * 2]"}) {
            const auto refused = Query::parse(query);
            QVERIFY2(!refused, query);
            QVERIFY(refused.error().code == ErrorCode::Invalid);
            QVERIFY2(Query::parse(query, promql::ParseOptions{.experimental = true}), query);
        }
        COMPARE(Query::parse("1 + info(up)").error().message,
                "1:5: parse error: function \"info\" is experimental and not enabled");
    }

    void theCanonicalFormParsesBack()
    {
        for (const char *query :
             {"sum by (a, b) (rate(x{c=\"d\"}[5m]))", "-x ^ 2 + 1", "a / on (b) group_left (c) d",
              "max_over_time(rate(x[5m])[1h:1m] offset 1d)", "x @ 12.5 offset -5m", "topk(3, x) > bool 4",
              "histogram_quantile(0.9, sum without (le) (x))", "{\"a.b\"=\"c\\n\"}", "x @ end()",
              "count_values(\"v\", x)"}) {
            const auto first = Query::parse(query);
            QVERIFY2(first.ok(), query);
            const auto second = Query::parse(first->toString());
            QVERIFY2(second.ok(), first->toString().c_str());
            QCOMPARE(second->toString(), first->toString());
        }
        COMPARE(Query::parse("SUM(x)BY(a)")->toString(), "sum by (a) (x)");
    }
};

QTEST_GUILESS_MAIN(QueryTest)
#include "QueryTest.moc"

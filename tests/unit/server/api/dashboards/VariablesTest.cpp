#include "server/api/dashboards/Variables.h"

#include "storage/query/Query.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

const VariableChoices choices{{"host", {{"web1"}}},
                              {"hosts", {{"web1", "web.2"}}},
                              {"any", {{}, true}},
                              {"odd", {{"a\"b\\c(d)"}}},
                              {"n", {{"5"}}},
                              {"window", {{"10m"}}},
                              {"metric", {{"http_requests"}}}};

std::set<std::string> names()
{
    std::set<std::string> out;
    for (const auto &[name, choice] : choices)
        out.insert(name);
    return out;
}

struct Case
{
    const char *written;
    const char *expected;
};

constexpr Case cases[]{
    {"up{host=\"$host\"}", "up{host=\"web1\"}"},
    {"up{host=\"${host}\"}", "up{host=\"web1\"}"},
    {"up{host='$host'}", "up{host=\"web1\"}"},
    {"up{host=`$host`}", "up{host=\"web1\"}"},
    {"up{host=~\"$host:.*\"}", "up{host=~\"web1:.*\"}"},
    {"up{host=\"$hosts\"}", "up{host=~\"(web1|web\\\\.2)\"}"},
    {"up{host =  \"$hosts\"}", "up{host =~\"(web1|web\\\\.2)\"}"},
    {"up{host!=\"$hosts\"}", "up{host!~\"(web1|web\\\\.2)\"}"},
    {"up{host=\"$hosts:90.1\"}", "up{host=~\"(web1|web\\\\.2)\\\\:90\\\\.1\"}"},
    {"up{host=~\"$hosts\"}", "up{host=~\"(web1|web\\\\.2)\"}"},
    {"up{host!~\"$any\"}", "up{host!~\".*\"}"},
    {"up{host=\"$any\"}", "up{host=~\".*\"}"},
    {"up{host=\"$odd\"}", "up{host=\"a\\\"b\\\\c(d)\"}"},
    {"up{host=~\"$odd\"}", "up{host=~\"a\\\\\\\"b\\\\\\\\c\\\\(d\\\\)\"}"},
    {"topk($n, up)", "topk(5, up)"},
    {"rate(${metric}_total[$window])", "rate(http_requests_total[10m])"},
    {"rate(x[$__rate_interval])", "rate(x[2m15s])"},
    {"x[$__range:$__interval]", "x[1h:2m]"},
    {"x * $__range_s + $__interval_ms", "x * 3600 + 120000"},
    // What names no variable stays.
    {"up{a=\"$hostname\", b=\"$1\", c=\"cost$\"}", "up{a=\"$hostname\", b=\"$1\", c=\"cost$\"}"},
    {"label_replace(up, \"a\", \"$1-${host}\", \"b\", \"(.*)\")",
     "label_replace(up, \"a\", \"$1-web1\", \"b\", \"(.*)\")"},
    {"up # of $host", "up # of $host"},
};

} // namespace

class VariablesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void putsChoicesIn_data()
    {
        QTest::addColumn<QString>("written");
        QTest::addColumn<QString>("expected");
        for (const Case &one : cases)
            QTest::newRow(one.written) << QString::fromUtf8(one.written) << QString::fromUtf8(one.expected);
    }
    void putsChoicesIn()
    {
        QFETCH(QString, written);
        QFETCH(QString, expected);
        const auto put = substituted(written.toStdString(), choices, {120'000, 3'600'000});
        QVERIFY2(put.ok(), put ? "" : put.error().message.c_str());
        QCOMPARE(QString::fromStdString(*put), expected);
        QVERIFY(Query::parse(*put).ok());
    }

    void refusesWhatIsNoWordOutsideStrings()
    {
        for (const char *expr : {"topk($any, up)", "topk($hosts, up)", "sum($odd)"})
            QVERIFY2(!substituted(expr, choices, {}), expr);
        QVERIFY(substituted("sum($any)", choices, {}).error().message.find("$any") != std::string::npos);
    }

    void aValueCannotEndItsString()
    {
        const VariableChoices evil{{"v", {{"x\"} or secret{a=\"", "x'} or secret{a='", "`"}}}};
        for (const char *expr : {"up{a=\"$v\"}", "up{a=~\"$v\"}", "up{a=`$v`}", "up{a='$v'}"}) {
            const auto put = substituted(expr, evil, {});
            QVERIFY(put.ok());
            const auto parsed = Query::parse(*put);
            QVERIFY2(parsed.ok(), put->c_str());
            QCOMPARE(metricsIn(*put, {}), std::set<std::string>{"up"});
        }
    }

    void parsesWhateverTheyStandFor_data()
    {
        QTest::addColumn<QString>("expr");
        for (const char *expr : {"up{host=\"$host\"}", "topk($n, up)", "rate(${metric}_total[$window])",
                                 "rate($metric[$window])", "sum by ($host) (up)", "x offset 5m",
                                 "avg_over_time(x[$__range:$__interval])", "up > $n", "quantile($n, up)",
                                 "up{a=~\"$hosts|b\"} # $host", "increase(x[$__range]) / $__range_s",
                                 "count_values(\"$host\", up)"})
            QTest::newRow(expr) << QString::fromUtf8(expr);
    }
    void parsesWhateverTheyStandFor()
    {
        QFETCH(QString, expr);
        const Status parsed = checkExpression(expr.toStdString(), names());
        QVERIFY2(parsed.ok(), parsed ? "" : parsed.error().message.c_str());
    }

    void namesThePlaceAsItWasWritten()
    {
        const Status wrong = checkExpression("sum(up{host=\"$hosts\",x=~\"${host}\"}) by (a) +", names());
        QVERIFY(!wrong);
        QVERIFY2(wrong.error().message.starts_with("1:45: "), wrong.error().message.c_str());
        QVERIFY(!checkExpression("topk($n, up", names()));
        QVERIFY(!checkExpression("topk($unknown, up)", names()));
        QVERIFY(!checkExpression("", names()));
    }

    void findsMetrics()
    {
        QCOMPARE(
            metricsIn("sum(rate(a_total{x=\"b\"}[5m])) / on (c) avg_over_time(d[1h:1m]) or ${metric}_e or "
                      "{__name__=\"f\"} or topk($n, -(g))",
                      names()),
            (std::set<std::string>{"a_total", "d", "f", "g"}));
        QCOMPARE(metricsIn("sum(", {}), std::set<std::string>());
    }

    void readsTheFormsOfGrafana()
    {
        std::set<std::string> formats;
        QCOMPARE(withPlainVariables("[[a]] [[b:regex]] ${c:pipe} ${d:csv} $e x[5m] [[ ${1} $1", &formats),
                 std::string("${a} ${b} ${c} ${d} $e x[5m] [[ ${1} $1"));
        QCOMPARE(formats, std::set<std::string>{"csv"});
        QCOMPARE(variablesIn("${a} [[b]] $c"), (std::set<std::string>{"a", "b", "c"}));
    }
};

QTEST_APPLESS_MAIN(VariablesTest)
#include "VariablesTest.moc"

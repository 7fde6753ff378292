#include "alerts/Unit.h"

#include <QTest>

using namespace plimsoll::alerts;

/// What numbers mean, and how they are written, in messages.
class UnitTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knowsWhatAnExpressionYields_data()
    {
        QTest::addColumn<QString>("expr");
        QTest::addColumn<QString>("unit");
        for (const auto &[expr, unit] : {
                 std::pair("queue_age_seconds", "seconds"),
                 {"host_memory_used_ratio", "ratio"},
                 {"max by (host) (host_memory_used_bytes{host=~\"web.*\"})", "bytes"},
                 {"rate(network_sent_bytes_total[5m])", "bytes/s"},
                 {"sum(rate(http_requests_total[5m]))", "/s"},
                 {"increase(llm_cost_usd_total[1d])", "usd"},
                 {"rate(process_cpu_seconds_total[5m])", "ratio"},
                 {"histogram_quantile(0.95, sum(rate(http_request_duration_seconds[5m])))", "seconds"},
                 {"histogram_quantile(0.95, sum by (le) (rate(request_seconds_bucket[5m])))", "seconds"},
                 {"histogram_count(rate(http_request_duration_seconds[5m]))", "/s"},
                 {"rate(request_seconds_sum[5m]) / rate(request_seconds_count[5m])", "seconds"},
                 {"sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))", "ratio"},
                 {"disk_free_bytes / disk_size_bytes", "ratio"},
                 {"100 * disk_used_ratio", "percent"},
                 {"disk_used_ratio * 100", "percent"},
                 {"count(queue_age_seconds)", ""},
                 {"room_celsius - 2", "celsius"},
                 {"max_over_time(response_ms[5m])", "milliseconds"},
                 {"up", ""},
                 {"vector(1)", ""},
                 {"not promql (", ""},
             })
            QTest::newRow(expr) << expr << unit;
    }
    void knowsWhatAnExpressionYields()
    {
        QFETCH(QString, expr);
        QFETCH(QString, unit);
        const Unit found = Unit::ofExpression(expr.toStdString());
        QCOMPARE(QString::fromStdString(found.name()), unit);
        QVERIFY(Unit::fromName(found.name()) == found);
    }

    void writesValuesAsThePageDoes_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("unit");
        QTest::addColumn<QString>("text");
        const auto row = [](double value, const char *unit, const char *text) {
            QTest::newRow(text) << value << QString(unit) << QString(text);
        };
        row(0.0747, "ratio", "7.47 %");
        row(0.00001, "ratio", "0.001 %");
        row(0.612, "seconds", "612 ms");
        row(1.4, "seconds", "1.4 s");
        row(0.0000042, "seconds", "4.2 µs");
        row(0, "seconds", "0 ms");
        row(185, "seconds", "3.08 min");
        row(612, "milliseconds", "612 ms");
        row(3 * 1024 * 1024, "bytes", "3 MiB");
        row(1536, "bytes/s", "1.5 KiB/s");
        row(23.58, "usd", "$23.58");
        row(-0.05, "usd", "-$0.0500");
        row(12'400, "", "12.4k");
        row(3'100'000, "", "3.1 M");
        row(91.5, "", "91.5");
        row(5, "/s", "5 /s");
        row(-3.5, "celsius", "-3.5 °C");
        row(90, "percent", "90 %");
        row(0.00000123, "", "1.2e-06");
        row(std::nan(""), "bytes", "NaN");
    }
    void writesValuesAsThePageDoes()
    {
        QFETCH(double, value);
        QFETCH(QString, unit);
        QFETCH(QString, text);
        QCOMPARE(QString::fromStdString(quantityText(value, Unit::fromName(unit.toStdString()))), text);
    }

    void writesLengths()
    {
        QCOMPARE(lengthText(-5), "0 s");
        QCOMPARE(lengthText(40'400), "40 s");
        QCOMPARE(lengthText(18 * 60'000), "18 min");
        QCOMPARE(lengthText(154 * 60'000), "2 h 34 min");
        QCOMPARE(lengthText(120 * 60'000), "2 h");
        QCOMPARE(lengthText(int64_t(80) * 3'600'000), "3 d");
    }
};

QTEST_APPLESS_MAIN(UnitTest)
#include "UnitTest.moc"

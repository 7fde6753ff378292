#include "server/ingest/OtlpNames.h"

#include <QTest>

using namespace plimsoll::ingest;

class OtlpNamesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesMetrics_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("unit");
        QTest::addColumn<int>("naming");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const char *unit, OtlpNaming naming, const char *expected) {
            QTest::addRow("%s [%s] -> %s", name, unit, expected)
                << QByteArray(name) << QByteArray(unit) << int(naming) << QByteArray(expected);
        };
        using enum OtlpNaming;
        row("http.server.request.duration", "s", Plain, "http_server_request_duration_seconds");
        row("http.server.duration", "ms", Plain, "http_server_duration_milliseconds");
        row("checkout", "", MonotonicSum, "checkout_total");
        row("checkout_total", "", MonotonicSum, "checkout_total");
        row("total.checkout", "1", MonotonicSum, "checkout_total");
        row("network.io", "By", MonotonicSum, "network_io_bytes_total");
        row("network.bytes", "By", MonotonicSum, "network_bytes_total");
        row("cpu.utilization", "1", Gauge, "cpu_utilization_ratio");
        row("cpu.utilization", "1", Plain, "cpu_utilization");
        row("speed", "m/s", Gauge, "speed_meters_per_second");
        row("requests", "{request}", MonotonicSum, "requests_total");
        row("requests", "{request}/s", Gauge, "requests_per_second");
        row("load", "%", Gauge, "load_percent");
        row("odd", "foo-bar", Gauge, "odd_foo_bar");
        row("a..b__c", "", Gauge, "a_b_c");
        row("job:rate", "", Gauge, "job:rate");
        row("2xx", "", Gauge, "_2xx");
        row("größe", "", Gauge, "gr_e");
        row("日本", "", Gauge, "");
        row("", "", Gauge, "");
        row("x", " s / m ", Gauge, "x_seconds_per_minute");
        row("x", "1/s", Gauge, "x_per_second");
        row("x", "s/", Gauge, "x_seconds");
    }
    void namesMetrics()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, unit);
        QFETCH(int, naming);
        QFETCH(QByteArray, expected);
        QCOMPARE(otlpMetricName(name.toStdString(), unit.toStdString(), static_cast<OtlpNaming>(naming)),
                 expected.toStdString());
    }

    void namesLabels()
    {
        QCOMPARE(otlpLabelName("http.method"), std::string("http_method"));
        QCOMPARE(otlpLabelName("a.-b"), std::string("a_b"));
        QCOMPARE(otlpLabelName("a:b"), std::string("a_b"));
        QCOMPARE(otlpLabelName("1st"), std::string("key_1st"));
        QCOMPARE(otlpLabelName("_private"), std::string("key_private"));
        QCOMPARE(otlpLabelName("__name__"), std::string("key_name_"));
        QCOMPARE(otlpLabelName("é"), std::string());
        QCOMPARE(otlpLabelName(""), std::string());
    }
};

QTEST_GUILESS_MAIN(OtlpNamesTest)
#include "OtlpNamesTest.moc"

#include "ui/desktop/look/Figure.h"

#include <QTest>

#include <cmath>

using namespace plimsoll::desktop;

class FigureTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesNumbers_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<int>("unit");
        QTest::addColumn<QString>("text");
        const auto row = [](double value, Unit unit, const char *text) {
            QTest::newRow(text) << value << int(unit) << QString::fromUtf8(text);
        };
        row(0, Unit::Plain, "0");
        row(63, Unit::Plain, "63");
        row(1284, Unit::Plain, "1,284");
        row(12'400, Unit::Plain, "12.4k");
        row(3'100'000, Unit::Plain, "3.1M");
        row(0.00236, Unit::Ratio, "0.236 %");
        row(0.63, Unit::Ratio, "63 %");
        row(0.9999, Unit::Ratio, "100 %");
        row(0.612, Unit::Seconds, "612 ms");
        row(0.9999, Unit::Seconds, "1 s");
        row(1.4, Unit::Seconds, "1.4 s");
        row(180, Unit::Seconds, "3 min");
        row(0.000'012, Unit::Seconds, "12 µs");
        row(1023, Unit::Bytes, "1,023 B");
        row(1536, Unit::Bytes, "1.5 KiB");
        row(2.8 * 1024 * 1024, Unit::BytesPerSecond, "2.8 MiB/s");
        row(146.2, Unit::PerSecond, "146 /s");
        row(23.578, Unit::Dollars, "$23.58");
        row(-1234.5, Unit::Dollars, "-$1,234.50");
        row(NAN, Unit::Plain, "–");
    }

    void writesNumbers()
    {
        QFETCH(double, value);
        QFETCH(int, unit);
        QFETCH(QString, text);
        QCOMPARE(Figure::of(value, Unit(unit)).text().replace(QChar(0xA0), ' '), text);
    }

    void readsUnitsOffNames()
    {
        QCOMPARE(Figure::unitOf("http_request_duration_seconds"), Unit::Seconds);
        QCOMPARE(Figure::unitOf("llm_cost_usd_total"), Unit::Dollars);
        QCOMPARE(Figure::unitOf("host_cpu_usage_ratio"), Unit::Ratio);
        QCOMPARE(Figure::unitOf("revenue"), Unit::Plain);
    }

    void writesDurations()
    {
        const auto words = [](qint64 seconds) {
            return Figure::duration(seconds * 1000).replace(QChar(0xA0), ' ');
        };
        QCOMPARE(words(59), "59 s");
        QCOMPARE(words(38 * 60), "38 min");
        QCOMPARE(words(7200), "2 h");
        QCOMPARE(words(3 * 86400), "3 d");
        QCOMPARE(words(-5), "0 s");
    }
};

QTEST_GUILESS_MAIN(FigureTest)
#include "FigureTest.moc"

#include "ui/desktop/chart/Axis.h"

#include <QDateTime>
#include <QTest>
#include <QTimeZone>

using namespace plimsoll::desktop;

class AxisTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { qputenv("TZ", "Europe/Berlin"); }

    void endsOnARoundNumber_data()
    {
        QTest::addColumn<double>("highest");
        QTest::addColumn<int>("unit");
        QTest::addColumn<QStringList>("labels");
        QTest::newRow("requests") << 152.0 << int(Unit::PerSecond) << QStringList{"0", "100", "200"};
        QTest::newRow("share") << 1.0 << int(Unit::Ratio) << QStringList{"0 %", "50 %", "100 %"};
        QTest::newRow("latency") << 0.612 << int(Unit::Seconds) << QStringList{"0", "250", "500", "750 ms"};
        QTest::newRow("bytes") << 3.0 * 1024 * 1024 << int(Unit::Bytes)
                               << QStringList{"0", "1", "2", "3 MiB"};
        QTest::newRow("nothing") << 0.0 << int(Unit::Plain) << QStringList{"0", "0.5", "1"};
    }

    void endsOnARoundNumber()
    {
        QFETCH(double, highest);
        QFETCH(int, unit);
        QFETCH(QStringList, labels);
        const ValueAxis axis = ValueAxis::to(highest, Unit(unit));
        QVERIFY(axis.top >= highest);
        QStringList written;
        for (const double tick : axis.ticks)
            written << axis.label(tick).replace(QChar(0xA0), ' ');
        QCOMPARE(written, labels);
    }

    void ticksAtRoundLocalTimes()
    {
        const QDateTime from(QDate(2026, 7, 1), QTime(9, 50), QTimeZone("Europe/Berlin"));
        TimeSpan span{from.toMSecsSinceEpoch(), from.addSecs(3600).toMSecsSinceEpoch(), 15'000};
        QStringList labels;
        for (const TimeTick &tick : timeTicks(span, 5))
            labels << tick.label;
        QCOMPARE(labels, (QStringList{"10:00", "10:15", "10:30", "10:45"}));
    }

    void keepsMidnightsOnTheDayOf23Hours()
    {
        const QTimeZone zone("Europe/Berlin");
        const QDateTime from(QDate(2026, 3, 28), QTime(0, 0), zone);
        TimeSpan span{from.toMSecsSinceEpoch(), from.addDays(3).toMSecsSinceEpoch(), 600'000};
        QStringList labels;
        for (const TimeTick &tick : timeTicks(span, 4))
            labels << tick.label;
        QCOMPARE(labels, (QStringList{"28 Mar", "29 Mar", "30 Mar", "31 Mar"}));
    }
};

QTEST_GUILESS_MAIN(AxisTest)
#include "AxisTest.moc"

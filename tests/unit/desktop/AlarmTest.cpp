#include "ui/desktop/data/Alarm.h"

#include <QTest>

using namespace plimsoll::desktop;

namespace {

Alarm alarm(const QString &op, double threshold, QJsonValue value, const QString &state = "inactive")
{
    return Alarm::fromJson({{"id", "1"},
                            {"name", "a"},
                            {"expr", "host_cpu_usage_ratio"},
                            {"op", op},
                            {"threshold", threshold},
                            {"value", value},
                            {"state", state},
                            {"severity", "critical"}});
}

} // namespace

class AlarmTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void measuresAgainstItsLine()
    {
        QCOMPARE(alarm(">", 0.8, 0.4).level(), std::optional(0.5));
        QCOMPARE(alarm("<", 10, 20).level(), std::optional(0.5));
        QCOMPARE(alarm("<", 10, 0).level(), std::optional(1.4));
        QCOMPARE(alarm(">", 0, 3).level(), std::optional(1.4));
        QCOMPARE(alarm(">", 0, 0).level(), std::optional(0.0));
        QVERIFY(!alarm(">", 1, QJsonValue()).level());
    }

    void takesTheLineOutOfItsExpression()
    {
        const Alarm alarm = Alarm::fromJson(
            {{"expr", "host_cpu_usage_ratio > 0.5"},
             {"value", 0.25},
             {"state", "inactive"},
             {"condition", QJsonObject{{"expr", "host_cpu_usage_ratio"}, {"op", ">"}, {"threshold", 0.5}}}});
        QCOMPARE(alarm.level(), std::optional(0.5));
        QCOMPARE(alarm.expr, "host_cpu_usage_ratio");
        QVERIFY(!Alarm::fromJson({{"expr", "up == 0"}, {"value", 0}}).level());
    }

    void standsByStateAndLevel()
    {
        QCOMPARE(alarm(">", 1, 0.79).standing(), Standing::Ok);
        QCOMPARE(alarm(">", 1, 0.8).standing(), Standing::Warn);
        QCOMPARE(alarm(">", 1, 2, "firing").standing(), Standing::Firing);
        QCOMPARE(alarm(">", 1, 0.1, "error").standing(), Standing::Warn);
    }

    void putsTheWorstFirst()
    {
        std::vector<Alarm> alarms{alarm(">", 1, 0.2), alarm(">", 1, QJsonValue()), alarm(">", 1, 0.9),
                                  alarm(">", 1, 0.5, "disabled"), alarm(">", 1, 0.1, "firing")};
        alarms = worstFirst(std::move(alarms));
        QCOMPARE(alarms.size(), size_t(4));
        QVERIFY(alarms[0].firing());
        QCOMPARE(alarms[1].value, std::optional(0.9));
        QVERIFY(!alarms[3].value);
    }

    void findsTheUnitOfItsExpression_data()
    {
        QTest::addColumn<QString>("expr");
        QTest::addColumn<int>("unit");
        QTest::newRow("gauge") << "host_disk_used_ratio{mount=\"/\"}" << int(Unit::Ratio);
        QTest::newRow("percent") << "host_disk_used_ratio * 100" << int(Unit::Percent);
        QTest::newRow("quantile") << "histogram_quantile(0.95, sum(rate(http_request_duration_seconds[5m])))"
                                  << int(Unit::Seconds);
        QTest::newRow("count") << "histogram_count(sum(rate(http_request_duration_seconds[5m])))"
                               << int(Unit::Plain);
        QTest::newRow("share")
            << "histogram_count(sum(rate(http_request_duration_seconds{status=~\"5..\"}[5m]))) / "
               "histogram_count(sum(rate(http_request_duration_seconds[5m])))"
            << int(Unit::Ratio);
        QTest::newRow("rate of bytes")
            << "rate(host_network_receive_bytes_total[1m])" << int(Unit::BytesPerSecond);
        QTest::newRow("money") << "increase(llm_cost_usd_total[1d])" << int(Unit::Dollars);
        QTest::newRow("plain") << "worker_threads" << int(Unit::Plain);
    }

    void findsTheUnitOfItsExpression()
    {
        QFETCH(QString, expr);
        QFETCH(int, unit);
        QCOMPARE(int(Alarm::fromJson({{"expr", expr}}).unit), unit);
    }
};

QTEST_GUILESS_MAIN(AlarmTest)
#include "AlarmTest.moc"

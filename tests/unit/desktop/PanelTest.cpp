#include "ui/desktop/data/Panel.h"

#include <QJsonDocument>
#include <QTest>

using namespace plimsoll::desktop;

namespace {

Alarm alarm(const QString &expr, double threshold)
{
    return Alarm::fromJson({{"expr", expr}, {"op", ">"}, {"threshold", threshold}, {"state", "inactive"}});
}

} // namespace

class PanelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void placesAlarmsOnTheirPanel_data()
    {
        QTest::addColumn<QString>("expr");
        QTest::addColumn<double>("threshold");
        QTest::addColumn<int>("panel");
        QTest::addColumn<double>("line");
        const QString requests = "http_request_duration_seconds";
        QTest::newRow("gauge") << "host_cpu_usage_ratio" << 0.9 << 3 << 0.9;
        QTest::newRow("gauge in percent") << "100 * host_cpu_usage_ratio" << 90.0 << 3 << 0.9;
        QTest::newRow("gauge over time") << "avg_over_time(host_cpu_usage_ratio[5m])" << 0.85 << 3 << 0.85;
        QTest::newRow("mount") << "host_disk_used_ratio{mount=\"/\"}" << 0.9 << 5 << 0.9;
        QTest::newRow("rate") << "sum(histogram_count(rate(" + requests + "[5m])))" << 100.0 << 0 << 100.0;
        QTest::newRow("p95") << "histogram_quantile(0.95, sum(rate(" + requests + "[2m])))" << 0.5 << 2
                             << 0.5;
        QTest::newRow("p95 in ms") << "histogram_quantile(0.95, sum(rate(" + requests + "[5m]))) * 1000"
                                   << 500.0 << 2 << 0.5;
        QTest::newRow("p99 is another curve")
            << "histogram_quantile(0.99, sum(rate(" + requests + "[5m])))" << 1.0 << -1 << 0.0;
        QTest::newRow("one route is not all")
            << "histogram_count(sum(rate(" + requests + "{route=\"/a\"}[5m])))" << 1.0 << -1 << 0.0;
        QTest::newRow("another metric") << "host_load1" << 1.0 << -1 << 0.0;
        QTest::newRow("a change of it") << "deriv(host_cpu_usage_ratio[5m])" << 1.0 << -1 << 0.0;
    }

    void placesAlarmsOnTheirPanel()
    {
        QFETCH(QString, expr);
        QFETCH(double, threshold);
        QFETCH(int, panel);
        QFETCH(double, line);
        const auto &panels = Panel::overview();
        for (int index = 0; index < int(panels.size()); index++) {
            const auto found = panels[size_t(index)].lineOf(alarm(expr, threshold));
            QCOMPARE(found.has_value(), index == panel);
            if (found)
                QCOMPARE(*found, line);
        }
    }

    void countsNoErrorsAsZero()
    {
        const Panel &errors = Panel::overview()[1];
        const auto drawn = errors.drawn({{"", {{2000, 1}}}, {"", {{1000, 4}, {2000, 4}, {3000, 0}}}});
        QCOMPARE(drawn.size(), size_t(1));
        QCOMPARE(drawn[0].points.size(), size_t(2));
        QCOMPARE(drawn[0].points[0].value, 0.0);
        QCOMPARE(drawn[0].points[1].value, 0.25);
    }

    void readsARangeAnswer()
    {
        const auto answer = QJsonDocument::fromJson(
            R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},)"
            R"("values":[[1.5,"2"],[2,"NaN"],[3,"+Inf"],[4,"x"],[5,"1e3"]]}]}})");
        const Curve curve = curveFrom("p95", answer.object());
        QCOMPARE(curve.points.size(), size_t(2));
        QCOMPARE(curve.points[0].timeMs, int64_t(1500));
        QCOMPARE(curve.points[1].value, 1000.0);
        QVERIFY(curveFrom("", {}).points.empty());
    }

    void keepsTheGridBetweenRefreshes()
    {
        const TimeSpan first = TimeSpan::last(3'600'000, 1'700'000'001'234, 240);
        const TimeSpan later = TimeSpan::last(3'600'000, 1'700'000'019'999, 240);
        QCOMPARE(first.stepMs, int64_t(15'000));
        QCOMPARE((later.toMs - first.toMs) % first.stepMs, int64_t(0));
        QCOMPARE(first.toMs - first.fromMs, int64_t(3'600'000));
        QVERIFY(first.toMs <= 1'700'000'001'234);
        QVERIFY(TimeSpan::last(60'000, 1'700'000'000'000, 0).stepMs >= 1000);
    }

    void widensTheWindowWithTheStep()
    {
        TimeSpan month;
        month.stepMs = 10'800'000;
        QVERIFY(Panel::overview()[0].query(0, month).contains("[10800s]"));
        QVERIFY(Panel::overview()[0].query(0, {}).contains("[60s]"));
    }
};

QTEST_GUILESS_MAIN(PanelTest)
#include "PanelTest.moc"

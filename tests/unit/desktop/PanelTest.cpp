#include "ui/desktop/data/OverviewPanels.h"

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
        QTest::newRow("p95 of increases")
            << "histogram_quantile(0.95, sum(increase(" + requests + "[2m])))" << 0.5 << 2 << 0.5;
        QTest::newRow("increase is no rate")
            << "histogram_count(sum(increase(" + requests + "[2m])))" << 9.0 << -1 << 0.0;
        QTest::newRow("error share") << "sum(histogram_count(increase(" + requests +
                                            "{status=~\"5..\"}[5m]))) / "
                                            "sum(histogram_count(increase(" +
                                            requests + "[5m])))"
                                     << 0.02 << 1 << 0.02;
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
        const auto panels = overviewPanels(nullptr, {});
        for (int index = 0; index < int(panels.size()); index++) {
            const auto found = panels[size_t(index)].lineOf(alarm(expr, threshold));
            QCOMPARE(found.has_value(), index == panel);
            if (found)
                QCOMPARE(*found, line);
        }
    }

    void countsNoErrorsAsZero()
    {
        const Panel errors = overviewPanels(nullptr, {})[1];
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
        QVERIFY(first.toMs >= 1'700'000'001'234);
        QVERIFY(TimeSpan::last(60'000, 1'700'000'000'000, 0).stepMs >= 1000);
    }

    void leavesOutRowsWithoutData()
    {
        const auto ids = [](const std::vector<Panel> &panels) {
            QStringList all;
            for (const Panel &panel : panels)
                all << QString::number(panel.row) + panel.id;
            return all;
        };
        std::vector<Metric> metrics{{"host_load1", "gauge", 1, 5}};
        QCOMPARE(ids(overviewPanels(&metrics, {})),
                 (QStringList{"0CPU", "0Memory", "0Disk, fullest", "1Network in", "1Network out", "1Load"}));
        metrics.push_back({"revenue", "distribution", 1, 5});
        QCOMPARE(ids(overviewPanels(&metrics, {"revenue"})),
                 (QStringList{"0revenue", "1CPU", "1Memory", "1Disk, fullest"}));
        metrics.push_back({"http_request_duration_seconds", "distribution", 1, 5});
        QCOMPARE(overviewPanels(&metrics, {"revenue"}).back().row, 2);
    }

    void keepsOwnMetricsInTheirPlace()
    {
        std::vector<Metric> metrics{{"a", "gauge", 1, 1},
                                    {"b", "gauge", 1, 9},
                                    {"host_x", "gauge", 1, 10},
                                    {"c", "gauge", 1, 5},
                                    {"d", "gauge", 1, 7}};
        const QStringList first = chosenOwn(metrics, {});
        QCOMPARE(first, (QStringList{"b", "d", "c"}));
        metrics[0].lastMs = 100;
        QCOMPARE(chosenOwn(metrics, first), first);
        QCOMPARE(chosenOwn({{"c", "gauge", 1, 1}, {"a", "gauge", 1, 1}}, first), (QStringList{"c", "a"}));
        QCOMPARE(
            chosenOwn({{"ALERTS", "gauge", 1, 3}, {"check_up", "gauge", 1, 2}, {"checkouts", "gauge", 1, 1}},
                      {}),
            QStringList{"checkouts"});
    }

    void asksForWhatAMetricMeans_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("series");
        QTest::addColumn<QString>("query");
        QTest::newRow("event") << "revenue"
                               << "distribution" << 2 << "histogram_sum(sum(increase(revenue[60s])))";
        QTest::newRow("measure") << "job_seconds"
                                 << "distribution" << 1
                                 << "histogram_quantile(0.95, sum(rate(job_seconds[60s])))";
        QTest::newRow("counter") << "jobs_total"
                                 << "counter" << 3 << "sum(increase(jobs_total[60s]))";
        QTest::newRow("gauge") << "queue"
                               << "gauge" << 1 << "queue";
        QTest::newRow("gauges") << "queue"
                                << "gauge" << 2 << "avg(queue)";
    }

    void asksForWhatAMetricMeans()
    {
        QFETCH(QString, name);
        QFETCH(QString, kind);
        QFETCH(int, series);
        QFETCH(QString, query);
        const std::vector<Metric> metrics{{name, kind, series, 1}};
        QCOMPARE(overviewPanels(&metrics, {name})[0].query(0, {}), query);
    }

    void widensTheWindowWithTheStep()
    {
        TimeSpan month;
        month.stepMs = 10'800'000;
        QVERIFY(overviewPanels(nullptr, {})[0].query(0, month).contains("[10800s]"));
        QVERIFY(overviewPanels(nullptr, {})[0].query(0, {}).contains("[60s]"));
    }
};

QTEST_GUILESS_MAIN(PanelTest)
#include "PanelTest.moc"

#include "server/api/TextExposition.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

SnapshotSeries series(Labels labels, double value)
{
    return {std::make_shared<const Labels>(std::move(labels)), 0, value, {}};
}

SnapshotSeries series(Labels labels, Histogram histogram)
{
    return {std::make_shared<const Labels>(std::move(labels)), 0, 0, std::move(histogram)};
}

Snapshot example()
{
    Histogram durations(Histogram::ownSchema);
    durations.observe(0.004);
    durations.observe(0.03, 2);
    durations.observe(100);
    Snapshot snapshot;
    snapshot.metrics.push_back({"host_load1", Kind::Gauge, {series({{"__name__", "host_load1"}}, 0.5)}});
    snapshot.metrics.push_back(
        {"llm_cost_usd_total",
         Kind::Delta,
         {series({{"__name__", "llm_cost_usd_total"}, {"model", "a\"b\\c\nd"}}, 12.5)}});
    snapshot.metrics.push_back(
        {"http_request_duration_seconds",
         Kind::Distribution,
         {series({{"__name__", "http_request_duration_seconds"}, {"route", "/a"}}, durations)}});
    return snapshot;
}

} // namespace

class TextExpositionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void choosesTheFormThatIsWanted()
    {
        QCOMPARE(preferredForm(""), SnapshotForm::Json);
        QCOMPARE(preferredForm("*/*"), SnapshotForm::Json);
        QCOMPARE(preferredForm("text/html,application/xhtml+xml,*/*;q=0.8"), SnapshotForm::Json);
        QCOMPARE(preferredForm("text/plain"), SnapshotForm::Text);
        QCOMPARE(preferredForm("text/plain;version=0.0.4;q=0.5,*/*;q=0.1"), SnapshotForm::Text);
        QCOMPARE(preferredForm(
                     "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
                 SnapshotForm::OpenMetrics);
        QCOMPARE(preferredForm("application/openmetrics-text;q=0.2, text/plain; q=0.7"), SnapshotForm::Text);
        QCOMPARE(preferredForm("application/json, text/plain;q=0.9"), SnapshotForm::Json);
        QCOMPARE(preferredForm(",;q=,;;text/plain;q=x"), SnapshotForm::Json);
    }

    void asksForTheHelpThatItDoesNotHave()
    {
        Snapshot snapshot;
        snapshot.metrics = {{"foreign", Kind::Gauge, {}}};
        const auto helpOf = [](std::string_view metric) { return std::string(metric) + " \"a\"\\b\nc"; };
        QVERIFY(has(writeExposition(snapshot, SnapshotForm::Text, ShowTimes::No, helpOf),
                    "# HELP foreign foreign \"a\"\\\\b\\nc\n"));
        QVERIFY(has(writeExposition(snapshot, SnapshotForm::OpenMetrics, ShowTimes::No, helpOf),
                    "# HELP foreign foreign \\\"a\\\"\\\\b\\nc\n"));
    }

    /// A distribution `a` shows a_sum, and another sender has a series of that very name.
    void tellsPartsOfOneMetricFromOthers()
    {
        Histogram all(6);
        all.observe(1);
        const auto labels = std::make_shared<const Labels>();
        Snapshot snapshot;
        snapshot.metrics = {{"a", Kind::Distribution, {{labels, 1, 0, all}}},
                            {"a_sum", Kind::Gauge, {{labels, 1, 7, {}}}},
                            {"a_total", Kind::Counter, {{labels, 1, 8, {}}}}};
        const std::string text = writeExposition(snapshot, SnapshotForm::Text);
        QVERIFY(has(text, "# TYPE U__a__sum gauge\nU__a__sum 7\n"));
        QVERIFY(has(text, "\na_sum 1\n"));
        QVERIFY(has(text, "# TYPE a_total counter\na_total 8\n"));
        const std::string open = writeExposition(snapshot, SnapshotForm::OpenMetrics);
        QVERIFY(has(open, "# TYPE U__a_ counter\nU__a__total 8\n"));
    }

    void writesText()
    {
        const std::string text = writeExposition(example(), SnapshotForm::Text);
        QVERIFY(
            has(text,
                "# HELP host_load1 Load average over 1 minute.\n# TYPE host_load1 gauge\nhost_load1 0.5\n"));
        QVERIFY(has(
            text, "# TYPE llm_cost_usd_total counter\nllm_cost_usd_total{model=\"a\\\"b\\\\c\\nd\"} 12.5\n"));
        QVERIFY(has(text, "# TYPE http_request_duration_seconds histogram\n"));
        QVERIFY(has(text, "http_request_duration_seconds_bucket{route=\"/a\",le=\"0.00390625\"} 0\n"));
        QVERIFY(has(text, "http_request_duration_seconds_bucket{route=\"/a\",le=\"0.0078125\"} 1\n"));
        QVERIFY(has(text, "http_request_duration_seconds_bucket{route=\"/a\",le=\"0.03125\"} 3\n"));
        QVERIFY(has(text, "http_request_duration_seconds_bucket{route=\"/a\",le=\"64\"} 3\n"));
        QVERIFY(has(text, "http_request_duration_seconds_bucket{route=\"/a\",le=\"+Inf\"} 4\n"));
        QVERIFY(has(text, "http_request_duration_seconds_sum{route=\"/a\"} 100.064\n"));
        QVERIFY(has(text, "http_request_duration_seconds_count{route=\"/a\"} 4\n"));
        QVERIFY(!has(text, "# EOF"));
    }

    void writesOpenMetrics()
    {
        const std::string text = writeExposition(example(), SnapshotForm::OpenMetrics);
        QVERIFY(has(text, "# TYPE llm_cost_usd counter\nllm_cost_usd_total{"));
        QVERIFY(has(text, "le=\"64.0\"} 3\n"));
        QVERIFY(text.ends_with("# EOF\n"));
        Snapshot plain;
        plain.metrics.push_back({"revenue", Kind::Delta, {series({{"__name__", "revenue"}}, 49)}});
        QVERIFY(has(writeExposition(plain, SnapshotForm::OpenMetrics),
                    "# TYPE revenue counter\nrevenue_total 49\n"));
        QVERIFY(has(writeExposition(plain, SnapshotForm::Text), "# TYPE revenue counter\nrevenue 49\n"));
    }

    void namesThatBecomeTheSameStayApart()
    {
        Snapshot snapshot;
        for (const char *name : {"my.metric", "my_metric"})
            snapshot.metrics.push_back({name, Kind::Gauge, {series({{"__name__", name}, {"a.b", "c"}}, 1)}});
        const std::string text = writeExposition(snapshot, SnapshotForm::Text);
        QVERIFY(has(text, "\nmy_metric{a_b=\"c\"} 1\n"));
        QVERIFY(has(text, "\nU__my__metric{a_b=\"c\"} 1\n"));
    }

    void countsUpToABound()
    {
        Histogram histogram(Histogram::ownSchema);
        for (const double value : {-5.0, 0.0, 0.25, 1.0, 3.0})
            histogram.observe(value);
        QCOMPARE(observationsUpTo(histogram, 0.25), 3.0);
        QCOMPARE(observationsUpTo(histogram, 1), 4.0);
        QCOMPARE(observationsUpTo(histogram, 4), 5.0);
    }

    /// The peers' own checker, where this machine has it.
    void promtoolIsContent()
    {
        const QString promtool = QStandardPaths::findExecutable("promtool");
        if (promtool.isEmpty())
            QSKIP("promtool is not installed");
        QProcess check;
        check.start(promtool, {"check", "metrics"});
        QVERIFY(check.waitForStarted(30'000));
        check.write(QByteArray::fromStdString(writeExposition(example(), SnapshotForm::Text)));
        check.closeWriteChannel();
        QVERIFY(check.waitForFinished(30'000));
        QCOMPARE(check.readAllStandardError(), QByteArray());
        QCOMPARE(check.exitCode(), 0);
    }

private:
    static bool has(const std::string &text, const std::string &part)
    {
        return text.find(part) != std::string::npos;
    }
};

QTEST_GUILESS_MAIN(TextExpositionTest)
#include "TextExpositionTest.moc"

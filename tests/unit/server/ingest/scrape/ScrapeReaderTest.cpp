#include "server/ingest/scrape/ScrapeReader.h"
#include "storage/model/Staleness.h"

#include <QTest>

#include <bit>
#include <set>

using namespace plimsoll;
using namespace plimsoll::ingest;

namespace {

constexpr int64_t atMs = 1'790'000'000'000;

ScrapeTarget usual()
{
    ScrapeTarget target;
    target.labels = {{"instance", "h:1"}, {"job", "j"}};
    return target;
}

/// One line for each sample: series, value and how far its time is from `atMs`; sorted, without the report.
std::multiset<std::string> samplesOf(const Batch &batch)
{
    std::multiset<std::string> out;
    for (const auto &sample : batch.floats) {
        const auto labels = Labels::fromKey(batch.series[sample.series].canonicalKey());
        const std::string value =
            isStale(sample.value) ? "stale" : QByteArray::number(sample.value).toStdString();
        out.insert(labels->toString() + ' ' + value + ' ' + std::to_string(sample.timestampMs - atMs));
    }
    return out;
}

using Lines = std::multiset<std::string>;

QByteArray shown(const Lines &lines)
{
    QByteArray out;
    for (const std::string &line : lines)
        out += QByteArray::fromStdString(line) + '\n';
    return out;
}

/// A reader with the batches of its scrapes.
struct Scrapes
{
    explicit Scrapes(const ScrapeTarget &target = usual())
        : reader(target)
    {
    }

    QByteArray scrape(const std::string &body, int64_t timeMs = atMs,
                      ExpositionForm form = ExpositionForm::Text)
    {
        batch.clear();
        outcome = reader.read(body, form, timeMs, batch);
        reader.markVanished(timeMs, !outcome.error.empty(), batch);
        return shown(samplesOf(batch));
    }
    QByteArray report(int64_t timeMs = atMs)
    {
        batch.clear();
        reader.report(outcome, timeMs, batch);
        return shown(samplesOf(batch));
    }

    ScrapeReader reader;
    ScrapeOutcome outcome;
    Batch batch;
};

} // namespace

class ScrapeReaderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void putsTheTargetsLabels()
    {
        Scrapes scrapes;
        QCOMPARE(
            scrapes.scrape("# TYPE a counter\na{x=\"1\"} 2\nb 3\n"),
            QByteArray("a{instance=\"h:1\",job=\"j\",x=\"1\"} 2 0\nb{instance=\"h:1\",job=\"j\"} 3 0\n"));
        QCOMPARE(scrapes.outcome.samples, uint64_t(2));
        QCOMPARE(scrapes.batch.series[0].kind, Kind::Counter);
        QCOMPARE(scrapes.batch.series[1].kind, Kind::Untyped);
        QVERIFY(scrapes.batch.series[1].adoptsKind);
    }

    void renamesLabelsThatClash()
    {
        Scrapes scrapes;
        QCOMPARE(scrapes.scrape("a{job=\"own\",exported_job=\"e\"} 1\n"),
                 QByteArray(
                     "a{exported_exported_job=\"own\",exported_job=\"e\",instance=\"h:1\",job=\"j\"} 1 0\n"));
        ScrapeTarget target = usual();
        target.honorLabels = true;
        Scrapes honouring(target);
        QCOMPARE(honouring.scrape("a{job=\"own\"} 1\n"), QByteArray("a{instance=\"h:1\",job=\"own\"} 1 0\n"));
    }

    void keepsTimestampsUnlessToldOtherwise()
    {
        Scrapes scrapes;
        QCOMPARE(scrapes.scrape("a 1 1789999999000\n"),
                 QByteArray("a{instance=\"h:1\",job=\"j\"} 1 -1000\n"));
        // A series with times of its own is not marked when it vanishes.
        QCOMPARE(scrapes.scrape("", atMs + 10), QByteArray());
        ScrapeTarget target = usual();
        target.honorTimestamps = false;
        QCOMPARE(Scrapes(target).scrape("a 1 1789999999000\n"),
                 QByteArray("a{instance=\"h:1\",job=\"j\"} 1 0\n"));
        QCOMPARE(Scrapes().scrape("a 1 1789999999.5\n# EOF\n", atMs, ExpositionForm::OpenMetrics),
                 QByteArray("a{instance=\"h:1\",job=\"j\"} 1 -500\n"));
        target = usual();
        target.trackTimestampsStaleness = true;
        Scrapes tracking(target);
        tracking.scrape("a 1 1789999999000\n");
        QCOMPARE(tracking.scrape("", atMs + 10), QByteArray("a{instance=\"h:1\",job=\"j\"} stale 10\n"));
    }

    void marksWhatVanished()
    {
        Scrapes scrapes;
        scrapes.scrape("a 1\nb 1\n");
        QCOMPARE(
            scrapes.scrape("a 2\n", atMs + 1000),
            QByteArray("a{instance=\"h:1\",job=\"j\"} 2 1000\nb{instance=\"h:1\",job=\"j\"} stale 1000\n"));
        // Once is enough.
        QCOMPARE(scrapes.scrape("a 2\n", atMs + 2000), QByteArray("a{instance=\"h:1\",job=\"j\"} 2 2000\n"));
        // A scrape that fails marks all, and takes nothing.
        QCOMPARE(scrapes.scrape("a 3\nb x\n", atMs + 3000),
                 QByteArray("a{instance=\"h:1\",job=\"j\"} stale 3000\n"));
        QCOMPARE(scrapes.outcome.error, std::string("line 2: The value of \"b\" is not a number."));
        QCOMPARE(scrapes.scrape("a 4\n", atMs + 4000), QByteArray("a{instance=\"h:1\",job=\"j\"} 4 4000\n"));
    }

    /// Some exporters print the labels of a series in another order each time.
    void knowsASeriesWhoseLabelsComeInAnotherOrder()
    {
        Scrapes scrapes;
        scrapes.scrape("a{x=\"1\",y=\"2\"} 1\n");
        QCOMPARE(scrapes.scrape("a{y=\"2\",x=\"1\"} 2\n"),
                 QByteArray("a{instance=\"h:1\",job=\"j\",x=\"1\",y=\"2\"} 2 0\n"));
    }

    void reportsWhatItSaw()
    {
        ScrapeTarget target = usual();
        RelabelRule drop;
        drop.action = RelabelRule::Action::Drop;
        drop.sourceLabels = {"__name__"};
        drop.regex = "b";
        target.metricRelabel = *Relabel::compile({drop});
        Scrapes scrapes(target);
        scrapes.scrape("a 1\nb 1\n");
        scrapes.outcome.seconds = 0.5;
        QCOMPARE(scrapes.report(),
                 QByteArray("scrape_duration_seconds{instance=\"h:1\",job=\"j\"} 0.5 0\n"
                            "scrape_samples_post_metric_relabeling{instance=\"h:1\",job=\"j\"} 1 0\n"
                            "scrape_samples_scraped{instance=\"h:1\",job=\"j\"} 2 0\n"
                            "scrape_series_added{instance=\"h:1\",job=\"j\"} 1 0\n"
                            "up{instance=\"h:1\",job=\"j\"} 1 0\n"));
        scrapes.scrape("a 1\nb 1\n");
        QVERIFY(scrapes.report().contains("scrape_series_added{instance=\"h:1\",job=\"j\"} 0 0\n"));
        scrapes.outcome.error = "away";
        QVERIFY(scrapes.report().contains("up{instance=\"h:1\",job=\"j\"} 0 0\n"));
        Batch batch;
        scrapes.reader.markEnded(atMs, batch);
        QCOMPARE(batch.floats.size(), size_t(6));
        for (const auto &sample : batch.floats)
            QVERIFY(isStale(sample.value));
    }

    void failsBeyondItsBounds_data()
    {
        QTest::addColumn<QByteArray>("bound");
        QTest::addColumn<QByteArray>("word");
        for (const char *bound :
             {"sample_limit", "label_limit", "label_name_length_limit", "label_value_length_limit"})
            QTest::newRow(bound) << QByteArray(bound);
    }
    void failsBeyondItsBounds()
    {
        QFETCH(QByteArray, bound);
        ScrapeTarget target = usual();
        target.bounds.samples = bound == "sample_limit" ? 2 : 0;
        target.bounds.labels = bound == "label_limit" ? 4 : 0;
        target.bounds.labelNameBytes = bound == "label_name_length_limit" ? 8 : 0;
        target.bounds.labelValueBytes = bound == "label_value_length_limit" ? 3 : 0;
        Scrapes scrapes(target);
        QCOMPARE(scrapes.scrape("a 1\nb{c=\"1\"} 1\n").count('\n'), 2);
        QCOMPARE(scrapes.scrape("a 1\nb 1\nc{a=\"1234\",long_name=\"1\"} 1\n").count("stale"), 2);
        QVERIFY2(scrapes.outcome.error.find(bound.toStdString()) != std::string::npos,
                 scrapes.outcome.error.c_str());
    }

    void leavesOutWhatTheApplianceDoesNotTake()
    {
        Scrapes scrapes;
        const std::string longValue(2000, 'x');
        QCOMPARE(scrapes.scrape("a{l=\"" + longValue + "\"} 1\nb 1\n").count('\n'), 1);
        QCOMPARE(scrapes.outcome.refused, uint64_t(1));
        QCOMPARE(scrapes.outcome.error, std::string());
        QCOMPARE(scrapes.batch.rejections.size(), size_t(1));
    }

    void wantsTheEndOfOpenMetrics()
    {
        Scrapes scrapes;
        scrapes.scrape("a 1\n", atMs, ExpositionForm::OpenMetrics);
        QVERIFY(scrapes.outcome.error.find("# EOF") != std::string::npos);
    }

    void tellsFamiliesWhenTheyChange()
    {
        Scrapes scrapes;
        const std::string body = "# HELP a Of \\\\ a\\nb.\n# TYPE a counter\n# UNIT a seconds\na_total 1\n"
                                 "# HELP \"b.c d\" x\n{\"b.c d\"} 1\n# EOF\n";
        scrapes.scrape(body, atMs, ExpositionForm::OpenMetrics);
        QCOMPARE(scrapes.outcome.error, std::string());
        QCOMPARE(scrapes.batch.descriptions.size(), size_t(2));
        QCOMPARE(scrapes.batch.descriptions[0],
                 (Batch::Description{"a", "counter", "Of \\ a\nb.", "seconds"}));
        QCOMPARE(scrapes.batch.descriptions[1].family, std::string("b.c d"));
        scrapes.scrape(body, atMs, ExpositionForm::OpenMetrics);
        QCOMPARE(scrapes.batch.descriptions.size(), size_t(0));
        QCOMPARE(scrapes.reader.families().size(), size_t(2));
    }

    /// What was shown once must not be remembered for ever.
    void forgetsLines()
    {
        Scrapes scrapes;
        for (int round = 0; round < 20; round++) {
            std::string body;
            for (int i = 0; i < 2000; i++)
                body += "a{i=\"" + std::to_string(round * 2000 + i) + "\"} 1\n";
            scrapes.scrape(body);
            QCOMPARE(scrapes.batch.floats.size(), size_t(round == 0 ? 2000 : 4000));
        }
    }
};

QTEST_GUILESS_MAIN(ScrapeReaderTest)
#include "ScrapeReaderTest.moc"

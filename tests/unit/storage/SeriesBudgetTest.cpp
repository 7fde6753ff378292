#include "storage/model/LabelsKey.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

using namespace plimsoll;
using plimsoll::test::TemporaryEngine;

namespace {

/// A rule with a budget, which hides the label `mail` where told.
class Rule final : public NewSeriesRule
{
public:
    explicit Rule(uint64_t budget, bool hidesMail = false)
        : m_budget(budget)
        , m_hidesMail(hidesMail)
    {
    }

    std::optional<Refusal> refusal(std::string_view key) const override
    {
        const auto labels = Labels::fromKey(key);
        if (labels && labels->contains("bad"))
            return Refusal{"too_bad", "The label bad is."};
        return std::nullopt;
    }
    std::optional<std::string> rewritten(std::string_view key) const override
    {
        auto labels = Labels::fromKey(key);
        if (!m_hidesMail || !labels || !labels->contains("mail") || labels->value("mail") == "hidden")
            return std::nullopt;
        labels->set("mail", "hidden");
        return labels->key();
    }
    uint64_t maxActiveSeries() const override { return m_budget; }
    int64_t maxAgeMs() const override { return 60'000; }
    int64_t maxFutureMs() const override { return 60'000; }

private:
    const uint64_t m_budget;
    const bool m_hidesMail;
};

/// One sample each of `count` series that differ in a label, every one an item.
Batch batchOf(const std::string &name, Kind kind, int count, int64_t timestampMs, uint64_t budget,
              const std::string &label = "user", bool hidesMail = false)
{
    Batch batch;
    batch.rule = std::make_shared<Rule>(budget, hidesMail);
    for (int i = 0; i < count; i++) {
        const Labels labels{{"__name__", name}, {"plan", "pro"}, {label, "u" + std::to_string(i)}};
        const auto position = uint32_t(batch.series.size());
        batch.series.push_back({labels.key(), kind, false, batch.itemCount});
        batch.floats.push_back({position, timestampMs, 1.5, batch.itemCount++});
    }
    return batch;
}

std::map<std::string, double> sumsOf(TemporaryEngine &engine, const std::string &name)
{
    std::map<std::string, double> sums;
    const auto reader = engine->openReader();
    const std::vector<Matcher> matchers{{"__name__", Matcher::Op::Equal, name}};
    const auto found = reader->select(defaultProject, matchers, 0, INT64_MAX / 2);
    for (const SelectedSeries &series : *found) {
        FloatColumns columns;
        (void)reader->readFloats(series.id, 0, INT64_MAX / 2, columns);
        for (const double value : columns.values)
            sums[series.labels->toString()] += value;
    }
    return sums;
}

} // namespace

class SeriesBudgetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void incrementsBeyondTheBudgetAreCountedUnderOther()
    {
        TemporaryEngine engine;
        const int64_t nowMs = engine.clock.nowMs();
        const auto receipt = engine.commit(batchOf("revenue", Kind::Delta, 500, nowMs, 10));
        QVERIFY(receipt.status.ok());
        QCOMPARE(receipt.accepted, 500U);
        const auto sums = sumsOf(engine, "revenue");
        QCOMPARE(sums.size(), size_t(11));
        QCOMPARE(sums.at(R"(revenue{plan="pro",user="__other__"})"), 490 * 1.5);
        double total = 0;
        for (const auto &[series, sum] : sums)
            total += sum;
        QCOMPARE(total, 500 * 1.5);

        const SeriesUse use = engine->seriesUse(defaultProject);
        QCOMPARE(use.excess.size(), size_t(1));
        QCOMPARE(use.excess[0].name, std::string("revenue"));
        QCOMPARE(use.excess[0].label, std::string("user"));
        QCOMPARE(use.excess[0].folded, uint64_t(490));
        QCOMPARE(use.active, uint64_t(11));
    }

    void observationsBeyondTheBudgetAreCountedUnderOther()
    {
        TemporaryEngine engine;
        const auto receipt =
            engine.commit(batchOf("latency", Kind::Distribution, 30, engine.clock.nowMs(), 10));
        QCOMPARE(receipt.accepted, 30U);
        const auto reader = engine->openReader();
        const std::vector<Matcher> matchers{{"user", Matcher::Op::Equal, "__other__"}};
        const auto found = reader->select(defaultProject, matchers, 0, INT64_MAX / 2);
        QCOMPARE(found->size(), size_t(1));
        HistogramColumns columns;
        QVERIFY(reader->readHistograms(found->front().id, 0, INT64_MAX / 2, columns).ok());
        double count = 0;
        for (const Histogram &histogram : columns.values)
            count += histogram.count();
        QCOMPARE(count, 20.0);
    }

    void otherNewSeriesAreRefusedAndTheLabelIsNamed()
    {
        TemporaryEngine engine;
        const auto first = engine.commit(batchOf("temp", Kind::Gauge, 10, engine.clock.nowMs(), 10));
        QCOMPARE(first.accepted, 10U);
        const auto receipt = engine.commit(batchOf("temp", Kind::Gauge, 12, engine.clock.nowMs(), 10));
        QVERIFY(receipt.status.ok());
        QCOMPARE(receipt.accepted, 10U); // the known ones go on
        QCOMPARE(receipt.rejections.size(), size_t(2));
        QCOMPARE(receipt.rejections[0].item, 10U);
        QCOMPARE(receipt.rejections[0].code, std::string("over_series_budget"));
        QVERIFY2(receipt.rejections[0].message.find("\"user\"") != std::string::npos,
                 receipt.rejections[0].message.c_str());
        QCOMPARE(engine->seriesUse(defaultProject).excess[0].refused, uint64_t(2));
        QCOMPARE(engine->stats().series, uint64_t(10));
    }

    void aBudgetIsOfOneProject()
    {
        TemporaryEngine engine;
        QCOMPARE(engine.commit(batchOf("temp", Kind::Gauge, 10, engine.clock.nowMs(), 10)).accepted, 10U);
        Batch other = batchOf("temp", Kind::Gauge, 10, engine.clock.nowMs(), 10);
        other.project = 7;
        QCOMPARE(engine.commit(std::move(other)).accepted, 10U);
        QCOMPARE(engine->seriesUse(7).active, uint64_t(10));
    }

    void manyNewNamesCannotLeaveTheBudget()
    {
        TemporaryEngine engine;
        for (int i = 0; i < 500; i++)
            engine.commit(batchOf("name" + std::to_string(i), Kind::Delta, 1, engine.clock.nowMs(), 10));
        QVERIFY(engine->stats().series <= 10 + SeriesBudgetTest::reserve);
    }

    void seriesThatFellSilentMakeRoom()
    {
        TemporaryEngine engine;
        QCOMPARE(engine.commit(batchOf("a", Kind::Gauge, 10, engine.clock.nowMs(), 10)).accepted, 10U);
        QCOMPARE(engine.commit(batchOf("b", Kind::Gauge, 5, engine.clock.nowMs(), 10)).accepted, 0U);
        engine.clock.advance(80 * 60'000);
        QCOMPARE(engine.commit(batchOf("b", Kind::Gauge, 5, engine.clock.nowMs(), 10)).accepted, 5U);
        QCOMPARE(engine->seriesUse(defaultProject).active, uint64_t(5));
    }

    void aSeriesThatIsSentStaysActive()
    {
        TemporaryEngine engine;
        for (int i = 0; i < 20; i++) {
            QCOMPARE(engine.commit(batchOf("a", Kind::Gauge, 10, engine.clock.nowMs(), 10)).accepted, 10U);
            QCOMPARE(engine->seriesUse(defaultProject).active, uint64_t(10));
            engine.clock.advance(10 * 60'000);
        }
    }

    void aRestartKeepsTheCounts_data()
    {
        QTest::addColumn<bool>("clean");
        QTest::newRow("after a clean stop") << true;
        QTest::newRow("after a crash") << false;
    }
    void aRestartKeepsTheCounts()
    {
        QFETCH(bool, clean);
        TemporaryEngine engine;
        QCOMPARE(engine.commit(batchOf("a", Kind::Gauge, 10, engine.clock.nowMs(), 10)).accepted, 10U);
        clean ? engine.restart() : engine.crash();
        QCOMPARE(engine->seriesUse(defaultProject).active, uint64_t(10));
        QCOMPARE(engine.commit(batchOf("b", Kind::Gauge, 5, engine.clock.nowMs(), 10)).accepted, 0U);
        QCOMPARE(engine.commit(batchOf("a", Kind::Gauge, 10, engine.clock.nowMs(), 10)).accepted, 10U);
    }

    void whatBringsNoRuleHasNoBudget()
    {
        TemporaryEngine engine;
        Batch batch = batchOf("own", Kind::Gauge, 50, engine.clock.nowMs(), 10);
        batch.rule.reset();
        QCOMPARE(engine.commit(std::move(batch)).accepted, 50U);
        QCOMPARE(engine->seriesUse(defaultProject).active, uint64_t(0));
    }

    void aRuleRefusesNewSeriesInItsOwnWords()
    {
        TemporaryEngine engine;
        const auto receipt = engine.commit(batchOf("a", Kind::Gauge, 2, engine.clock.nowMs(), 10, "bad"));
        QCOMPARE(receipt.accepted, 0U);
        QCOMPARE(receipt.rejections[1].code, std::string("too_bad"));
        QCOMPARE(receipt.rejections[1].message, std::string("The label bad is."));
        QCOMPARE(engine->stats().series, uint64_t(0));
    }

    void aRuleBoundsTimes()
    {
        TemporaryEngine engine;
        const int64_t nowMs = engine.clock.nowMs();
        QCOMPARE(engine.commit(batchOf("a", Kind::Gauge, 1, nowMs - 61'000, 10)).rejections[0].code,
                 std::string("too_old"));
        QCOMPARE(engine.commit(batchOf("a", Kind::Gauge, 1, nowMs + 61'000, 10)).rejections[0].code,
                 std::string("in_future"));
        QCOMPARE(engine.commit(batchOf("a", Kind::Gauge, 1, nowMs - 60'000, 10)).accepted, 1U);
    }

    void aRewrittenSeriesIsStoredAndShownAsSuch()
    {
        TemporaryEngine engine;
        for (int round = 0; round < 2; round++) {
            Batch batch = batchOf("a", Kind::Delta, 30, engine.clock.nowMs() + round, 10, "mail", true);
            CommitReceipt receipt = engine->stage(batch);
            QVERIFY(receipt.status.ok() && engine->commit().ok());
            QCOMPARE(receipt.accepted, 30U);
            for (const auto &series : batch.series)
                QCOMPARE(Labels::fromKey(series.canonicalKey())->toString(),
                         std::string(R"(a{mail="hidden",plan="pro"})"));
        }
        const auto sums = sumsOf(engine, "a");
        QCOMPARE(sums.size(), size_t(1));
        QCOMPARE(sums.begin()->second, 60 * 1.5);
    }

    void decodersLearnWhatBecameOfASeries()
    {
        TemporaryEngine engine;
        engine.commit(batchOf("a", Kind::Delta, 10, engine.clock.nowMs(), 10));
        const auto owner = std::make_shared<KnownOwner>();
        const KnownSeries known(Labels({{"__name__", "a"}, {"plan", "pro"}, {"user", "new"}}).key());
        for (int i = 0; i < 3; i++) {
            Batch batch;
            batch.rule = std::make_shared<Rule>(10);
            batch.knownOwner = owner;
            batch.itemCount = 1;
            batch.series.push_back({{}, Kind::Delta, false, 0, &known});
            batch.floats.push_back({0, engine.clock.nowMs() + i, 2, 0});
            QCOMPARE(engine.commit(std::move(batch)).accepted, 1U);
        }
        QCOMPARE(owner->strangers.load(), 1U);
        QCOMPARE(sumsOf(engine, "a").at(R"(a{plan="pro",user="__other__"})"), 6.0);
    }

private:
    static constexpr uint64_t reserve = 64;
};

QTEST_GUILESS_MAIN(SeriesBudgetTest)
#include "SeriesBudgetTest.moc"

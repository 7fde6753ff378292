#include "storage/model/Staleness.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <map>
#include <set>

using namespace plimsoll;
using plimsoll::test::TemporaryEngine;

namespace {

/// Drops labels of every metric of its project.
struct Drops
{
    std::set<std::string> labels;
    uint64_t version = 0;

    void set(std::set<std::string> now)
    {
        labels = std::move(now);
        version++;
    }
};

class Rule final : public NewSeriesRule
{
public:
    explicit Rule(const Drops &drops, uint64_t budget = 0, bool applies = true)
        : m_drops(drops)
        , m_budget(budget)
        , m_applies(applies)
    {
    }

    std::optional<Refusal> refusal(std::string_view key) const override
    {
        const auto labels = Labels::fromKey(key);
        return labels->contains("bad") ? std::optional(Refusal{"too_bad", "It is bad."}) : std::nullopt;
    }
    std::optional<std::string> rewritten(std::string_view key) const override
    {
        auto labels = Labels::fromKey(key);
        if (!labels->contains("mail") || labels->value("mail") == "hidden")
            return std::nullopt;
        labels->set("mail", "hidden");
        return labels->key();
    }
    std::optional<std::string> withoutDropped(std::string_view key) const override
    {
        auto labels = Labels::fromKey(key);
        const size_t before = labels->size();
        for (const std::string &label : m_drops.labels)
            labels->remove(label);
        return labels->size() == before ? std::nullopt : std::optional(labels->key());
    }
    bool dropsLabels() const override { return m_applies && !m_drops.labels.empty(); }
    uint64_t dropsVersion() const override { return m_drops.version; }
    uint64_t maxActiveSeries() const override { return m_budget; }

private:
    const Drops &m_drops;
    const uint64_t m_budget;
    const bool m_applies;
};

/// A decoder's memory of series that differ in `user`.
struct Memory : KnownOwner
{
    std::vector<std::unique_ptr<KnownSeries>> series;

    Memory(const std::string &name, int count)
    {
        for (int i = 0; i < count; i++) {
            series.push_back(std::make_unique<KnownSeries>());
            series.back()->setKey(
                Labels({{"__name__", name}, {"plan", "pro"}, {"user", "u" + std::to_string(i)}}).key(), true);
        }
    }
};

} // namespace

class DroppedLabelsTest : public QObject
{
    Q_OBJECT

    Drops m_drops;
    std::shared_ptr<NewSeriesRule> m_rule;

    /// One sample each of series that differ in `user`, every one an item; `memory` may know them.
    Batch batchOf(const std::string &name, Kind kind, const std::vector<double> &values, int64_t timestampMs,
                  const std::shared_ptr<Memory> &memory = nullptr, const std::string &label = "user")
    {
        Batch batch;
        batch.rule = m_rule;
        batch.knownOwner = memory;
        for (size_t i = 0; i < values.size(); i++) {
            Batch::Series series{{}, kind, false, batch.itemCount};
            if (memory)
                series.known = memory->series[i].get();
            else
                series.key =
                    Labels({{"__name__", name}, {"plan", "pro"}, {label, "u" + std::to_string(i)}}).key();
            batch.floats.push_back(
                {uint32_t(batch.series.size()), timestampMs, values[i], batch.itemCount++});
            batch.series.push_back(std::move(series));
        }
        return batch;
    }

    static std::vector<SelectedSeries> seriesOf(TemporaryEngine &engine, const std::string &name,
                                                ProjectId project = defaultProject)
    {
        const std::vector<Matcher> matchers{{"__name__", Matcher::Op::Equal, name}};
        return *engine->openReader()->select(project, matchers, 0, INT64_MAX / 2);
    }
    static std::map<std::string, std::vector<double>> valuesOf(TemporaryEngine &engine,
                                                               const std::string &name)
    {
        std::map<std::string, std::vector<double>> values;
        const auto reader = engine->openReader();
        for (const SelectedSeries &series : seriesOf(engine, name)) {
            FloatColumns columns;
            (void)reader->readFloats(series.id, 0, INT64_MAX / 2, columns);
            values[series.labels->toString()] = columns.values;
        }
        return values;
    }

private Q_SLOTS:
    void init()
    {
        m_drops = {};
        m_rule = std::make_shared<Rule>(m_drops);
    }

    void incrementsOfOneInstantAddUp_data()
    {
        QTest::addColumn<bool>("remembered");
        QTest::newRow("new to everybody") << false;
        QTest::newRow("known to a decoder") << true;
    }
    void incrementsOfOneInstantAddUp()
    {
        QFETCH(bool, remembered);
        TemporaryEngine engine;
        const auto memory = remembered ? std::make_shared<Memory>("sold", 3) : nullptr;
        const int64_t nowMs = engine.clock.nowMs();
        engine.commit(batchOf("sold", Kind::Delta, {1, 1, 1}, nowMs, memory));
        m_drops.set({"user"});
        for (int i = 0; i < 2; i++) {
            const auto receipt =
                engine.commit(batchOf("sold", Kind::Delta, {0.1, 0.2, 0.4}, nowMs + 1, memory));
            QVERIFY(receipt.status.ok());
            QCOMPARE(receipt.accepted, 3U);
        }
        const auto values = valuesOf(engine, "sold");
        QCOMPARE(values.size(), size_t(4)); // those of before stay as they were
        QCOMPARE(values.at(R"(sold{plan="pro"})"), std::vector<double>{1.4});
        QCOMPARE(values.at(R"(sold{plan="pro",user="u1"})"), std::vector<double>{1});
    }

    void observationsOfOneInstantMerge()
    {
        TemporaryEngine engine;
        m_drops.set({"user"});
        const int64_t nowMs = engine.clock.nowMs();
        QCOMPARE(engine.commit(batchOf("took", Kind::Distribution, {1, 2, 4, 8}, nowMs)).accepted, 4U);
        QCOMPARE(engine.commit(batchOf("took", Kind::Distribution, {16}, nowMs)).accepted, 1U);
        const auto series = seriesOf(engine, "took");
        QCOMPARE(series.size(), size_t(1));
        HistogramColumns columns;
        QVERIFY(engine->openReader()->readHistograms(series[0].id, 0, INT64_MAX / 2, columns).ok());
        QCOMPARE(columns.values.size(), size_t(1));
        QCOMPARE(columns.values[0].count(), 5.0);
        QCOMPARE(columns.values[0].sum(), 31.0);
    }

    void ofGaugesTheLastOneWins()
    {
        TemporaryEngine engine;
        const auto memory = std::make_shared<Memory>("temp", 3);
        m_drops.set({"user"});
        const int64_t nowMs = engine.clock.nowMs();
        engine.commit(batchOf("temp", Kind::Gauge, {5, 6, 7}, nowMs, memory));
        engine.commit(batchOf("temp", Kind::Gauge, {8, 9, 3}, nowMs + 10, memory));
        QCOMPARE(valuesOf(engine, "temp"), (std::map<std::string, std::vector<double>>{
                                               {R"(temp{plan="pro"})", std::vector<double>{7, 3}}}));
    }

    void aGaugeGoesOnWhereOneOfItsSourcesEnds()
    {
        TemporaryEngine engine;
        const auto memory = std::make_shared<Memory>("temp", 3);
        m_drops.set({"user"});
        const int64_t nowMs = engine.clock.nowMs();
        for (int i = 0; i < 2; i++) {
            const auto receipt = engine.commit(
                batchOf("temp", Kind::Gauge, {5, 6, std::bit_cast<double>(staleBits)}, nowMs + i, memory));
            QCOMPARE(receipt.accepted, 3U);
        }
        QCOMPARE(valuesOf(engine, "temp").at(R"(temp{plan="pro"})"), (std::vector<double>{6, 6}));

        m_drops.set({});
        engine.commit(
            batchOf("temp", Kind::Gauge, {5, 6, std::bit_cast<double>(staleBits)}, nowMs + 5, memory));
        const auto alone = valuesOf(engine, "temp").at(R"(temp{plan="pro",user="u2"})");
        QCOMPARE(alone.size(), size_t(1));
        QVERIFY(isStale(alone[0]));
    }

    void runningTotalsStayApart_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("counter") << int(Kind::Counter);
        QTest::newRow("untyped") << int(Kind::Untyped);
    }
    void runningTotalsStayApart()
    {
        QFETCH(int, kind);
        TemporaryEngine engine;
        m_drops.set({"user"});
        QCOMPARE(engine.commit(batchOf("total", Kind(kind), {1, 2, 3}, engine.clock.nowMs())).accepted, 3U);
        QCOMPARE(seriesOf(engine, "total").size(), size_t(3));
    }

    void aNameOfUnknownMeaningStaysApartUntilItIsKnown()
    {
        TemporaryEngine engine;
        engine.commit(batchOf("odd", Kind::Untyped, {1, 2}, engine.clock.nowMs()));
        m_drops.set({"user"});
        engine.commit(batchOf("odd", Kind::Gauge, {1, 2}, engine.clock.nowMs() + 1));
        QCOMPARE(seriesOf(engine, "odd").size(), size_t(2)); // the first look was at an untyped name
        engine.commit(batchOf("odd", Kind::Gauge, {3, 4}, engine.clock.nowMs() + 2));
        QCOMPARE(seriesOf(engine, "odd").size(), size_t(3));
    }

    void histogramsStayApart()
    {
        TemporaryEngine engine;
        m_drops.set({"user"});
        Batch batch = batchOf("sizes", Kind::Histogram, {1, 2}, engine.clock.nowMs());
        for (const auto &sample : batch.floats) {
            Histogram histogram;
            histogram.observe(sample.value);
            batch.histograms.push_back({sample.series, sample.timestampMs, histogram, sample.item});
        }
        batch.floats.clear();
        QCOMPARE(engine.commit(std::move(batch)).accepted, 2U);
        QCOMPARE(seriesOf(engine, "sizes").size(), size_t(2));
    }

    void aDropTakenBackBringsTheLabelBack_data() { incrementsOfOneInstantAddUp_data(); }
    void aDropTakenBackBringsTheLabelBack()
    {
        QFETCH(bool, remembered);
        TemporaryEngine engine;
        const auto memory = remembered ? std::make_shared<Memory>("sold", 2) : nullptr;
        const int64_t nowMs = engine.clock.nowMs();
        engine.commit(batchOf("sold", Kind::Delta, {1, 1}, nowMs, memory));
        m_drops.set({"user"});
        engine.commit(batchOf("sold", Kind::Delta, {1, 1}, nowMs + 1, memory));
        m_drops.set({"user", "plan"});
        engine.commit(batchOf("sold", Kind::Delta, {5, 6}, nowMs + 2, memory));
        m_drops.set({});
        engine.commit(batchOf("sold", Kind::Delta, {2, 3}, nowMs + 3, memory));
        const auto values = valuesOf(engine, "sold");
        QCOMPARE(values.at(R"(sold{plan="pro",user="u0"})"), (std::vector<double>{1, 2}));
        QCOMPARE(values.at(R"(sold{plan="pro",user="u1"})"), (std::vector<double>{1, 3}));
        QCOMPARE(values.at(R"(sold{plan="pro"})"), std::vector<double>{2});
        QCOMPARE(values.at("sold"), std::vector<double>{11});
    }

    void whoLooksAtABatchSeesWhatWasStored()
    {
        TemporaryEngine engine;
        for (const auto &memory : {std::shared_ptr<Memory>(), std::make_shared<Memory>("sold", 2)}) {
            m_drops.set({"user"});
            for (int i = 0; i < 2; i++) {
                Batch batch = batchOf("sold", Kind::Delta, {1, 1}, engine.clock.nowMs(), memory);
                QCOMPARE(engine->stage(batch).accepted, 2U);
                QVERIFY(engine->commit().ok());
                for (const auto &series : batch.series)
                    QCOMPARE(Labels::fromKey(series.canonicalKey())->toString(),
                             std::string(R"(sold{plan="pro"})"));
            }
            m_drops.set({});
            Batch batch = batchOf("sold", Kind::Delta, {1, 1}, engine.clock.nowMs(), memory);
            QCOMPARE(engine->stage(batch).accepted, 2U);
            QVERIFY(engine->commit().ok());
            QCOMPARE(Labels::fromKey(batch.series[1].canonicalKey())->toString(),
                     std::string(R"(sold{plan="pro",user="u1"})"));
        }
    }

    void theLabelGoesBeforeBoundsAndPersonalData()
    {
        TemporaryEngine engine;
        m_drops.set({"bad"});
        QCOMPARE(
            engine.commit(batchOf("a", Kind::Delta, {1, 1}, engine.clock.nowMs(), nullptr, "bad")).accepted,
            2U);
        m_drops.set({"user"});
        Batch batch = batchOf("b", Kind::Delta, {1, 1}, engine.clock.nowMs());
        for (auto &series : batch.series) {
            auto labels = *Labels::fromKey(series.key.view());
            labels.set("mail", "ann@example.com");
            series.key = labels.key();
        }
        QCOMPARE(engine.commit(std::move(batch)).accepted, 2U);
        QCOMPARE(valuesOf(engine, "b").begin()->first, std::string(R"(b{mail="hidden",plan="pro"})"));
        QCOMPARE(seriesOf(engine, "b").size(), size_t(1));
    }

    void aMergedSeriesCountsOnceInTheBudget()
    {
        TemporaryEngine engine;
        m_rule = std::make_shared<Rule>(m_drops, 3);
        m_drops.set({"user"});
        const auto memory = std::make_shared<Memory>("temp", 50);
        for (int i = 0; i < 3; i++) {
            const auto receipt = engine.commit(
                batchOf("temp", Kind::Gauge, std::vector<double>(50, 1), engine.clock.nowMs() + i, memory));
            QCOMPARE(receipt.accepted, 50U);
        }
        QCOMPARE(engine->seriesUse(defaultProject).active, uint64_t(1));
        QCOMPARE(memory->strangers.load(), 50U);
        engine.clock.advance(80 * 60'000);
        engine.commit(batchOf("temp", Kind::Gauge, std::vector<double>(50, 1), engine.clock.nowMs(), memory));
        QCOMPARE(engine->seriesUse(defaultProject).active, uint64_t(1));
    }

    void beyondTheBudgetTheRestIsFolded()
    {
        TemporaryEngine engine;
        m_rule = std::make_shared<Rule>(m_drops, 1);
        engine.commit(batchOf("other", Kind::Delta, {1}, engine.clock.nowMs()));
        m_drops.set({"user"});
        for (int i = 0; i < 2; i++)
            QCOMPARE(engine.commit(batchOf("sold", Kind::Delta, {1, 2, 4}, engine.clock.nowMs())).accepted,
                     3U);
        QCOMPARE(valuesOf(engine, "sold"), (std::map<std::string, std::vector<double>>{
                                               {R"(sold{plan="__other__"})", std::vector<double>{14}}}));
    }

    void aProjectWithoutDropsKeepsItsLabels()
    {
        TemporaryEngine engine;
        m_drops.set({"user"});
        Batch batch = batchOf("sold", Kind::Delta, {1, 1}, engine.clock.nowMs());
        batch.project = 7;
        batch.rule = std::make_shared<Rule>(m_drops, 0, false);
        engine.commit(std::move(batch));
        QCOMPARE(seriesOf(engine, "sold", 7).size(), size_t(2));
        QCOMPARE(seriesOf(engine, "sold").size(), size_t(0));
    }

    void whatWasMergedIsThereAfterARestart_data()
    {
        QTest::addColumn<bool>("clean");
        QTest::newRow("after a clean stop") << true;
        QTest::newRow("after a crash") << false;
    }
    void whatWasMergedIsThereAfterARestart()
    {
        QFETCH(bool, clean);
        TemporaryEngine engine;
        m_drops.set({"user"});
        const int64_t nowMs = engine.clock.nowMs();
        engine.commit(batchOf("sold", Kind::Delta, {1, 2, 4}, nowMs));
        engine.commit(batchOf("temp", Kind::Gauge, {1, 2, 4}, nowMs));
        clean ? engine.restart() : engine.crash();
        engine.commit(batchOf("sold", Kind::Delta, {8, 16}, nowMs));
        QCOMPARE(valuesOf(engine, "sold").at(R"(sold{plan="pro"})"), std::vector<double>{31});
        QCOMPARE(valuesOf(engine, "temp").at(R"(temp{plan="pro"})"), std::vector<double>{4});
        QCOMPARE(engine->stats().series, uint64_t(2));
    }
};

QTEST_GUILESS_MAIN(DroppedLabelsTest)
#include "DroppedLabelsTest.moc"

#include "storage/model/ExactSum.h"
#include "tests/support/EachDatabase.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace plimsoll;
using plimsoll::test::EachDatabase;
using plimsoll::test::TemporaryEngine;

namespace {

const Labels cpu{{"__name__", "cpu"}, {"host", "a"}};
const Labels revenue{{"__name__", "revenue"}, {"plan", "pro"}};
constexpr int64_t forever = std::numeric_limits<int64_t>::max() / 2;

std::vector<Sample> samplesOf(Engine &engine, const Labels &labels, int64_t fromMs = -forever,
                              int64_t toMs = forever)
{
    const auto reader = engine.openReader();
    std::vector<Matcher> matchers;
    for (const auto &[name, value] : labels)
        matchers.push_back({name, Matcher::Op::Equal, value});
    const auto selected = reader->select(defaultProject, matchers, fromMs, toMs);
    std::vector<Sample> samples;
    if (!selected || selected->size() != 1)
        return samples;
    FloatColumns columns;
    if (!reader->readFloats(selected->front().id, fromMs, toMs, columns))
        return samples;
    for (size_t i = 0; i < columns.size(); i++)
        samples.push_back({columns.timestampsMs[i], columns.values[i]});
    return samples;
}

SeriesId idOf(const SeriesReader &reader, const Labels &labels)
{
    const Matcher matcher{std::string(nameLabel), Matcher::Op::Equal, std::string(labels.name())};
    const auto selected = reader.select(defaultProject, std::span(&matcher, 1), -forever, forever);
    return selected && !selected->empty() ? selected->front().id : 0;
}

} // namespace

class EngineTest : public QObject
{
    Q_OBJECT

    EachDatabase m_databases;

    TemporaryEngine::MakeBackend database()
    {
        QFETCH_GLOBAL(int, database);
        return [connect = m_databases.fresh(EachDatabase::Which(database))](const std::filesystem::path &) {
            return connect();
        };
    }

private Q_SLOTS:
    void initTestCase_data()
    {
        QTest::addColumn<int>("database");
        for (const auto which : {EachDatabase::Sqlite, EachDatabase::Postgres})
            QTest::newRow(EachDatabase::nameOf(which)) << int(which);
    }

    void init()
    {
        QFETCH_GLOBAL(int, database);
        if (const char *why = m_databases.whyNot(EachDatabase::Which(database)))
            QSKIP(why);
    }

    void showsWhatWasCommitted()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        const CommitReceipt receipt = engine.append(cpu, Kind::Gauge, now, 0.5);
        QVERIFY(receipt.status);
        QCOMPARE(receipt.accepted, 1u);
        QCOMPARE(samplesOf(*engine, cpu), (std::vector<Sample>{{now, 0.5}}));
        QCOMPARE(engine->stats().samplesAccepted, uint64_t(1));
        QCOMPARE(engine->stats().journalSyncs, uint64_t(1));
    }

    void hidesWhatIsOnlyStaged()
    {
        TemporaryEngine engine({}, database());
        Batch batch = TemporaryEngine::batchOf(cpu, Kind::Gauge, {{engine.clock.nowMs(), 1}});
        QVERIFY(engine->stage(batch).status);
        QVERIFY(samplesOf(*engine, cpu).empty());
        QVERIFY(engine->commit());
        QCOMPARE(samplesOf(*engine, cpu).size(), size_t(1));
    }

    void survivesACrash()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        for (int i = 0; i < 100; i++)
            QVERIFY(engine.append(cpu, Kind::Gauge, now + i * 1000, i).status);
        const auto before = samplesOf(*engine, cpu);
        QCOMPARE(before.size(), size_t(100));
        for (int round = 0; round < 3; round++) {
            engine.crash();
            QCOMPARE(samplesOf(*engine, cpu), before);
        }
        QCOMPARE(engine->stats().recoveredSamples, uint64_t(100));
    }

    void survivesACleanStop()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        for (int i = 0; i < 100; i++)
            QVERIFY(engine.append(cpu, Kind::Gauge, now + i * 1000, i * 0.25).status);
        const auto before = samplesOf(*engine, cpu);
        engine.restart();
        QCOMPARE(samplesOf(*engine, cpu), before);
        QCOMPARE(engine->stats().recoveredSamples, uint64_t(0));
        QCOMPARE(engine->stats().headSamples, uint64_t(0));
        QVERIFY(engine.append(cpu, Kind::Gauge, now + 100'000, 7).status);
        QCOMPARE(samplesOf(*engine, cpu).size(), size_t(101));
    }

    void lastWriteWinsForGauges()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        QVERIFY(engine.append(cpu, Kind::Gauge, now, 1).status);
        QVERIFY(engine.append(cpu, Kind::Gauge, now - 5000, 2).status);
        QVERIFY(engine.append(cpu, Kind::Gauge, now, 3).status);
        const std::vector<Sample> expected{{now - 5000, 2}, {now, 3}};
        QCOMPARE(samplesOf(*engine, cpu), expected);
        engine.restart();
        QCOMPARE(samplesOf(*engine, cpu), expected);
        QVERIFY(engine.append(cpu, Kind::Gauge, now, 4).status);
        QCOMPARE(samplesOf(*engine, cpu).back().value, 4.0);
        engine.restart();
        QCOMPARE(samplesOf(*engine, cpu).back().value, 4.0);
    }

    void incrementsOfOneInstantAddUp()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        for (int i = 0; i < 10; i++)
            QVERIFY(engine.append(revenue, Kind::Delta, now, 0.1).status);
        QCOMPARE(samplesOf(*engine, revenue), (std::vector<Sample>{{now, 1.0}}));
        engine.restart();
        for (int i = 0; i < 10; i++)
            QVERIFY(engine.append(revenue, Kind::Delta, now, 0.1).status);
        QCOMPARE(samplesOf(*engine, revenue), (std::vector<Sample>{{now, 2.0}}));
        engine.crash();
        QCOMPARE(samplesOf(*engine, revenue), (std::vector<Sample>{{now, 2.0}}));
    }

    void totalsAreExactAcrossSeals()
    {
        TemporaryEngine engine({}, database());
        const int64_t start = engine.clock.nowMs() - 20LL * 3600 * 1000;
        ExactSum expected;
        for (int i = 0; i < 1000; i++) {
            const double value = (i % 97) / 100.0;
            QVERIFY(engine.append(revenue, Kind::Delta, start + i * 60'000, value).status);
            if (start + i * 60'000 < start + 30'000'000)
                expected.add(value);
            if (i == 700)
                engine.restart();
        }
        const auto reader = engine->openReader();
        const auto total = reader->totalBefore(idOf(*reader, revenue), start + 30'000'000);
        QVERIFY(total.ok());
        QCOMPARE(*total, expected.value());
    }

    void keepsEveryBitPattern()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        std::vector<double> values{0.0, -0.0, INFINITY, -INFINITY, 5e-324, 1e308, 0.1, std::nan("")};
        const uint64_t stale = 0x7ff0000000000002ULL;
        values.push_back(std::bit_cast<double>(stale));
        std::vector<Sample> samples;
        for (size_t i = 0; i < values.size(); i++)
            samples.push_back({now + int64_t(i), values[i]});
        QVERIFY(engine.commit(TemporaryEngine::batchOf(cpu, Kind::Gauge, samples)).status);
        const auto sameBits = [&] {
            const auto got = samplesOf(*engine, cpu);
            bool same = got.size() == samples.size();
            for (size_t i = 0; same && i < got.size(); i++)
                same = std::bit_cast<uint64_t>(got[i].value) == std::bit_cast<uint64_t>(samples[i].value);
            return same;
        };
        QVERIFY(sameBits());
        engine.crash();
        QVERIFY(sameBits());
        engine.restart();
        QVERIFY(sameBits());
    }

    void distributionsMerge()
    {
        TemporaryEngine engine({}, database());
        const Labels latency{{"__name__", "latency"}};
        const int64_t now = engine.clock.nowMs();
        const auto check = [&] {
            const auto reader = engine->openReader();
            HistogramColumns columns;
            if (!reader->readHistograms(idOf(*reader, latency), now - 1000, now + 1000, columns))
                return false;
            const auto before = reader->histogramBefore(idOf(*reader, latency), now + 1);
            return columns.size() == 2 && columns.values[0].count() == 2 && columns.values[0].sum() == 3 &&
                   columns.values[1].count() == 1 && before.ok() && before->count() == 2;
        };
        // A float of a distribution is one observation.
        QVERIFY(engine.append(latency, Kind::Distribution, now, 1).status);
        QVERIFY(engine.append(latency, Kind::Distribution, now, 2).status);
        QVERIFY(engine.append(latency, Kind::Distribution, now + 5, 4).status);
        QVERIFY(check());
        engine.crash();
        QVERIFY(check());
        engine.restart();
        QVERIFY(check());
    }

    void mergesARangeOverSealsAndHead()
    {
        TemporaryEngine engine({}, database());
        const Labels latency{{"__name__", "latency"}};
        const int64_t start = engine.clock.nowMs() - 20LL * 3600 * 1000;
        for (int i = 0; i < 200; i++) {
            QVERIFY(engine.append(latency, Kind::Distribution, start + i * 360'000, i).status);
            if (i == 150)
                engine.restart();
        }
        const auto reader = engine->openReader();
        const SeriesId id = idOf(*reader, latency);
        for (const auto &[first, last] : {std::pair(0, 199), {10, 170}, {31, 33}, {151, 160}, {29, 60}}) {
            const auto merged = reader->histogramBetween(id, start + first * 360'000, start + last * 360'000);
            QCOMPARE(merged->count(), double(last - first + 1));
            QCOMPARE(merged->sum(), (first + last) * (last - first + 1) / 2.0);
        }
        QCOMPARE(reader->histogramBetween(id, start - 10, start - 5)->count(), 0.0);
    }

    void refusesAnotherKindNamingBoth()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        QVERIFY(engine.append(revenue, Kind::Delta, now, 1).status);
        const CommitReceipt refused = engine.append(revenue, Kind::Gauge, now, 2);
        QVERIFY(refused.status);
        QCOMPARE(refused.accepted, 0u);
        QCOMPARE(refused.rejections.size(), size_t(1));
        QCOMPARE(refused.rejections[0].code, std::string("kind_conflict"));
        QCOMPARE(refused.rejections[0].message,
                 std::string("The metric revenue is of kind delta, and this sample says gauge."));
        Batch adopting = TemporaryEngine::batchOf(revenue, Kind::Gauge, {{now, 4}});
        adopting.series[0].adoptsKind = true;
        QCOMPARE(engine.commit(adopting).accepted, 1u);
        QCOMPARE(samplesOf(*engine, revenue), (std::vector<Sample>{{now, 5}}));
        engine.crash();
        QCOMPARE(engine.append(revenue, Kind::Gauge, now, 2).accepted, 0u);
    }

    void adoptsTheKindThatExists()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        const Labels latency{{"__name__", "latency"}};
        QVERIFY(engine.append(latency, Kind::Distribution, now, 1).status);
        QVERIFY(engine.append(cpu, Kind::Gauge, now, 1).status);
        QVERIFY(engine.append(revenue, Kind::Delta, now, 1).status);
        Batch batch;
        batch.itemCount = 3;
        batch.series = {{latency.key(), Kind::Gauge, true, 0},
                        {cpu.key(), Kind::Distribution, true, 1},
                        {revenue.key(), Kind::Distribution, true, 2}};
        batch.floats = {{0, now + 1, 3, 0}, {1, now + 1, 5, 1}};
        Histogram histogram;
        histogram.observe(7);
        batch.histograms.push_back({2, now + 1, histogram, 2});
        QCOMPARE(engine.commit(batch).accepted, 3u);
        QCOMPARE(samplesOf(*engine, cpu).back(), (Sample{now + 1, 5}));
        QCOMPARE(samplesOf(*engine, revenue).back(), (Sample{now + 1, 7}));
        const auto reader = engine->openReader();
        QCOMPARE(reader->histogramBefore(idOf(*reader, latency), now + 2)->sum(), 4.0);
    }

    void forgetsTheOldestKeys()
    {
        EngineOptions options;
        options.maxIdempotencyKeys = 10;
        TemporaryEngine engine(options, database());
        const auto send = [&](uint64_t key) {
            Batch batch = TemporaryEngine::batchOf(revenue, Kind::Delta, {{engine.clock.nowMs(), 1}});
            batch.idempotency = Batch::Idempotency{{key, key}, {1, 1}};
            return engine.commit(batch).replayed;
        };
        for (uint64_t key = 1; key <= 15; key++)
            QVERIFY(!send(key));
        QVERIFY(send(15) && send(6));
        engine.crash();
        QVERIFY(send(15) && send(6));
        QVERIFY(!send(5));
    }

    void answersARepeatInTheSameGroup()
    {
        TemporaryEngine engine({}, database());
        Batch batch = TemporaryEngine::batchOf(revenue, Kind::Delta, {{engine.clock.nowMs(), 1}});
        batch.idempotency = Batch::Idempotency{{1, 1}, {1, 1}};
        QVERIFY(!engine->stage(batch).replayed);
        QVERIFY(engine->stage(batch)
                    .replayed); // in the same pending group: to be committed before it is answered
        QVERIFY(engine->commit());
        QVERIFY(engine->stage(batch).replayed);
        QCOMPARE(samplesOf(*engine, revenue).front().value, 1.0);
    }

    void refusesWholeItems()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        Batch batch;
        batch.itemCount = 3;
        batch.series = {{cpu.key(), Kind::Gauge, false, 0}, {revenue.key(), Kind::Delta, false, 1}};
        batch.floats = {
            {0, now, 1, 0}, {1, now, INFINITY, 1}, {0, now + 1, 2, 1}, {0, now - 800LL * 86'400'000, 1, 2}};
        const CommitReceipt receipt = engine.commit(batch);
        QCOMPARE(receipt.accepted, 1u);
        QCOMPARE(receipt.rejections.size(), size_t(2));
        QCOMPARE(receipt.rejections[0].item, 1u);
        QCOMPARE(receipt.rejections[0].code, std::string("bad_value"));
        QCOMPARE(receipt.rejections[1].code, std::string("too_old"));
        QCOMPARE(samplesOf(*engine, cpu), (std::vector<Sample>{{now, 1}}));
        QCOMPARE(engine->stats().series, uint64_t(1));
        QCOMPARE(engine.append(cpu, Kind::Gauge, now + 2 * 3600 * 1000, 1).rejections[0].code,
                 std::string("in_future"));
    }

    void resolvesWhatDecodersRemember()
    {
        const KnownSeries known{cpu.key()};
        for (int round = 0; round < 2; round++) {
            TemporaryEngine engine({}, database());
            QVERIFY(engine.append(revenue, Kind::Delta, engine.clock.nowMs(), 1).status);
            for (int i = 0; i < 3; i++) {
                Batch batch =
                    TemporaryEngine::batchOf({}, Kind::Gauge, {{engine.clock.nowMs() + i, double(i)}});
                batch.series[0].known = &known;
                QCOMPARE(engine.commit(batch).accepted, 1u);
            }
            QCOMPARE(samplesOf(*engine, cpu).size(), size_t(3));
            QCOMPARE(samplesOf(*engine, revenue).size(), size_t(1));
        }
    }

    void repeatsTheFirstAnswer()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        Batch batch = TemporaryEngine::batchOf(revenue, Kind::Delta, {{now, 49}, {now, INFINITY}});
        batch.idempotency = Batch::Idempotency{{1, 2}, {3, 4}};
        const CommitReceipt first = engine.commit(batch);
        QCOMPARE(first.accepted, 1u);
        QVERIFY(!first.replayed);
        const auto repeat = [&] {
            const CommitReceipt again = engine.commit(batch);
            QVERIFY(again.status);
            QVERIFY(again.replayed);
            QCOMPARE(again.accepted, 1u);
            QCOMPARE(again.rejections, first.rejections);
            QCOMPARE(samplesOf(*engine, revenue), (std::vector<Sample>{{now, 49}}));
        };
        repeat();
        engine.crash();
        repeat();
        engine.restart();
        repeat();
        Batch other = batch;
        other.idempotency->bodyHash = {5, 6};
        const CommitReceipt refused = engine.commit(other);
        QVERIFY(!refused.status);
        QCOMPARE(refused.status.error().code, ErrorCode::Unprocessable);
        engine.clock.advance(25LL * 3600 * 1000);
        QVERIFY(!engine.commit(batch).replayed);
    }

    void holdsTheDirectory()
    {
        TemporaryEngine engine({}, database());
        EngineOptions options;
        options.directory = engine.directory();
        PosixDisk disk;
        const auto second = Engine::open(options, engine.store(), disk, engine.clock);
        QVERIFY(!second);
        QCOMPARE(second.error().code, ErrorCode::Conflict);
        QVERIFY(second.error().message.find(std::to_string(QCoreApplication::applicationPid())) !=
                std::string::npos);
    }

    void aViewStandsStill()
    {
        TemporaryEngine engine({}, database());
        const int64_t now = engine.clock.nowMs();
        for (int i = 0; i < 40; i++)
            QVERIFY(engine.append(cpu, Kind::Gauge, now + i, i).status);
        const auto reader = engine->openReader();
        const SeriesId id = idOf(*reader, cpu);
        for (int i = 40; i < 200; i++)
            QVERIFY(engine.append(cpu, Kind::Gauge, now + i, i).status);
        QVERIFY(engine.append({{"__name__", "later"}}, Kind::Gauge, now, 1).status);
        engine.clock.advance(5LL * 3600 * 1000);
        engine->maintain();
        QVERIFY(engine.store().run([](Backend &) { return Status(); }));
        QCOMPARE(engine->stats().headSamples, uint64_t(0));
        FloatColumns columns;
        QVERIFY(reader->readFloats(id, now - 1000, now + 1000, columns));
        QCOMPARE(columns.size(), size_t(40));
        QCOMPARE(idOf(*reader, {{"__name__", "later"}}), SeriesId(0));
        QCOMPARE(samplesOf(*engine, cpu).size(), size_t(200));
    }

    void documentsLast()
    {
        TemporaryEngine engine({}, database());
        QVERIFY(putAndWait(engine.documents(), 1, "rules", {"b", R"({"n":1})", 5}));
        QVERIFY(putAndWait(engine.documents(), 1, "rules", {"a", R"({"n":2})", 6}));
        QVERIFY(putAndWait(engine.documents(), 2, "rules", {"c", "{}", 7}));
        QVERIFY(removeAndWait(engine.documents(), 1, "rules", "b"));
        QVERIFY(removeAndWait(engine.documents(), 1, "rules", "never"));
        engine.restart();
        const auto list = engine.documents().list(1, "rules");
        QCOMPARE(list->size(), size_t(1));
        QCOMPARE(list->front().body, std::string(R"({"n":2})"));
        QCOMPARE(list->front().updatedMs, int64_t(6));
        QCOMPARE(engine.documents().get(1, "rules", "b").error().code, ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(EngineTest)
#include "EngineTest.moc"

#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/MemoryDisk.h"
#include "storage/model/ExactSum.h"
#include "storage/query/Query.h"
#include "tests/support/EachDatabase.h"
#include "tests/support/FaultyBackend.h"
#include "tests/support/ManualClock.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t hour = 3'600'000;
constexpr int64_t day = 24 * hour;
constexpr int64_t farMs = 4'000'000'000'000;

/// What was sent, for a recomputation from nothing.
struct Sent
{
    std::map<std::string, std::map<int64_t, double>> gauges; ///< the last of an instant wins
    std::map<std::string, ExactSum> sums;
    std::map<std::string, std::vector<double>> observations;
};

/// An engine over a database in memory that survives it.
class House
{
public:
    std::shared_ptr<FaultyBackend::Database> database = std::make_shared<FaultyBackend::Database>();
    MemoryDisk disk;
    ManualClock clock;
    EngineOptions options;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
    Sent sent;

    bool start()
    {
        auto openedStore = Store::open(std::make_unique<FaultyBackend>(database));
        if (!openedStore)
            return false;
        store = std::move(*openedStore);
        auto opened = Engine::open(options, *store, disk, clock);
        if (!opened)
            return false;
        engine = std::move(*opened);
        return true;
    }
    bool restart()
    {
        engine.reset();
        store.reset();
        return start();
    }

    bool put(const std::string &name, Kind kind, int64_t ms, double value)
    {
        Batch batch;
        batch.itemCount = 1;
        batch.series.push_back({Labels{{"__name__", name}}.key(), kind, false, 0});
        batch.floats.push_back({0, ms, value, 0});
        if (engine->stage(batch).accepted != 1 || !engine->commit())
            return false;
        if (kind == Kind::Delta)
            sent.sums[name].add(value);
        else if (kind == Kind::Distribution)
            sent.observations[name].push_back(value);
        else
            sent.gauges[name][ms] = value;
        return true;
    }

    void maintain()
    {
        engine->maintain();
        engine->drain();
    }

    /// The value of an instant query without labels, NaN where there is none.
    double ask(const std::string &text, int64_t atMs, std::vector<std::string> *infos = nullptr) const
    {
        const auto query = Query::parse(text);
        if (!query)
            return std::nan("");
        const auto reader = engine->openReader();
        const auto result = query->instant(*reader, defaultProject, atMs, {}, nullptr);
        if (infos && result)
            *infos = result->infos;
        return result && result->series.size() == 1 ? result->series[0].points[0].value : std::nan("");
    }
};

/// Sums, counts and extremes of all hours, by name.
struct HourFigures
{
    double count = 0;
    ExactSum sum;
    double min = INFINITY;
    double max = -INFINITY;
};

std::map<std::string, HourFigures> figuresOf(const Engine &engine)
{
    std::map<std::string, HourFigures> all;
    const auto reader = engine.openReader();
    const auto selected = reader->select(defaultProject, {}, -farMs, farMs);
    for (const SelectedSeries &series : *selected) {
        RollupColumns hours;
        if (!reader->readHours(series.id, -farMs, farMs, rollupAll, hours))
            continue;
        HourFigures &figures = all[std::string(series.labels->name())];
        for (size_t i = 0; i < hours.size(); i++) {
            figures.count += hours.counts[i];
            figures.sum.merge(hours.exactSum(i));
            if (i < hours.mins.size()) {
                figures.min = std::min(figures.min, hours.mins[i]);
                figures.max = std::max(figures.max, hours.maxs[i]);
            }
        }
    }
    return all;
}

/// True where the hours are what a fresh computation gives.
bool agrees(const House &house)
{
    const auto figures = figuresOf(*house.engine);
    for (const auto &[name, samples] : house.sent.gauges) {
        HourFigures expected;
        for (const auto &[ms, value] : samples) {
            expected.count++;
            expected.sum.add(value);
            expected.min = std::min(expected.min, value);
            expected.max = std::max(expected.max, value);
        }
        const auto it = figures.find(name);
        if (it == figures.end() || it->second.count != expected.count || !(it->second.sum == expected.sum) ||
            it->second.min != expected.min || it->second.max != expected.max) {
            qInfo("%s: %g samples, expected %g", name.c_str(), it == figures.end() ? -1 : it->second.count,
                  expected.count);
            return false;
        }
    }
    const auto reader = house.engine->openReader();
    for (const auto &[name, sum] : house.sent.sums) {
        const auto it = figures.find(name);
        const double total = house.ask(name, house.clock.nowMs());
        if (it == figures.end() || !(it->second.sum == sum) || total != sum.value()) {
            qInfo("%s: %.17g and %.17g, expected %.17g", name.c_str(),
                  it == figures.end() ? -1 : it->second.sum.value(), total, sum.value());
            return false;
        }
    }
    return true;
}

} // namespace

class UpkeepTest : public QObject
{
    Q_OBJECT

    EachDatabase m_databases;

    /// Days of samples every ten minutes with some late ones.
    static void fill(House &house, int days, uint32_t seed, int lateEvery = 20)
    {
        std::mt19937 random(seed);
        const int64_t end = house.clock.nowMs() + days * day;
        double total = 0;
        while (house.clock.nowMs() < end) {
            house.clock.advance(10 * 60'000);
            int64_t ms = house.clock.nowMs();
            if (lateEvery > 0 && int(random() % uint32_t(lateEvery)) == 0)
                ms -= int64_t(random() % uint64_t(day));
            QVERIFY(house.put("temperature", Kind::Gauge, ms, (random() % 10'000) / 100.0));
            QVERIFY(house.put("revenue", Kind::Delta, ms, (random() % 10'000) / 100.0));
            total += random() % 100;
            QVERIFY(house.put("requests_total", Kind::Counter, house.clock.nowMs(), total));
            house.engine->maintain();
        }
        house.maintain();
    }

private Q_SLOTS:
    void mergesSealsAndWeeksAndMakesDays()
    {
        House house;
        QVERIFY(house.start());
        fill(house, 20, 1);
        QVERIFY(agrees(house));
        house.clock.advance(2 * hour);
        house.maintain();
        QVERIFY(house.engine->runUpkeep().ok());
        QVERIFY(agrees(house));
        const auto state = house.database->memory().load();
        int weeks = 0;
        std::map<int64_t, int> windows;
        for (const StoredSeal &seal : state->seals) {
            weeks += seal.spanMs == 7 * day;
            if (seal.resolutionMs == 0)
                windows[seal.windowStartMs]++;
        }
        QVERIFY(weeks >= 1);
        for (const auto &[start, count] : windows)
            QVERIFY(count == 1 || start + 5 * hour > house.clock.nowMs());
        QVERIFY(house.restart());
        QVERIFY(agrees(house));
        QCOMPARE(house.database->memory().seriesRows().size(), size_t(3));
        const auto days = house.database->memory().readDays(1, -farMs, farMs);
        QVERIFY(days->size() >= 19 && days->size() <= 21);
    }

    void dropsSamplesAndAnswersFromHours()
    {
        House house;
        house.options.rawRetentionMs = 5 * day;
        QVERIFY(house.start());
        fill(house, 12, 2);
        house.clock.advance(2 * hour);
        house.maintain();
        QVERIFY(house.engine->runUpkeep().ok());
        const int64_t floor = house.engine->stats().samplesFromMs;
        QVERIFY(floor > house.clock.nowMs() - 6 * day && floor <= house.clock.nowMs() - 5 * day);
        QVERIFY(agrees(house));
        const int64_t end = (house.clock.nowMs() - 7 * day) / day * day - 1;
        std::vector<std::string> infos;
        double sum = 0, count = 0, low = INFINITY;
        KahanFreeSum(house, end, sum, count, low);
        QCOMPARE(house.ask("count_over_time(temperature[1d])", end, &infos), count);
        QVERIFY(!infos.empty());
        QCOMPARE(house.ask("sum_over_time(temperature[1d])", end), sum);
        QCOMPARE(house.ask("min_over_time(temperature[1d])", end), low);
        QCOMPARE(house.ask("avg_over_time(temperature[1d])", end), sum / count);
        const double increase = house.ask("increase(requests_total[1d])", end);
        const auto &requests = house.sent.gauges["requests_total"];
        const double first = requests.lower_bound(end - day + 1)->second;
        const double last = std::prev(requests.upper_bound(end))->second;
        QVERIFY2(std::fabs(increase - (last - first)) <= 200,
                 qPrintable(QString::number(increase - last + first)));
        QVERIFY(!std::isnan(house.ask("temperature", end)));
        QVERIFY(house.restart());
        QVERIFY(agrees(house));
        QCOMPARE(house.engine->stats().samplesFromMs, floor);
        // Late data behind the floor joins the hours.
        QVERIFY(house.put("revenue", Kind::Delta, house.clock.nowMs() - 8 * day, 0.01));
        QVERIFY(agrees(house));
        house.clock.advance(2 * hour);
        house.maintain();
        QVERIFY(house.engine->runUpkeep().ok());
        house.clock.advance(26 * hour);
        house.maintain();
        QVERIFY(house.engine->runUpkeep().ok());
        QVERIFY(agrees(house));
    }

    static void KahanFreeSum(const House &house, int64_t end, double &sum, double &count, double &low)
    {
        ExactSum exact;
        for (const auto &[ms, value] : house.sent.gauges.at("temperature")) {
            if (ms <= end - day || ms > end)
                continue;
            exact.add(value);
            count++;
            low = std::min(low, value);
        }
        sum = exact.value();
    }

    /// Every write of the upkeep fails once, before it or after it, and the process ends there.
    void survivesAnEndAtEachWrite_data()
    {
        QTest::addColumn<int>("database");
        QTest::addColumn<bool>("afterwards");
        for (const auto which : {EachDatabase::Memory, EachDatabase::Sqlite, EachDatabase::Postgres}) {
            QTest::addRow("%s, nothing was written", EachDatabase::nameOf(which)) << int(which) << false;
            QTest::addRow("%s, it was written", EachDatabase::nameOf(which)) << int(which) << true;
        }
    }
    void survivesAnEndAtEachWrite()
    {
        QFETCH(int, database);
        QFETCH(bool, afterwards);
        if (const char *why = m_databases.whyNot(EachDatabase::Which(database)))
            QSKIP(why);
        House house;
        house.database->connect = m_databases.fresh(EachDatabase::Which(database));
        house.options.rawRetentionMs = 4 * day;
        house.options.windowMs = hour;
        QVERIFY(house.start());
        fill(house, 2, 3, 5);
        for (int round = 0; round < 40; round++) {
            fill(house, round % 8 == 0 ? 2 : 0, uint32_t(round) + 10, 5);
            house.clock.advance(3 * hour);
            house.maintain();
            if (afterwards) {
                house.database->losesAnswers = true;
                (void)house.engine->runUpkeep();
                house.database->losesAnswers = false;
            } else {
                house.database->failWrite = round % 7;
                (void)house.engine->runUpkeep();
                house.database->failWrite = -1;
            }
            if (round % 3 != 2)
                QVERIFY(house.restart());
            QVERIFY2(agrees(house), qPrintable(QString("round %1").arg(round)));
        }
        QVERIFY(house.engine->runUpkeep().ok());
        QVERIFY(agrees(house));
        // The control: a lost increment is noticed.
        house.sent.sums["revenue"].add(0.01);
        QVERIFY(!agrees(house));
    }

    void centsAddUp()
    {
        House house;
        house.options.rawRetentionMs = 2 * day;
        QVERIFY(house.start());
        const int64_t start = house.clock.nowMs();
        std::mt19937 random(5);
        std::vector<int64_t> times;
        for (int64_t i = 0; i < 1'000'000; i++)
            times.push_back(start + i % (36 * 3600) * 1000 + i / (36 * 3600));
        std::shuffle(times.begin(), times.end(), random);
        house.clock.advance(36 * hour);
        for (size_t i = 0; i < times.size(); i += 10'000) {
            const auto batch = [&] {
                Batch batch;
                batch.itemCount = 10'000;
                batch.series.push_back({Labels{{"__name__", "cents"}}.key(), Kind::Delta, false, 0});
                for (uint32_t k = 0; k < 10'000; k++)
                    batch.floats.push_back({0, times[i + k], 0.01, k});
                return batch;
            };
            Batch one = batch();
            QVERIFY(house.engine->stage(one).status && house.engine->commit());
            if (i == 500'000)
                QVERIFY(house.restart());
        }
        QCOMPARE(house.ask("cents", house.clock.nowMs()), 10'000.0);
        house.clock.advance(4 * day);
        house.maintain();
        QVERIFY(house.engine->runUpkeep().ok());
        QVERIFY(house.engine->stats().samplesFromMs > start);
        house.clock.advance(2 * hour);
        QVERIFY(house.engine->runUpkeep().ok());
        QVERIFY(house.restart());
        QCOMPARE(house.ask("cents", house.clock.nowMs()), 10'000.0);
        QCOMPARE(figuresOf(*house.engine)["cents"].sum.value(), 10'000.0);
        ExactSum days;
        const auto stored = house.database->memory().readDays(1, -farMs, farMs);
        for (const StoredDay &one : *stored) {
            std::string_view bytes = one.exactSum;
            days.merge(*ExactSum::take(bytes));
        }
        QCOMPARE(days.value(), 10'000.0);
    }

    void keepsItsBudget()
    {
        House house;
        QVERIFY(house.start());
        fill(house, 4, 8, 0);
        house.maintain();
        QVERIFY(house.engine->runUpkeep().ok());
        const uint64_t before = house.database->memory().bytes();
        house.options.storageMaxBytes = before * 3 / 4;
        QVERIFY(house.engine->close().ok());
        QVERIFY(house.restart());
        house.clock.advance(2 * hour);
        QVERIFY(house.engine->runUpkeep().ok());
        QVERIFY(house.database->memory().bytes() <= house.options.storageMaxBytes);
        QVERIFY(house.engine->stats().droppedForSpace > 0);
        QVERIFY(agrees(house));
    }

    void keepsPrefixesForTheirTime()
    {
        House house;
        house.options.rawRetentionMs = 2 * day;
        house.options.prefixRetention["temp"] = {6 * day, 730 * day, 3650 * day};
        QVERIFY(house.start());
        fill(house, 5, 9, 0);
        house.clock.advance(2 * hour);
        house.maintain();
        QVERIFY(house.engine->runUpkeep().ok());
        QVERIFY(agrees(house));
        const auto reader = house.engine->openReader();
        FloatColumns columns;
        const int64_t old = house.clock.nowMs() - 4 * day;
        const auto selected = reader->select(defaultProject, {}, -farMs, farMs);
        for (const SelectedSeries &series : *selected) {
            QVERIFY(reader->readFloats(series.id, old - hour, old + hour, columns).ok());
            QCOMPARE(columns.size() > 0, series.labels->name() == "temperature");
        }
    }
};

QTEST_GUILESS_MAIN(UpkeepTest)
#include "UpkeepTest.moc"

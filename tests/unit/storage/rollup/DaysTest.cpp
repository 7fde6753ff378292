#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/MemoryDisk.h"
#include "storage/engine/rollup/DayRow.h"
#include "storage/model/ExactSum.h"
#include "tests/support/FaultyBackend.h"
#include "tests/support/ManualClock.h"

#include <QDateTime>
#include <QTest>
#include <QTimeZone>

#include <cmath>
#include <functional>
#include <random>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t hour = 60 * minute;
constexpr int64_t day = 24 * hour;
constexpr int64_t farMs = 4'000'000'000'000;

int64_t utc(int year, int month, int dayOfMonth, int hourOfDay = 0, int minuteOfHour = 0)
{
    return QDateTime(QDate(year, month, dayOfMonth), QTime(hourOfDay, minuteOfHour), Qt::UTC)
        .toMSecsSinceEpoch();
}

/// An engine over a database in memory, whose days are read.
class House
{
public:
    std::shared_ptr<FaultyBackend::Database> database = std::make_shared<FaultyBackend::Database>();
    MemoryDisk disk;
    ManualClock clock;
    EngineOptions options;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;

    bool start(const std::string &zone, int64_t nowMs)
    {
        engine.reset();
        store.reset();
        clock.set(nowMs);
        options.timeZone = zone;
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

    bool put(Kind kind, const std::vector<int64_t> &timesMs, const std::vector<double> &values)
    {
        Batch batch;
        batch.itemCount = uint32_t(values.size());
        const std::string name = "m_" + std::string(kindName(kind));
        batch.series.push_back({Labels{{"__name__", name}}.key(), kind, false, 0});
        for (uint32_t i = 0; i < values.size(); i++)
            batch.floats.push_back({0, timesMs[i], values[i], i});
        return engine->stage(batch).accepted == values.size() && engine->commit().ok();
    }

    /// One increment of 1 every ten minutes over a span, as it goes by.
    bool tick(int64_t untilMs)
    {
        for (; clock.nowMs() < untilMs; clock.advance(10 * minute)) {
            if (!put(Kind::Delta, {clock.nowMs()}, {1.0}))
                return false;
            engine->maintain();
        }
        return true;
    }

    bool makeDays()
    {
        for (int i = 0; i < 3; i++) {
            clock.advance(4 * hour);
            engine->maintain();
            engine->drain();
            if (!engine->runUpkeep())
                return false;
        }
        return true;
    }

    std::vector<StoredDay> days() const { return database->memory().readDays(1, -farMs, farMs).value(); }
    /// The day that begins at a time; one of no count where there is none.
    StoredDay dayFrom(int64_t startMs) const
    {
        for (const StoredDay &one : days()) {
            if (one.startMs == startMs)
                return one;
        }
        return {};
    }
};

using Draw = std::function<double(std::mt19937 &)>;

Draw logNormal()
{
    return [d = std::lognormal_distribution(3.0, 1.2)](std::mt19937 &random) mutable { return d(random); };
}

Draw bimodal()
{
    return [low = std::normal_distribution(20.0, 2.0),
            high = std::normal_distribution(900.0, 40.0)](std::mt19937 &random) mutable {
        return std::fabs(random() % 10 < 7 ? low(random) : high(random));
    };
}

Draw pareto()
{
    return [u = std::uniform_real_distribution(0.0, 1.0)](std::mt19937 &random) mutable {
        return 5.0 * std::pow(1.0 - u(random), -1.0 / 1.1);
    };
}

/// The order statistic ceil(q n) of values that rise.
double exactQuantile(const std::vector<double> &sorted, double q)
{
    return sorted[size_t(std::ceil(q * double(sorted.size()))) - 1];
}

} // namespace

Q_DECLARE_METATYPE(Draw)

class DaysTest : public QObject
{
    Q_OBJECT

    static void isNear(double found, double exact)
    {
        const double error = std::fabs(found - exact) / exact;
        QVERIFY2(error <= 0.012,
                 qPrintable(QString("%1 for %2, off by %3").arg(found).arg(exact).arg(error)));
    }

    static void agreesWith(const Histogram &merged, std::vector<double> values)
    {
        std::ranges::sort(values);
        for (const double q : {0.5, 0.95, 0.99})
            isNear(merged.quantile(q), exactQuantile(values, q));
        QCOMPARE(merged.count(), double(values.size()));
        ExactSum sum;
        for (const double value : values)
            sum.add(value);
        QCOMPARE(merged.sum(), sum.value());
        QCOMPARE(merged.min(), values.front());
        QCOMPARE(merged.max(), values.back());
    }

private Q_SLOTS:
    void quantilesOfThirtyDays_data()
    {
        QTest::addColumn<Draw>("draw");
        QTest::addRow("log-normal") << logNormal();
        QTest::addRow("bimodal") << bimodal();
        QTest::addRow("Pareto") << pareto();
    }
    /// Decimals of three places, over days that differ in how much they have and in scale.
    void quantilesOfThirtyDays()
    {
        QFETCH(Draw, draw);
        House house;
        const int64_t startMs = utc(2026, 1, 6);
        house.options.rawRetentionMs = 3 * day;
        house.options.hourlyRetentionMs = 7 * day;
        QVERIFY(house.start("UTC", startMs));
        std::mt19937 random(11);
        std::vector<double> all;
        std::vector<std::vector<double>> byDay(30);
        for (int hours = 0; hours < 30 * 24; hours++) {
            house.clock.set(startMs + (hours + 1) * hour - 1);
            const double scale = 1 + 0.02 * (hours / 24);
            std::vector<double> values;
            std::vector<int64_t> times;
            for (uint32_t i = 0; i < 30 + random() % 60; i++) {
                values.push_back(std::round(scale * draw(random) * 1000) / 1000);
                times.push_back(startMs + hours * hour + int64_t(random() % uint32_t(hour)));
            }
            QVERIFY(house.put(Kind::Distribution, times, values));
            house.engine->maintain();
            all.insert(all.end(), values.begin(), values.end());
            auto &today = byDay[size_t(hours / 24)];
            today.insert(today.end(), values.begin(), values.end());
        }
        QVERIFY(house.makeDays());
        QVERIFY(house.engine->stats().hoursFromMs > startMs + 20 * day);
        const auto days = house.days();
        QCOMPARE(days.size(), size_t(30));
        Histogram merged;
        ExactSum sum;
        uint64_t count = 0;
        for (size_t i = 0; i < days.size(); i++) {
            QCOMPARE(days[i].startMs, startMs + int64_t(i) * day);
            const auto row = rowOf(days[i]);
            QVERIFY(row.ok());
            agreesWith(row->histograms->merged, byDay[i]);
            std::ranges::sort(byDay[i]);
            isNear(days[i].p50, exactQuantile(byDay[i], 0.5));
            isNear(days[i].p95, exactQuantile(byDay[i], 0.95));
            isNear(days[i].p99, exactQuantile(byDay[i], 0.99));
            merged.merge(row->histograms->merged);
            sum.merge(row->sum);
            count += days[i].count;
        }
        agreesWith(merged, all);
        QCOMPARE(count, uint64_t(all.size()));
        ExactSum expected;
        for (const double value : all)
            expected.add(value);
        QCOMPARE(sum.value(), expected.value());
        // The control: other values are noticed.
        std::ranges::sort(all);
        QVERIFY(std::fabs(merged.quantile(0.5) * 1.03 / exactQuantile(all, 0.5) - 1) > 0.012);
    }

    void daysThatClocksChange_data()
    {
        QTest::addColumn<int64_t>("startMs");
        QTest::addColumn<int>("hours");
        QTest::addRow("March") << utc(2026, 3, 28, 23) << 23;
        QTest::addRow("October") << utc(2026, 10, 24, 22) << 25;
    }
    void daysThatClocksChange()
    {
        QFETCH(int64_t, startMs);
        QFETCH(int, hours);
        House house;
        QVERIFY(house.start("Europe/Berlin", startMs - day));
        QVERIFY(house.tick(startMs + hours * hour + day));
        QVERIFY(house.makeDays());
        const StoredDay changed = house.dayFrom(startMs);
        QCOMPARE(changed.endMs, startMs + hours * hour);
        QCOMPARE(changed.zone, std::string("Europe/Berlin"));
        QCOMPARE(changed.count, uint64_t(hours * 6));
        QCOMPARE(changed.sum, double(hours * 6));
        for (const int64_t other : {startMs - day, startMs + hours * hour}) {
            QCOMPARE(house.dayFrom(other).endMs, other + day);
            QCOMPARE(house.dayFrom(other).count, uint64_t(144));
        }
    }

    /// Midnight in India is 18:30 UTC: the samples divide the hour between the two days.
    void midnightOnTheHalfHour()
    {
        House house;
        const int64_t midnight = utc(2026, 1, 10, 18, 30);
        QVERIFY(house.start("Asia/Kolkata", midnight - 2 * day));
        QVERIFY(house.tick(midnight + 2 * day));
        // Everything of one hour lies before its half, and another amount after it.
        QVERIFY(house.put(Kind::Delta, {midnight - 1, midnight}, {1000.0, 20'000.0}));
        QVERIFY(house.makeDays());
        for (int i = -2; i < 2; i++)
            QCOMPARE(house.dayFrom(midnight + i * day).endMs, midnight + (i + 1) * day);
        QCOMPARE(house.dayFrom(midnight - 2 * day).sum, 144.0);
        QCOMPARE(house.dayFrom(midnight - day).sum, 144.0 + 1000.0);
        QCOMPARE(house.dayFrom(midnight).sum, 144.0 - 1.0 + 1.0 + 20'000.0);
        QCOMPARE(house.dayFrom(midnight + day).sum, 144.0);
    }

    void anotherZoneConcernsNewDays()
    {
        House house;
        const int64_t startMs = utc(2026, 1, 6);
        QVERIFY(house.start("UTC", startMs));
        QVERIFY(house.tick(startMs + 3 * day + 6 * hour));
        QVERIFY(house.start("America/New_York", house.clock.nowMs()));
        QVERIFY(house.tick(startMs + 7 * day + 5 * hour));
        QVERIFY(house.makeDays());
        const auto days = house.days();
        double sum = 0;
        for (size_t i = 0; i < days.size(); i++) {
            const bool old = days[i].startMs < startMs + 4 * day;
            QCOMPARE(days[i].zone, std::string(old ? "UTC" : "America/New_York"));
            if (i > 0)
                QCOMPARE(days[i].startMs, days[i - 1].endMs);
            sum += days[i].sum;
        }
        // UTC to the end of its day, then the rest of a day in New York, which is five hours behind.
        for (int i = 0; i < 4; i++)
            QCOMPARE(house.dayFrom(startMs + i * day).endMs, startMs + (i + 1) * day);
        QCOMPARE(house.dayFrom(startMs + 4 * day).endMs, startMs + 4 * day + 5 * hour);
        QCOMPARE(house.dayFrom(startMs + 4 * day).count, uint64_t(30));
        QCOMPARE(house.dayFrom(startMs + 4 * day + 5 * hour).endMs, startMs + 5 * day + 5 * hour);
        QCOMPARE(sum, double(days.back().endMs - startMs) / double(10 * minute));
        // Late data makes the old day anew, in its old zone.
        QVERIFY(house.put(Kind::Delta, {startMs + day + minute}, {100.0}));
        QVERIFY(house.makeDays());
        QCOMPARE(house.dayFrom(startMs + day).sum, 244.0);
        QCOMPARE(house.dayFrom(startMs + day).zone, std::string("UTC"));
    }
};

QTEST_GUILESS_MAIN(DaysTest)
#include "DaysTest.moc"

#include "storage/engine/rollup/HourlyPack.h"

#include "storage/engine/rollup/RollupBuilder.h"
#include "storage/engine/rollup/RowColumns.h"
#include "storage/model/Staleness.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace plimsoll;

namespace {

constexpr int64_t start = 1'767'700'800'000 / hourSpanMs * hourSpanMs;

RollupRows rowsOf(Kind kind, int hours, uint32_t seed, int missing = 0)
{
    std::mt19937 random(seed);
    FloatColumns columns;
    double total = 0;
    for (int64_t i = 0; i < hours * 360; i++) {
        if (missing && i / 360 % missing == 1)
            continue;
        const double value = (random() % 1000) / 100.0;
        total = std::round((total + value) * 100) / 100;
        columns.timestampsMs.push_back(start + i * 10'000 + seed % 977);
        columns.values.push_back(kind == Kind::Counter ? total : value);
    }
    RollupRows rows;
    appendHours(columns, kind, rows);
    return rows;
}

RollupRows histogramRows(Kind kind, int hours, uint32_t seed)
{
    std::mt19937 random(seed);
    HistogramColumns columns;
    Histogram total;
    for (int64_t i = 0; i < hours * 60; i++) {
        Histogram one;
        one.observe((random() % 1000) / 100.0);
        total.merge(one);
        columns.timestampsMs.push_back(start + i * 60'000);
        columns.values.push_back(kind == Kind::Histogram ? total : one);
    }
    RollupRows rows;
    appendHours(columns, kind, rows);
    return rows;
}

bool same(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }

bool same(const RollupRow &a, const RollupRow &b)
{
    return a.startMs == b.startMs && a.firstMs == b.firstMs && a.lastMs == b.lastMs && a.count == b.count &&
           (a.histograms || a.sum == b.sum) && same(a.min, b.min) && same(a.max, b.max) &&
           same(a.first, b.first) && same(a.last, b.last) &&
           (std::isnan(a.increase) ? std::isnan(b.increase) : same(a.increase, b.increase)) &&
           a.histograms == b.histograms;
}

RollupRows readBack(const HourlyPackBuilder::Packs &packs, SeriesId series)
{
    RollupColumns columns;
    bool spans = false;
    for (const auto &group : packs.groups) {
        if (group.data.empty())
            continue;
        const auto pack = HourlyPack::open(group.data);
        if (!pack || !pack->find(series))
            continue;
        if (!spans)
            pack->appendSpans(*pack->find(series), columns);
        spans = true;
        if (!pack->append(*pack->find(series), columns))
            return {};
    }
    return toRows(columns);
}

} // namespace

class HourlyPackTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsEveryKind_data()
    {
        QTest::addColumn<int>("hours");
        QTest::addRow("window") << 3;
        QTest::addRow("week") << 168;
    }
    void keepsEveryKind()
    {
        QFETCH(int, hours);
        const Kind kinds[] = {Kind::Gauge,     Kind::Counter,      Kind::Delta,
                              Kind::Histogram, Kind::Distribution, Kind::Untyped};
        std::map<SeriesId, RollupRows> written;
        HourlyPackBuilder builder;
        for (SeriesId id = 1; id <= 18; id++) {
            const Kind kind = kinds[id % 6];
            written[id * 7] = holdsHistograms(kind) ? histogramRows(kind, hours, id)
                                                    : rowsOf(kind, hours, id, id % 3 == 0 ? 4 : 0);
            builder.add(id * 7, kind, written[id * 7]);
        }
        const auto packs = builder.finish();
        QVERIFY(builder.empty());
        for (const auto &[id, rows] : written) {
            const RollupRows read = readBack(packs, id);
            QCOMPARE(read.size(), rows.size());
            for (size_t i = 0; i < rows.size(); i++)
                QVERIFY2(same(read[i], rows[i]), qPrintable(QString("series %1 row %2").arg(id).arg(i)));
        }
        QVERIFY(readBack(packs, 8).empty());
    }

    void keepsSumsBeyondADouble()
    {
        RollupRow row;
        row.startMs = row.firstMs = row.lastMs = start;
        row.count = 2;
        row.sum.add(1e15);
        row.sum.add(0.000000001);
        HourlyPackBuilder builder;
        builder.add(1, Kind::Delta, {row});
        const auto packs = builder.finish();
        const RollupRows read = readBack(packs, 1);
        QCOMPARE(read.size(), size_t(1));
        QVERIFY(read[0].sum == row.sum);
        QVERIFY(!(read[0].sum == ExactSum(row.sum.value())));
    }

    void leavesStaleMarkersOutAndSeesResets()
    {
        FloatColumns columns;
        const auto add = [&](int64_t ms, double value) {
            columns.timestampsMs.push_back(start + ms);
            columns.values.push_back(value);
        };
        add(0, 5);
        add(1000, 8);
        add(2000, 2);
        add(3000, std::bit_cast<double>(staleBits));
        add(hourSpanMs + 5, 3);
        add(hourSpanMs + 6, 1);
        RollupRows rows;
        appendHours(columns, Kind::Counter, rows);
        QCOMPARE(rows.size(), size_t(2));
        QCOMPARE(rows[0].count, uint64_t(3));
        QCOMPARE(rows[0].increase, 3.0 + 2.0);
        QCOMPARE(rows[1].increase, 1.0);
        RollupRow day = rows[0];
        day.merge(rows[1]);
        QCOMPARE(day.increase, 5.0 + 1.0 + 1.0);
        QVERIFY(day.first == 5 && day.last == 1 && day.min == 1 && day.max == 8);
    }

    void refusesDamage()
    {
        HourlyPackBuilder builder;
        for (SeriesId id = 1; id <= 4; id++)
            builder.add(id, Kind::Counter, rowsOf(Kind::Counter, 3, id));
        builder.add(9, Kind::Distribution, histogramRows(Kind::Distribution, 3, 9));
        const auto packs = builder.finish();
        for (const auto &group : packs.groups) {
            QVERIFY(HourlyPack::open(group.data).ok());
            for (size_t i = 0; i < group.data.size(); i += 1 + i / 40) {
                std::string damaged = group.data;
                damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
                const auto opened = HourlyPack::open(damaged);
                QVERIFY(!opened || opened->group() != static_cast<RollupGroup>(group.data[5]));
                QVERIFY(!HourlyPack::open(group.data.substr(0, i)).ok());
            }
        }
    }

    void takesFewBytes()
    {
        for (const int hours : {3, 168}) {
            std::mt19937 random(1);
            size_t bytes = 0;
            size_t rows = 0;
            HourlyPackBuilder builder;
            for (SeriesId id = 1; id <= 60; id++) {
                FloatColumns columns;
                double value = random() % 101;
                for (int64_t i = 0; i < hours * 360; i++) {
                    value = std::clamp(value + double(random() % 3) - 1, 0.0, 100.0);
                    columns.timestampsMs.push_back(start + i * 10'000);
                    columns.values.push_back(value);
                }
                RollupRows made;
                appendHours(columns, Kind::Untyped, made);
                rows += made.size();
                builder.add(id, Kind::Untyped, made);
                if (builder.full() || id == 60) {
                    const auto packs = builder.finish();
                    for (const auto &group : packs.groups)
                        bytes += group.data.size();
                }
            }
            qInfo("%d hours a series: %.2f bytes a row, %.4f a sample", hours, double(bytes) / double(rows),
                  double(bytes) / double(rows) / 360);
            QVERIFY(double(bytes) / double(rows) / 360 < 0.03);
        }
    }
};

QTEST_GUILESS_MAIN(HourlyPackTest)
#include "HourlyPackTest.moc"

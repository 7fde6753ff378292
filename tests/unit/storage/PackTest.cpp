#include "storage/engine/Chunk.h"
#include "storage/engine/PackBuilder.h"
#include "tests/support/OddDoubles.h"

#include <QFile>
#include <QTest>

#include <cstring>

using namespace plimsoll;

namespace {

constexpr int64_t windowStart = 1'767'700'800'000;

FloatColumns floatsOf(const std::vector<double> &values)
{
    FloatColumns columns;
    for (size_t i = 0; i < values.size(); i++)
        columns.timestampsMs.push_back(windowStart + int64_t(i) * 1000);
    columns.values = values;
    return columns;
}

HistogramColumns histogramsOf(int count)
{
    HistogramColumns columns;
    for (int i = 0; i < count; i++) {
        Histogram histogram;
        for (int k = 0; k <= i % 7; k++)
            histogram.observe(0.001 * (i + 1) * (k + 1));
        columns.timestampsMs.push_back(windowStart + i * 777);
        columns.values.push_back(histogram);
    }
    return columns;
}

template<typename Columns>
PackEntry entryOf(SeriesId series, const Columns &columns)
{
    PackEntry entry;
    entry.series = series;
    entry.samples = columns.size();
    entry.minMs = columns.timestampsMs.front();
    entry.maxMs = columns.timestampsMs.back();
    return entry;
}

std::string examplePack()
{
    PackBuilder builder(windowStart);
    SeriesId series = 3;
    for (const auto &[name, values] : test::oddColumns()) {
        const FloatColumns columns = floatsOf(values);
        PackEntry entry = entryOf(series, columns);
        if (series % 2 == 0)
            entry.total = ExactSum(values.front());
        builder.add(entry, encodeChunk(columns, windowStart));
        series += 1 + series % 5;
    }
    const HistogramColumns histograms = histogramsOf(50);
    PackEntry entry = entryOf(series + 100'000, histograms);
    entry.histograms = true;
    builder.add(entry, encodeChunk(histograms, windowStart, Kind::Distribution));
    return builder.finish();
}

} // namespace

class PackTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void holdsWhatWasPutIn()
    {
        const auto pack = Pack::open(examplePack());
        QVERIFY(pack.ok());
        QCOMPARE(pack->windowStartMs(), windowStart);
        SeriesId series = 3;
        for (const auto &[name, values] : test::oddColumns()) {
            const PackEntry *entry = pack->find(series);
            QVERIFY(entry);
            QCOMPARE(entry->total.has_value(), series % 2 == 0);
            FloatColumns columns;
            QVERIFY(pack->read(*entry, columns));
            const FloatColumns expected = floatsOf(values);
            QCOMPARE(columns.timestampsMs, expected.timestampsMs);
            QVERIFY(std::memcmp(columns.values.data(), values.data(), values.size() * sizeof(double)) == 0);
            QCOMPARE(entry->minMs, expected.timestampsMs.front());
            QCOMPARE(entry->maxMs, expected.timestampsMs.back());
            HistogramColumns wrong;
            QVERIFY(!pack->read(*entry, wrong));
            QVERIFY(!pack->find(series + 1) || pack->find(series + 1)->series == series + 1);
            series += 1 + series % 5;
        }
        const PackEntry *entry = pack->find(series + 100'000);
        HistogramColumns histograms;
        QVERIFY(pack->read(*entry, histograms));
        QVERIFY(histograms.values == histogramsOf(50).values);
        QCOMPARE(histograms.timestampsMs, histogramsOf(50).timestampsMs);
        Histogram sum;
        for (const Histogram &histogram : histogramsOf(50).values)
            sum.merge(histogram);
        QCOMPARE(pack->merged(*entry)->count(), sum.count());
        QCOMPARE(pack->merged(*entry)->sum(), sum.sum());
        QVERIFY(!pack->find(1) && !pack->find(UINT32_MAX));
    }

    /// Series that begin alike and end at different times must not share a clock.
    void tellsClocksOfDifferentLengthApart()
    {
        PackBuilder builder(windowStart);
        const std::vector<size_t> lengths{3, 130, 1, 2, 127, 3, 17};
        for (size_t i = 0; i < lengths.size(); i++) {
            FloatColumns columns = floatsOf(std::vector<double>(lengths[i], 0.5));
            for (size_t k = 0; k < columns.size(); k++)
                columns.timestampsMs[k] = windowStart + 3'600'000 + int64_t(k) * 10'000;
            builder.add(entryOf(SeriesId(i + 1), columns), encodeChunk(columns, windowStart));
        }
        const auto pack = Pack::open(builder.finish());
        QVERIFY(pack.ok());
        for (size_t i = 0; i < lengths.size(); i++) {
            const PackEntry *entry = pack->find(SeriesId(i + 1));
            QVERIFY(entry);
            FloatColumns columns;
            QVERIFY(pack->read(*entry, columns).ok());
            QCOMPARE(columns.size(), lengths[i]);
            QCOMPARE(columns.timestampsMs.back(), windowStart + 3'600'000 + int64_t(lengths[i] - 1) * 10'000);
        }
    }

    void neverServesAFlippedBit()
    {
        const std::string good = examplePack();
        const auto reference = Pack::open(good);
        std::mt19937_64 random(12);
        for (int round = 0; round < 3000; round++) {
            std::string bytes = good;
            const size_t at = round < 600 ? size_t(round) : random() % bytes.size();
            bytes[at] ^= static_cast<char>(1 << random() % 8);
            const auto pack = Pack::open(bytes);
            if (!pack)
                continue;
            size_t refused = 0;
            for (const PackEntry &entry : pack->entries()) {
                FloatColumns floats;
                HistogramColumns histograms;
                const Status read =
                    entry.histograms ? pack->read(entry, histograms) : pack->read(entry, floats);
                if (!read) {
                    QCOMPARE(read.error().code, ErrorCode::Corrupt);
                    refused++;
                }
                const bool hit = at >= entry.offset && at < entry.offset + entry.size;
                const bool inTimes = at < pack->entries().front().offset;
                QVERIFY(read.ok() ? !hit : hit || inTimes);
            }
            QVERIFY(refused >= 1);
        }
    }

    void randomBytesAreRefused()
    {
        std::mt19937_64 random(13);
        const std::string good = examplePack();
        for (size_t size = 0; size < good.size(); size += 1 + size / 20)
            QVERIFY(!Pack::open(good.substr(0, std::min(size, size_t(400)))));
        for (int round = 0; round < 5000; round++) {
            std::string bytes = round % 2 == 0 ? "PLPK\x01" : "PLPK\x02";
            for (uint64_t size = random() % 100; size > 0; size--)
                bytes += static_cast<char>(random());
            QVERIFY(!Pack::open(bytes));
        }
        QCOMPARE(Pack::open("PLPK\x03").error().code, ErrorCode::Unsupported);
    }

    void sharesEqualTimes()
    {
        PackBuilder builder(windowStart);
        FloatColumns columns = floatsOf(std::vector<double>(1000, 1));
        std::mt19937_64 random(15);
        for (size_t i = 0; i < columns.size(); i++)
            columns.timestampsMs[i] += int64_t(random() % 500);
        const size_t alone = encodeChunk(columns, windowStart).size();
        for (SeriesId series = 1; series <= 50; series++)
            builder.add(entryOf(series, columns), encodeChunk(columns, windowStart));
        const std::string bytes = builder.finish();
        QVERIFY2(bytes.size() < alone + 50 * 20, std::to_string(bytes.size()).c_str());
        const auto pack = Pack::open(bytes);
        for (const PackEntry &entry : pack->entries()) {
            FloatColumns read;
            QVERIFY(pack->read(entry, read));
            QCOMPARE(read.timestampsMs, columns.timestampsMs);
        }
    }

    void fillsPagesOfSqlite()
    {
        std::mt19937_64 random(16);
        PackBuilder builder(windowStart);
        int packs = 0;
        size_t inLeaves = 0;
        for (SeriesId series = 1; packs < 50; series++) {
            std::vector<double> values;
            for (int i = 0; i < 1080; i++)
                values.push_back(double(random() % 6));
            const FloatColumns columns = floatsOf(values);
            builder.add(entryOf(series, columns), encodeChunk(columns, windowStart));
            if (!builder.full())
                continue;
            const size_t row = builder.finish().size() + 5;
            const size_t rest = (row - 489) % 4092;
            inLeaves += rest + 489 <= 4061 ? rest + 489 : 489;
            QVERIFY(row > 24'000 && row < 48'000);
            packs++;
        }
        QVERIFY2(inLeaves / size_t(packs) < 850, std::to_string(inLeaves / size_t(packs)).c_str());
    }

    /// A pack of examplePack() as version 1 wrote it.
    void readsVersion1()
    {
        QFile file(qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + QLatin1String("/tests/frozen/v1/pack.bin"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto old = Pack::open(file.readAll().toStdString());
        const auto now = Pack::open(examplePack());
        QVERIFY(old.ok() && now.ok());
        QVERIFY(old->entries().size() > 20);
        for (const PackEntry &entry : old->entries()) {
            const PackEntry *same = now->find(entry.series);
            QVERIFY(same);
            QCOMPARE(entry.samples, same->samples);
            QCOMPARE(entry.minMs, same->minMs);
            QCOMPARE(entry.maxMs, same->maxMs);
            QCOMPARE(entry.total.has_value(), same->total.has_value());
            compareSamples(*old, entry, *now, *same);
        }
    }

private:
    static void compareSamples(const Pack &a, const PackEntry &ofA, const Pack &b, const PackEntry &ofB)
    {
        if (ofA.histograms) {
            HistogramColumns one;
            HistogramColumns other;
            QVERIFY(a.read(ofA, one) && b.read(ofB, other));
            QCOMPARE(one.timestampsMs, other.timestampsMs);
            QVERIFY(one.values == other.values);
            QVERIFY(*a.merged(ofA) == *b.merged(ofB));
            return;
        }
        FloatColumns one;
        FloatColumns other;
        QVERIFY(a.read(ofA, one) && b.read(ofB, other));
        QCOMPARE(one.timestampsMs, other.timestampsMs);
        QVERIFY(std::memcmp(one.values.data(), other.values.data(), one.size() * sizeof(double)) == 0);
    }
};

QTEST_GUILESS_MAIN(PackTest)
#include "PackTest.moc"

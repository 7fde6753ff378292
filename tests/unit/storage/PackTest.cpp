#include "storage/engine/Pack.h"
#include "storage/engine/Chunk.h"
#include "tests/support/OddDoubles.h"

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
                    QVERIFY(at >= entry.offset && at < entry.offset + entry.size);
                    refused++;
                }
            }
            QCOMPARE(refused, size_t(1));
        }
    }

    void randomBytesAreRefused()
    {
        std::mt19937_64 random(13);
        const std::string good = examplePack();
        for (size_t size = 0; size < good.size(); size += 1 + size / 20)
            QVERIFY(!Pack::open(good.substr(0, std::min(size, size_t(400)))));
        for (int round = 0; round < 5000; round++) {
            std::string bytes = "PLPK\x01";
            for (uint64_t size = random() % 100; size > 0; size--)
                bytes += static_cast<char>(random());
            QVERIFY(!Pack::open(bytes));
        }
        QCOMPARE(Pack::open("PLPK\x02").error().code, ErrorCode::Unsupported);
    }

    /// Chunks are guarded by a checksum; their decoders must be safe without it.
    void randomChunksAreNeverReadOutOfBounds()
    {
        std::mt19937_64 random(14);
        const std::string floats = encodeChunk(floatsOf(test::oddColumns().back().second), windowStart);
        const std::string histograms = encodeChunk(histogramsOf(20), windowStart, Kind::Distribution);
        for (int round = 0; round < 5000; round++) {
            const std::string &source = round % 2 == 0 ? floats : histograms;
            std::vector<char> bytes(source.begin(), source.end());
            bytes.resize(random() % (bytes.size() + 1));
            for (uint64_t flips = random() % 5; flips > 0 && !bytes.empty(); flips--)
                bytes[random() % std::min<size_t>(bytes.size(), 200)] ^= static_cast<char>(1 << random() % 8);
            const std::string_view view(bytes.data(), bytes.size());
            FloatColumns floatColumns;
            HistogramColumns histogramColumns;
            (void)decodeChunk(view, windowStart, random() % 2000, floatColumns);
            (void)decodeChunk(view, windowStart, random() % 100, histogramColumns);
            (void)mergedOfChunk(view);
        }
    }
};

QTEST_GUILESS_MAIN(PackTest)
#include "PackTest.moc"

#include "storage/engine/codec/HistogramCodec.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace plimsoll;

namespace {

using Column = std::vector<Histogram>;

/// Latencies of so many requests per sample; `cumulative` as Prometheus scrapes them, with a restart.
Column latencies(size_t samples, double mean, bool cumulative)
{
    std::mt19937_64 random(41);
    std::poisson_distribution<int> requests(mean);
    std::lognormal_distribution<double> latency(std::log(0.01), 0.6);
    Column column;
    Histogram histogram(3);
    for (size_t i = 0; i < samples; i++) {
        if (!cumulative || i == samples / 2)
            histogram = Histogram(3);
        for (int k = requests(random); k > 0; k--)
            histogram.observe(latency(random));
        column.push_back(histogram);
    }
    return column;
}

std::vector<std::pair<std::string, Column>> columns()
{
    std::vector<std::pair<std::string, Column>> all{
        {"none", {}},
        {"empty", Column(3)},
        {"one", latencies(1, 5, false)},
        {"two", latencies(2, 5, true)},
        {"increments", latencies(240, 3, false)},
        {"cumulative", latencies(240, 50, true)},
    };
    Column odd = latencies(30, 20, false);
    odd[3].observe(-1.5, 7);
    odd[4].observe(0, 3);
    odd[5].setZeroBucket(0.001, 12);
    odd[6].setResetHint(Histogram::ResetHint::Gauge);
    odd[7].reduceTo(-2);
    odd[8].setTotals(12345, 0.1);
    odd[9].setTotals(1e300, std::nan(""));
    odd[10] = Histogram::withBounds({0.1, 1, 2.5});
    odd[10].addPositive(0, 3);
    odd[10].addPositive(3, 9'000'000'000'000'000.0);
    odd[11].setTotals(1, -0.0);
    odd[12].observe(INFINITY);
    for (int i = 0; i < 50; i++)
        odd[13].observe(0.01 * i + 1e-9);
    all.emplace_back("odd", odd);
    Column scaled = latencies(20, 5, false);
    for (Histogram &histogram : scaled)
        histogram.scale(0.3);
    all.emplace_back("not whole", scaled);
    Column falling = latencies(20, 50, true);
    std::reverse(falling.begin(), falling.end());
    all.emplace_back("falling", falling);
    return all;
}

} // namespace

class HistogramCodecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void histogramsComeBack()
    {
        for (const auto &[name, column] : columns()) {
            for (const bool cumulative : {false, true}) {
                std::string bytes;
                encodeHistograms(column, cumulative, bytes);
                Column decoded;
                QVERIFY2(decodeHistogramColumn(bytes, column.size(), decoded), name.c_str());
                QCOMPARE(decoded.size(), column.size());
                for (size_t i = 0; i < column.size(); i++)
                    QVERIFY2(decoded[i].encode() == column[i].encode(), name.c_str());
            }
        }
    }

    void bucketsTakeFewBytes()
    {
        const auto bytesEach = [](const Column &column, bool cumulative) {
            std::string bytes;
            encodeHistograms(column, cumulative, bytes);
            return double(bytes.size()) / double(column.size());
        };
        // Sums and extremes are measured doubles: 14 bytes for these, up to 18 for the sum with its rest.
        const double quiet = bytesEach(latencies(720, 3, false), false);
        QVERIFY2(quiet < 32, std::to_string(quiet).c_str());
        const double busy = bytesEach(latencies(720, 50, true), true);
        QVERIFY2(busy < 42, std::to_string(busy).c_str());
    }

    void damagedBytesAreNeverReadOutOfBounds()
    {
        std::mt19937_64 random(42);
        const auto all = columns();
        for (int round = 0; round < 4000; round++) {
            const Column &column = all[random() % all.size()].second;
            std::string bytes;
            encodeHistograms(column, round % 2 == 0, bytes);
            for (uint64_t flips = random() % 4; flips > 0 && !bytes.empty(); flips--)
                bytes[random() % std::min<size_t>(bytes.size(), round % 3 == 0 ? 100 : 100'000)] ^=
                    static_cast<char>(1 << random() % 8);
            bytes.resize(random() % 3 == 0 ? random() % (bytes.size() + 1) : bytes.size());
            const std::vector<char> tight(bytes.begin(), bytes.end());
            Column out;
            (void)decodeHistogramColumn({tight.data(), tight.size()},
                                        random() % 3 == 0 ? random() % 300 : column.size(), out);
        }
    }
};

QTEST_GUILESS_MAIN(HistogramCodecTest)
#include "HistogramCodecTest.moc"

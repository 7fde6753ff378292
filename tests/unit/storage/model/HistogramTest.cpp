#include "storage/model/Histogram.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace plimsoll;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Histogram observed(const std::vector<double> &values, int schema = Histogram::ownSchema)
{
    Histogram result(schema);
    for (const double value : values)
        result.observe(value);
    return result;
}

Histogram richOne()
{
    Histogram histogram = observed({0, 0.25, 1, 1, 3.5, -2, 1e-9, 1e12});
    histogram.observe(7, 2.5);
    return histogram;
}

} // namespace

class HistogramTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void boundsIncludeTheUpperEnd()
    {
        for (int schema = Histogram::minSchema; schema <= Histogram::maxSchema; schema++) {
            for (const double value :
                 {1.0, 0.5, 2.0, 1e-300, 3.7, 65536.0, 1e300, std::numeric_limits<double>::min(),
                  std::numeric_limits<double>::max()}) {
                const int32_t index = Histogram::bucketIndex(schema, value);
                QVERIFY2(Histogram::lowerBound(schema, index) < value, qPrintable(QString::number(schema)));
                QVERIFY(value <= Histogram::upperBound(schema, index));
            }
            QCOMPARE(Histogram::bucketIndex(schema, 1.0), 0);
            QCOMPARE(Histogram::bucketIndex(schema, std::nextafter(1.0, 2)), 1);
        }
    }

    void quantileIsTheOrderStatisticWithinHalfABucket()
    {
        std::mt19937_64 random(1);
        std::lognormal_distribution<double> latency(-3, 1.5);
        std::vector<double> values(5000);
        for (double &value : values)
            value = random() % 10 ? latency(random) : -latency(random);
        const Histogram histogram = observed(values);
        std::ranges::sort(values);
        for (int i = 0; i <= 1000; i++) {
            const double q = i / 1000.0;
            const auto rank = static_cast<size_t>(std::max(1.0, std::ceil(q * 5000)));
            const double truth = values[rank - 1];
            QVERIFY(std::fabs(histogram.quantile(q) / truth - 1) < 0.0055);
        }
        QCOMPARE(histogram.quantile(1.01), infinity);
        QCOMPARE(histogram.quantile(-0.01), -infinity);
        QVERIFY(std::isnan(Histogram().quantile(0.5)));
        QCOMPARE(observed({0.2}).quantile(0.5) == 0.2, true);
    }

    void mergeEqualsObservingTogether()
    {
        Histogram left = observed({0.1, 0.2, -4, 0});
        left.merge(observed({0.2, 100, 1e-7}));
        QCOMPARE(left, observed({0.1, 0.2, -4, 0, 0.2, 100, 1e-7}));
        QCOMPARE(left.count(), 7.0);
        QCOMPARE(left.min(), -4.0);
    }

    void mergeKeepsTheCoarserSchema()
    {
        Histogram fine = observed({0.3, 5, 17}, 8);
        fine.merge(observed({0.4, 900}, 2));
        Histogram coarse = observed({0.3, 5, 17, 0.4, 900}, 2);
        QCOMPARE(fine, coarse);
    }

    void mergeKeepsTheWiderZeroBucket()
    {
        Histogram wide(0);
        wide.setZeroBucket(0.7, 3);
        wide.setTotals(3, 0);
        Histogram narrow = observed({0.1, 0.6, 0.9, 5}, 0);
        narrow.merge(wide);
        QCOMPARE(narrow.zeroThreshold(), 1.0); // 0.7 would cut the populated bucket (0.5, 1]
        QCOMPARE(narrow.zeroCount(), 6.0);
        QCOMPARE(narrow.positive(), (Histogram::Buckets{{3, 1.0}}));
    }

    void subtractUndoesMerge()
    {
        const Histogram before = observed({1, 2, 3});
        Histogram after = before;
        after.merge(observed({2, 50.25}));
        after.subtract(before);
        QCOMPARE(after.count(), 2.0);
        QCOMPARE(after.sum(), 52.25);
        QCOMPARE(after.positive(), observed({2, 50.25}).positive());
    }

    void sumIsExact()
    {
        Histogram total;
        for (int i = 0; i < 1000; i++) {
            Histogram part;
            for (int j = 0; j < 10; j++)
                part.observe(0.01);
            total.merge(Histogram::decode(part.encode()).value());
        }
        QCOMPARE(total.sum() == 100.0, true);
    }

    void nanAndInfinityAreCounted()
    {
        Histogram histogram = observed({std::nan(""), infinity, 1});
        QCOMPARE(histogram.count(), 3.0);
        QVERIFY(std::isnan(histogram.sum()));
        QCOMPARE(histogram.positive().size(), size_t(2));
        QCOMPARE(histogram.positive().rbegin()->first,
                 Histogram::bucketIndex(6, std::numeric_limits<double>::max()));
    }

    void manyBucketsReduceTheResolution()
    {
        Histogram histogram;
        for (int i = 0; i < 20'000; i++)
            histogram.observe(std::exp2((i - 10'000) / 64.0));
        QVERIFY(histogram.reduced());
        QVERIFY(histogram.positive().size() <= Histogram::maxBuckets);
        double total = 0;
        for (const auto &bucket : histogram.positive())
            total += bucket.second;
        QCOMPARE(total, 20'000.0);
    }

    void customBoundsKeepTheCommonOnes()
    {
        Histogram left = Histogram::withBounds({1, 5, 10});
        for (const double value : {0.5, 1.0, 3.0, 7.0, 20.0})
            left.observe(value);
        QCOMPARE(left.positive(), (Histogram::Buckets{{0, 2}, {1, 1}, {2, 1}, {3, 1}}));
        Histogram right = Histogram::withBounds({1, 10});
        right.observe(2);
        left.merge(right);
        QCOMPARE(left.customBounds(), (std::vector<double>{1, 10}));
        QCOMPARE(left.positive(), (Histogram::Buckets{{0, 2}, {1, 3}, {2, 1}}));
    }

    void storedFormRoundTrips()
    {
        Histogram custom = Histogram::withBounds({0.1, 1});
        custom.observe(0.5);
        custom.setResetHint(Histogram::ResetHint::Gauge);
        Histogram scaled = richOne();
        scaled.scale(-0.37);
        Histogram zeroed(3);
        zeroed.setZeroBucket(1e-3, 12);
        for (const Histogram &histogram :
             {Histogram(), richOne(), custom, scaled, zeroed, observed({infinity})}) {
            const auto back = Histogram::decode(histogram.encode());
            QVERIFY(back.ok());
            QCOMPARE(*back, histogram);
        }
    }

    void refusesDamagedBytes()
    {
        const std::string good = richOne().encode();
        for (size_t size = 0; size < good.size(); size++)
            QVERIFY(!Histogram::decode(std::string_view(good).substr(0, size)).ok());
        QVERIFY(!Histogram::decode(good + "x").ok());
        std::mt19937 random(3);
        for (int i = 0; i < 50'000; i++) {
            std::string bad = good;
            for (unsigned j = 0; j <= random() % 4; j++)
                bad[random() % bad.size()] = static_cast<char>(random());
            if (const auto histogram = Histogram::decode(bad); histogram.ok()) {
                Histogram total = richOne();
                if (!total.mixesWith(*histogram))
                    total.merge(*histogram);
                total.quantile(0.5);
                QVERIFY(Histogram::decode(histogram->encode()).ok());
            }
        }
    }
};

QTEST_GUILESS_MAIN(HistogramTest)
#include "HistogramTest.moc"

#include "storage/model/ExactSum.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace plimsoll;

class ExactSumTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sumsAMillionCents()
    {
        ExactSum sum;
        double naive = 0;
        for (int i = 0; i < 1'000'000; i++) {
            sum.add(0.01);
            naive += 0.01;
        }
        QCOMPARE(sum.value() == 10000.0, true);
        QVERIFY(sum.exact());
        QVERIFY(naive != 10000.0);
    }

    void doesNotDependOnOrderOrMerge()
    {
        std::mt19937_64 random(7);
        std::vector<double> values;
        int64_t nano = 0;
        for (int i = 0; i < 20'000; i++) {
            const auto units = static_cast<int64_t>(random() % 9'000'000'000'000ULL) - 4'000'000'000'000LL;
            const int64_t scale = std::array<int64_t, 4>{1, 1000, 10'000'000, 1'000'000}[random() % 4];
            values.push_back(static_cast<double>(units / scale * scale) / 1e9);
            nano += units / scale * scale;
        }
        const double expected = static_cast<double>(static_cast<long double>(nano) / 1e9L);
        for (int round = 0; round < 3; round++) {
            std::shuffle(values.begin(), values.end(), random);
            ExactSum left, right;
            for (size_t i = 0; i < values.size(); i++)
                (i % 3 ? left : right).add(values[i]);
            left.merge(right);
            QVERIFY(left.exact());
            QCOMPARE(left.value() == expected, true);
        }
    }

    void takesTheDecimalWithFewestPlaces()
    {
        ExactSum sum;
        for (int i = 0; i < 10; i++)
            sum.add(123456789012.34); // its double is nearer to other decimals of 9 places
        QVERIFY(sum.exact());
        QCOMPARE(sum.value() == 1234567890123.4, true);
    }

    void cancelsLargeAgainstSmall()
    {
        ExactSum sum;
        for (const double value : {1e20, 0.1, -1e20, 0.2})
            sum.add(value);
        QCOMPARE(sum.value() == 0.3, true);
        QVERIFY(sum.exact());
    }

    void carriesTheRestInDoubleDouble()
    {
        ExactSum sum;
        sum.add(1.0);
        sum.add(1e-20);
        QVERIFY(!sum.exact());
        sum.add(-1.0);
        QCOMPARE(sum.value(), 1e-20);
        ExactSum big;
        for (const double value : {1e100, 1.0, -1e100, 1.0 / 3})
            big.add(value);
        QCOMPARE(big.value() == 1 + 1.0 / 3, true);
    }

    void survivesOverflowOfTheInteger()
    {
        ExactSum sum;
        for (int i = 0; i < 10'000; i++)
            sum.add(9e28);
        QVERIFY(!sum.exact());
        QVERIFY(std::fabs(sum.value() / 9e32 - 1) < 1e-15);
        for (int i = 0; i < 10'000; i++)
            sum.subtract(9e28);
        QVERIFY(std::fabs(sum.value()) < 1e13);
    }

    void followsIeeeForInfinityAndNan()
    {
        const double infinity = std::numeric_limits<double>::infinity();
        ExactSum sum(infinity);
        sum.add(1);
        QCOMPARE(sum.value(), infinity);
        sum.add(-infinity);
        QVERIFY(std::isnan(sum.value()));
        QVERIFY(std::isnan(ExactSum(std::nan("")).value()));
    }

    void storedFormRoundTrips()
    {
        ExactSum thirds(1.0 / 3);
        thirds.add(1e9);
        ExactSum large(1e20);
        large.add(0.01);
        for (const ExactSum &sum :
             {ExactSum(), ExactSum(0.01), ExactSum(-49), thirds, large, ExactSum(1e300)}) {
            std::string bytes;
            sum.appendTo(bytes);
            for (size_t size = 0; size < bytes.size(); size++) {
                std::string_view part = std::string_view(bytes).substr(0, size);
                QVERIFY(!ExactSum::take(part));
            }
            std::string_view rest = bytes;
            QVERIFY(ExactSum::take(rest) == sum);
            QVERIFY(rest.empty());
        }
    }
};

QTEST_GUILESS_MAIN(ExactSumTest)
#include "ExactSumTest.moc"

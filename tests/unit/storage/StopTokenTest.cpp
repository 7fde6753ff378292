#include "storage/model/StoppableSort.h"

#include <QTest>

#include <numeric>
#include <random>

using namespace plimsoll;

class StopTokenTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void neverStopsByItself()
    {
        QVERIFY(!StopToken::never().stopped());
        QVERIFY(StopToken::never().status().ok());
    }

    void saysWhy()
    {
        std::atomic<bool> cancelled{false};
        const StopToken patient(&cancelled, 3'600'000);
        QVERIFY(!patient.stopped());
        cancelled = true;
        QVERIFY(patient.stopped());
        QCOMPARE(patient.status().error().code, ErrorCode::Cancelled);

        const StopToken late(nullptr, -1);
        QVERIFY(late.stopped());
        QCOMPARE(late.status().error().code, ErrorCode::Timeout);
    }

    void aCheckAsksOnceInSoMuchWork()
    {
        std::atomic<bool> cancelled{true};
        const StopToken token(&cancelled, 1000);
        StopCheck check(token, 100);
        for (int i = 0; i < 99; i++)
            QVERIFY(check.proceed());
        QVERIFY(!check.proceed());
        QVERIFY(!check.proceed());
    }

    void sortsAsStableSortDoes()
    {
        std::mt19937 random(1);
        for (const size_t size : {0, 1, 2, 2047, 2048, 2049, 4096, 5000, 6144, 100'000}) {
            std::vector<std::pair<uint32_t, size_t>> values(size);
            for (size_t i = 0; i < size; i++)
                values[i] = {static_cast<uint32_t>(random() % 1000), i};
            auto expected = values;
            const auto byFirst = [](const auto &a, const auto &b) { return a.first < b.first; };
            std::ranges::stable_sort(expected, byFirst);
            QVERIFY(stoppableSort(values, byFirst, StopToken::never()));
            QVERIFY(values == expected);
        }
    }

    void aSortStopsInTheMiddle()
    {
        std::atomic<bool> cancelled{false};
        const StopToken token(&cancelled, 3'600'000);
        std::vector<int> values(1'000'000);
        std::iota(values.rbegin(), values.rend(), 0);
        size_t compared = 0;
        const bool sorted = stoppableSort(
            values,
            [&](int a, int b) {
                if (++compared == 15'000'000 / 2)
                    cancelled = true;
                return a < b;
            },
            token);
        QVERIFY(!sorted);
        QVERIFY(compared < 15'000'000 / 2 + 50'000);
    }
};

QTEST_GUILESS_MAIN(StopTokenTest)
#include "StopTokenTest.moc"

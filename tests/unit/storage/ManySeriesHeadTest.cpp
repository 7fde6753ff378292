#include "storage/engine/HeadWindow.h"

#include <QTest>

using namespace plimsoll;

/// A window of very many series keeps shorter tails; nothing else may differ.
class ManySeriesHeadTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsEverySampleOfManySeries()
    {
        constexpr SeriesId series = 40'000;
        constexpr int64_t windowMs = 3 * 3'600'000;
        constexpr uint64_t first = 7;
        HeadWindow window(0, windowMs, first, 0);
        uint64_t commit = first;
        window.lock();
        for (int step = 0; step < 45; step++, commit++) {
            // Some series are old, and their tails long, before the others come.
            for (SeriesId id = 1; id <= (step < 8 ? 20'000 : series); id++)
                window.append(id, step * 10'000 + id % 3, id + step * 0.5, commit, commit);
        }
        window.unlock();
        HeadWindow restored(0, windowMs, first, 0);
        std::vector<HeadWindow::Image> images;
        for (size_t page = 0; window.copyPage(page, images); page++) {
            for (const HeadWindow::Image &image : images) {
                std::string slices;
                window.cut(image, false, commit, slices);
                QVERIFY(restored.restore(image.series, false, slices));
            }
        }
        QCOMPARE(restored.samples(), window.samples());
        for (const HeadWindow *source : {&window, &restored}) {
            for (SeriesId id = 1; id <= series; id += 97) {
                FloatColumns columns;
                source->read(id, commit, columns);
                const int from = id <= 20'000 ? 0 : 8;
                QCOMPARE(columns.size(), size_t(45 - from));
                for (int step = from; step < 45; step++) {
                    QCOMPARE(columns.timestampsMs[size_t(step - from)], step * 10'000 + id % 3);
                    QCOMPARE(columns.values[size_t(step - from)], id + step * 0.5);
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(ManySeriesHeadTest)
#include "ManySeriesHeadTest.moc"

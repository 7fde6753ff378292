#include "ui/desktop/look/Mark.h"
#include "ui/desktop/look/Theme.h"

#include <QImage>
#include <QPainter>
#include <QTest>

using namespace plimsoll::desktop;

namespace {

QImage drawn(Standing standing)
{
    QImage image(52, 40, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    mark::paintStanding(painter, image.rect(), standing, Qt::black);
    return image;
}

} // namespace

/// Who cannot tell the colours apart must be able to tell the shapes.
class MarkTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hasAShapeOfItsOwnForEachStanding()
    {
        const Standing all[] = {Standing::Ok, Standing::Warn, Standing::Firing, Standing::Unreachable};
        for (const Standing one : all) {
            for (const Standing other : all) {
                if (one == other)
                    continue;
                const QImage a = drawn(one), b = drawn(other);
                int different = 0;
                for (int y = 0; y < a.height(); y++) {
                    for (int x = 0; x < a.width(); x++)
                        different += std::abs(qAlpha(a.pixel(x, y)) - qAlpha(b.pixel(x, y))) > 128;
                }
                QVERIFY2(different > 40, qPrintable(QString("%1 and %2").arg(int(one)).arg(int(other))));
            }
        }
    }

    void fillsTheUpperHalfWhileFiring()
    {
        const QImage image = drawn(Standing::Firing);
        QVERIFY(qAlpha(image.pixel(26, 14)) > 200);
        QCOMPARE(qAlpha(image.pixel(26, 26)), 0);
        QCOMPARE(qAlpha(drawn(Standing::Ok).pixel(26, 14)), 0);
    }

    void hasAnIconInEverySize()
    {
        const Theme theme(Theme::Choice::Light);
        const QIcon icon = mark::icon(Standing::Warn, mark::colourOf(Standing::Warn));
        for (const int size : {16, 22, 48, 256})
            QCOMPARE(icon.actualSize({size, size}), QSize(size, size));
    }
};

QTEST_MAIN(MarkTest)
#include "MarkTest.moc"

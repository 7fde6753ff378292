#include "ui/desktop/look/Mark.h"

#include "ui/desktop/look/Theme.h"

#include <QPainter>
#include <QPixmap>

namespace plimsoll::desktop::mark {

namespace {

QPen penOf(const QColor &colour, double stroke)
{
    return {colour, stroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin};
}

} // namespace

void paint(QPainter &painter, QPointF centre, double radius, const QColor &colour, double stroke)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(penOf(colour, stroke));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(centre, radius, radius);
    const double reach = radius * 12 / 7;
    painter.drawLine(centre - QPointF(reach, 0), centre + QPointF(reach, 0));
    painter.restore();
}

void paintStanding(QPainter &painter, const QRectF &box, Standing standing, const QColor &colour)
{
    const double unit = std::min(box.width() / 26, box.height() / 20);
    const double radius = 7 * unit;
    const QPointF centre = box.center();
    if (standing == Standing::Ok)
        return paint(painter, centre, radius, colour, 2.1 * unit);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPen pen = penOf(colour, 2.1 * unit);
    if (standing == Standing::Unreachable) {
        pen.setCapStyle(Qt::FlatCap);
        pen.setDashPattern({1.6, 1.25});
    }
    painter.setPen(pen);
    const QRectF circle(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius);
    painter.drawEllipse(circle);
    if (standing == Standing::Firing) {
        painter.setBrush(colour);
        painter.drawPie(circle, 0, 180 * 16);
    }
    const double y = centre.y() - (standing == Standing::Warn ? radius : 0);
    painter.drawLine(QPointF(centre.x() - 12 * unit, y), QPointF(centre.x() + 12 * unit, y));
    painter.restore();
}

QColor colourOf(Standing standing)
{
    const Tokens &t = Theme::tokens();
    switch (standing) {
    case Standing::Ok:
        return t.ok;
    case Standing::Warn:
        return t.warnMark;
    case Standing::Firing:
        return t.badMark;
    case Standing::Unreachable:
        break;
    }
    return t.text3;
}

QIcon icon(Standing standing, const QColor &ink)
{
    QIcon icon;
    for (const int size : {16, 22, 24, 32, 48, 64, 128, 256}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paintStanding(painter, QRectF(0, 0, size, size), standing, ink);
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

} // namespace plimsoll::desktop::mark

#include "ui/desktop/look/Icons.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

namespace plimsoll::desktop {

namespace {

QPainterPath overview()
{
    QPainterPath path;
    path.addEllipse(QPointF(8, 8), 4.6, 4.6);
    path.moveTo(0.8, 8);
    path.lineTo(15.2, 8);
    return path;
}

QPainterPath explore()
{
    QPainterPath path;
    path.addEllipse(QPointF(7, 7), 4.4, 4.4);
    path.moveTo(10.4, 10.4);
    path.lineTo(14, 14);
    return path;
}

QPainterPath bell()
{
    QPainterPath path(QPointF(4, 11));
    path.lineTo(4, 7);
    path.arcTo(QRectF(4, 3, 8, 8), 180, -180);
    path.lineTo(12, 11);
    path.lineTo(13.2, 12.5);
    path.lineTo(2.8, 12.5);
    path.closeSubpath();
    path.moveTo(6.8, 14.4);
    path.lineTo(9.2, 14.4);
    return path;
}

QPainterPath sliders()
{
    QPainterPath path;
    for (const auto &[x, y] : {std::pair{10.0, 4.5}, std::pair{6.0, 11.5}}) {
        path.moveTo(2, y);
        path.lineTo(x - 1.7, y);
        path.addEllipse(QPointF(x, y), 1.7, 1.7);
        path.moveTo(x + 1.7, y);
        path.lineTo(14, y);
    }
    return path;
}

QPainterPath pathOf(const QByteArray &name)
{
    if (name == "explore")
        return explore();
    if (name == "alerts")
        return bell();
    return name == "settings" ? sliders() : overview();
}

} // namespace

QIcon lineIcon(const QByteArray &name, const QColor &colour)
{
    constexpr int scale = 3;
    QPixmap pixmap(16 * scale, 16 * scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(scale, scale);
    painter.setPen(QPen(colour, 1.35, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(pathOf(name));
    painter.end();
    return QIcon(pixmap);
}

} // namespace plimsoll::desktop

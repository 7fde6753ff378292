#include "ui/desktop/look/Icons.h"

#include <QHash>
#include <QPainter>
#include <QPainterPath>
#include <QPixmap>
#include <QPolygonF>

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

QPainterPath tiles()
{
    QPainterPath path;
    for (const QRectF &tile :
         {QRectF(2, 2.5, 5, 6), QRectF(9, 2.5, 5, 3.5), QRectF(9, 8, 5, 5.5), QRectF(2, 10.5, 5, 3)})
        path.addRect(tile);
    return path;
}

QPainterPath lines(std::initializer_list<QPolygonF> each)
{
    QPainterPath path;
    for (const QPolygonF &one : each)
        path.addPolygon(one);
    return path;
}

QPainterPath arrows()
{
    return lines({QPolygonF{{2.5, 5.2}, {12.5, 5.2}}, QPolygonF{{9.8, 2.6}, {12.5, 5.2}, {9.8, 7.8}},
                  QPolygonF{{13.5, 10.8}, {3.5, 10.8}}, QPolygonF{{6.2, 8.2}, {3.5, 10.8}, {6.2, 13.4}}});
}

QPainterPath coin()
{
    QPainterPath path;
    path.addEllipse(QPointF(8, 8), 6.2, 6.2);
    path.moveTo(10, 5.9);
    path.cubicTo(9.2, 4.4, 6, 4.5, 6, 6.4);
    path.cubicTo(6, 8.5, 10.1, 7.5, 10.1, 9.6);
    path.cubicTo(10.1, 11.6, 6.6, 11.6, 5.8, 10.1);
    path.moveTo(8, 3.9);
    path.lineTo(8, 12.1);
    return path;
}

QPainterPath pulse()
{
    return lines({QPolygonF{{1.5, 8.5}, {4.5, 8.5}, {6.5, 3.5}, {9.5, 13}, {11.5, 8.5}, {14.5, 8.5}}});
}

QPainterPath tray()
{
    return lines({QPolygonF{{2, 9.5}, {4.2, 3}, {11.8, 3}, {14, 9.5}, {14, 13}, {2, 13}, {2, 9.5}},
                  QPolygonF{{2, 9.5}, {5.5, 9.5}, {6.5, 11}, {9.5, 11}, {10.5, 9.5}, {14, 9.5}}});
}

QPainterPath pathOf(const QByteArray &name)
{
    static const QHash<QByteArray, QPainterPath> paths{
        {"overview", overview()}, {"explore", explore()}, {"dashboards", tiles()},
        {"endpoints", arrows()},  {"costs", coin()},      {"health", pulse()},
        {"alerts", bell()},       {"data", tray()},       {"settings", sliders()},
    };
    Q_ASSERT(paths.contains(name));
    return paths.value(name);
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

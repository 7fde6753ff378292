#include "ui/desktop/window/Sheet.h"

#include "ui/desktop/look/Theme.h"

#include <QGridLayout>
#include <QPainter>

namespace plimsoll::desktop {

Sheet::Sheet(Feed &feed, QWidget *parent)
    : QWidget(parent)
{
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(1, 1, 1, 1);
    grid->setSpacing(1);
    for (size_t index = 0; index < feed.panels().size(); index++) {
        auto *tile = new ChartTile(feed, index, m_crosshair);
        grid->addWidget(tile, int(index) / columns, int(index) % columns);
        grid->setColumnStretch(int(index) % columns, 1);
        grid->setRowStretch(int(index) / columns, 1);
        m_tiles.push_back(tile);
        connect(tile, &ChartTile::opened, this, &Sheet::opened);
    }
    connect(&feed, &Feed::panelChanged, this, [this](size_t index) { m_tiles[index]->refresh(); });
    const auto all = [this] {
        for (ChartTile *tile : m_tiles)
            tile->refresh();
    };
    connect(&feed, &Feed::alarmsChanged, this, all);
    connect(&feed, &Feed::linkChanged, this, all);
    connect(&m_tiles.front()->chart(), &TimeChart::plotWidthChanged, &feed, &Feed::setPixels);
    setMinimumHeight(330);
}

void Sheet::restyle()
{
    for (ChartTile *tile : m_tiles)
        tile->restyle();
    update();
}

void Sheet::paintEvent(QPaintEvent *)
{
    const Tokens &t = Theme::tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(t.border);
    painter.setBrush(t.surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12);
    for (size_t index = 1; index < m_tiles.size(); index++) {
        const QRect tile = m_tiles[index]->geometry();
        if (int(index) % columns != 0)
            painter.drawLine(QPointF(tile.left() - 0.5, tile.top()),
                             QPointF(tile.left() - 0.5, tile.bottom() + 1));
        if (int(index) >= columns)
            painter.drawLine(QPointF(tile.left(), tile.top() - 0.5),
                             QPointF(tile.right() + 1, tile.top() - 0.5));
    }
}

} // namespace plimsoll::desktop

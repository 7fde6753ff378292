#include "ui/desktop/window/Sheet.h"

#include "ui/desktop/look/Theme.h"

#include <QGridLayout>
#include <QPainter>

#include <algorithm>

namespace plimsoll::desktop {

Sheet::Sheet(Feed &feed, QWidget *parent)
    : QWidget(parent)
    , m_feed(feed)
{
    connect(&feed, &Feed::panelChanged, this, [this](size_t index) {
        if (index < m_tiles.size())
            m_tiles[index]->refresh();
    });
    const auto all = [this] {
        for (ChartTile *tile : m_tiles)
            tile->refresh();
    };
    connect(&feed, &Feed::alarmsChanged, this, all);
    connect(&feed, &Feed::linkChanged, this, all);
    connect(&feed, &Feed::panelsChanged, this, &Sheet::rebuild);
    rebuild();
}

void Sheet::rebuild()
{
    for (ChartTile *tile : m_tiles) {
        tile->hide();
        tile->disconnect(this);
        tile->deleteLater();
    }
    m_tiles.clear();
    delete layout();
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(1, 1, 1, 1);
    grid->setSpacing(1);
    const std::vector<Panel> &panels = m_feed.panels();
    int column = 0;
    for (size_t index = 0; index < panels.size(); index++) {
        const int row = panels[index].row;
        if (index > 0 && row != panels[index - 1].row)
            column = 0;
        const auto inRow = int(std::count_if(panels.begin(), panels.end(),
                                             [row](const Panel &panel) { return panel.row == row; }));
        auto *tile = new ChartTile(m_feed, index, m_crosshair);
        grid->addWidget(tile, row, column, 1, columns / inRow);
        grid->setRowStretch(row, 1);
        grid->setRowMinimumHeight(row, 138);
        column += columns / inRow;
        m_tiles.push_back(tile);
        connect(tile, &ChartTile::opened, this, &Sheet::opened);
    }
    for (int i = 0; i < columns; i++) {
        grid->setColumnStretch(i, 1);
        grid->setColumnMinimumWidth(i, 100);
    }
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
        if (tile.left() > 2)
            painter.drawLine(QPointF(tile.left() - 0.5, tile.top()),
                             QPointF(tile.left() - 0.5, tile.bottom() + 1));
        if (tile.top() > 2)
            painter.drawLine(QPointF(tile.left(), tile.top() - 0.5),
                             QPointF(tile.right() + 1, tile.top() - 0.5));
    }
}

} // namespace plimsoll::desktop

#pragma once

#include "ui/desktop/window/ChartTile.h"

#include <vector>

namespace plimsoll::desktop {

/// All chart tiles on one sheet, up to three in a row, divided by hairlines, with one crosshair.
class Sheet : public QWidget
{
    Q_OBJECT

public:
    explicit Sheet(Feed &feed, QWidget *parent = nullptr);

    void restyle();
    const std::vector<ChartTile *> &tiles() const { return m_tiles; }

Q_SIGNALS:
    void opened(size_t index);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void rebuild();

    static constexpr int columns = 6; ///< a row has one, two or three tiles

    Feed &m_feed;
    Crosshair m_crosshair;
    std::vector<ChartTile *> m_tiles;
};

} // namespace plimsoll::desktop

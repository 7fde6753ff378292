#pragma once

#include "ui/desktop/chart/TimeChart.h"
#include "ui/desktop/data/Feed.h"

#include <QWidget>

class QLabel;

namespace plimsoll::desktop {

/// One cell of the sheet: title, a note, the big number, and the chart.
class ChartTile : public QWidget
{
    Q_OBJECT

public:
    ChartTile(Feed &feed, size_t index, Crosshair &crosshair, QWidget *parent = nullptr);

    TimeChart &chart() { return *m_chart; }
    void refresh();
    void restyle();

Q_SIGNALS:
    void opened(size_t index);

private:
    Picture picture() const;
    QString wordsFor(const PanelData &data) const;
    void showNumber();
    void showNote();

    Feed &m_feed;
    size_t m_index;
    Crosshair &m_crosshair;
    std::optional<LoadLine> m_line;
    QLabel *m_title;
    QLabel *m_note;
    QLabel *m_number;
    QLabel *m_unit;
    TimeChart *m_chart;
};

} // namespace plimsoll::desktop

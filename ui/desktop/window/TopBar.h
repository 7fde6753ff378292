#pragma once

#include "ui/desktop/data/Feed.h"

#include <QWidget>

class QButtonGroup;
class QLabel;

namespace plimsoll::desktop {

/// The page's title, whether it is live, and the time range.
class TopBar : public QWidget
{
    Q_OBJECT

public:
    explicit TopBar(Feed &feed, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// The ranges are of the charts; lists have their own.
    void showRanges(bool shown);
    /// Chooses the range of the given place, 0 being 1 h.
    void choose(int place);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Feed &m_feed;
    QLabel *m_title;
    QWidget *m_segments;
    QLabel *m_live;
    QButtonGroup *m_ranges;
};

} // namespace plimsoll::desktop

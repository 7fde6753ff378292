#pragma once

#include "ui/desktop/data/Feed.h"

#include <QWidget>

namespace plimsoll::desktop {

/// Every alarm as a column of water, scaled so that all thresholds lie on one line; worst first, at most 12.
/// Without alarms it is one sentence.
class LoadStrip : public QWidget
{
    Q_OBJECT

public:
    static constexpr int most = 12;

    explicit LoadStrip(Feed &feed, QWidget *parent = nullptr);

    void refresh();

Q_SIGNALS:
    /// A column was clicked, or Enter pressed on it.
    void opened(const QString &alarmId);

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    std::vector<Alarm> shown() const;
    QRectF hull() const;
    QRectF column(int index, int count) const;
    int columnAt(QPointF position) const;
    void paintHead(QPainter &painter) const;
    void paintKey(QPainter &painter, double &right, const QString &text, bool water) const;
    void paintColumn(QPainter &painter, const Alarm &alarm, const QRectF &box) const;
    void paintWater(QPainter &painter, const Alarm &alarm, const QRectF &tank) const;
    void paintHighWater(QPainter &painter, const Alarm &alarm, const QRectF &tank) const;
    void paintLine(QPainter &painter) const;
    void choose(int column);

    Feed &m_feed;
    int m_chosen = -1;
};

} // namespace plimsoll::desktop

#include "ui/desktop/window/LoadStrip.h"

#include "ui/desktop/look/Theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

namespace plimsoll::desktop {

namespace {

constexpr double clip = 1.4, room = 1.42, tankHeight = 92, headHeight = 38, gap = 6, side = 16,
                 lineInset = 30;

double yOf(const QRectF &tank, double level)
{
    return tank.bottom() - std::min(level, clip) / room * tank.height();
}

QColor withAlpha(QColor colour, double alpha)
{
    colour.setAlphaF(float(alpha));
    return colour;
}

} // namespace

LoadStrip::LoadStrip(Feed &feed, QWidget *parent)
    : QWidget(parent)
    , m_feed(feed)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(198);
    connect(&feed, &Feed::alarmsChanged, this, &LoadStrip::refresh);
    connect(&feed, &Feed::linkChanged, this, &LoadStrip::refresh);
    refresh();
}

void LoadStrip::refresh()
{
    setVisible(!m_feed.alarms().empty());
    QStringList words;
    for (const Alarm &alarm : shown())
        words << alarm.name + ' ' + alarm.valueText() + " of " + alarm.thresholdText();
    setAccessibleName("Load, every alarm against its line: " + words.join(", "));
    update();
}

std::vector<Alarm> LoadStrip::shown() const
{
    std::vector<Alarm> alarms = m_feed.alarms();
    if (alarms.size() > size_t(most))
        alarms.resize(size_t(most));
    return alarms;
}

QRectF LoadStrip::hull() const
{
    return {side + lineInset, headHeight, width() - 2 * side - lineInset, tankHeight};
}

QRectF LoadStrip::column(int index, int count) const
{
    // Few alarms do not become walls: a column is at most an eighth wide.
    const QRectF all = hull();
    const double step = (all.width() + gap) / std::max(count, 8);
    return {all.left() + index * step, all.top(), step - gap, all.height()};
}

int LoadStrip::columnAt(QPointF position) const
{
    const int count = int(shown().size());
    for (int index = 0; index < count; index++) {
        if (column(index, count).adjusted(0, 0, gap, 62).contains(position))
            return index;
    }
    return -1;
}

void LoadStrip::paintEvent(QPaintEvent *)
{
    const Tokens &t = Theme::tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(t.border);
    painter.setBrush(t.surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12);
    if (m_feed.link() != Link::Online)
        painter.setOpacity(0.4);
    paintHead(painter);
    const std::vector<Alarm> alarms = shown();
    for (int index = 0; index < int(alarms.size()); index++) {
        const QRectF box = column(index, int(alarms.size()));
        if (index == m_chosen)
            painter.fillRect(box.adjusted(-3, 0, 3, 62), t.hover);
        paintColumn(painter, alarms[size_t(index)], box);
        if (index == m_chosen && hasFocus()) {
            painter.setPen(QPen(t.sea, 2));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(box.adjusted(-3, 0, 3, 60), 4, 4);
        }
    }
    paintLine(painter);
}

void LoadStrip::paintHead(QPainter &painter) const
{
    const Tokens &t = Theme::tokens();
    const QRectF row(side, 0, width() - 2 * side, headHeight + 2);
    painter.setFont(Theme::font(13, QFont::DemiBold));
    painter.setPen(t.text);
    painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, "Load");
    const double taken = painter.fontMetrics().horizontalAdvance("Load") + 8;
    painter.setFont(Theme::font(12));
    painter.setPen(t.text3);
    painter.drawText(row.adjusted(taken, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     "each column is one alarm, measured against its own line");
    double right = row.right();
    if (m_feed.alarms().size() > size_t(most)) {
        const QString more = QString("+ %1 lower").arg(m_feed.alarms().size() - size_t(most));
        right -= painter.fontMetrics().horizontalAdvance(more);
        painter.drawText(QRectF(right, 0, 200, row.height()), Qt::AlignLeft | Qt::AlignVCenter, more);
        right -= 16;
    }
    paintKey(painter, right, "now", true);
    paintKey(painter, right, "highest in 24 h", false);
}

void LoadStrip::paintKey(QPainter &painter, double &right, const QString &text, bool water) const
{
    const Tokens &t = Theme::tokens();
    const double middle = (headHeight + 2) / 2;
    right -= painter.fontMetrics().horizontalAdvance(text);
    painter.setPen(t.text3);
    painter.drawText(QRectF(right, 0, 200, headHeight + 2), Qt::AlignLeft | Qt::AlignVCenter, text);
    right -= 19;
    if (water) {
        painter.fillRect(QRectF(right, middle - 4, 12, 8), withAlpha(t.water, 0.34));
        painter.fillRect(QRectF(right, middle - 4, 12, 2), t.water);
    } else {
        painter.setPen(QPen(t.text3, 1, Qt::DotLine));
        painter.drawLine(QPointF(right, middle + 0.5), QPointF(right + 12, middle + 0.5));
    }
    right -= 16;
}

void LoadStrip::paintColumn(QPainter &painter, const Alarm &alarm, const QRectF &box) const
{
    const Tokens &t = Theme::tokens();
    paintWater(painter, alarm, box);
    paintHighWater(painter, alarm, box);
    painter.setPen(t.borderStrong);
    painter.drawLine(QPointF(box.left(), box.bottom() + 0.5), QPointF(box.right(), box.bottom() + 0.5));
    const auto line = [&](double offset, const QString &text) {
        const QString fitted = painter.fontMetrics().elidedText(text, Qt::ElideRight, int(box.width()));
        painter.drawText(QRectF(box.left(), box.bottom() + offset, box.width() + 2, 17),
                         Qt::AlignLeft | Qt::AlignVCenter, fitted);
    };
    painter.setFont(Theme::font(12));
    painter.setPen(t.text2);
    line(6, alarm.name);
    painter.setFont(Theme::font(12, QFont::DemiBold));
    painter.setPen(alarm.firing() ? t.bad : t.text);
    const QString value = alarm.state == "error" ? "cannot be read"
                          : alarm.value          ? alarm.valueText()
                                                 : "no data";
    line(23, value);
    painter.setFont(Theme::font(11));
    painter.setPen(t.text3);
    const QString threshold = (alarm.below() ? "at least " : "of ") + alarm.thresholdText();
    line(39, alarm.threshold ? threshold : alarm.state);
}

void LoadStrip::paintWater(QPainter &painter, const Alarm &alarm, const QRectF &tank) const
{
    const Tokens &t = Theme::tokens();
    const double level = alarm.level().value_or(alarm.firing() ? 1.2 : 0);
    const double top = yOf(tank, level);
    const double below = std::max(top, yOf(tank, 1));
    QLinearGradient water(0, below, 0, tank.bottom());
    water.setColorAt(0, withAlpha(t.water, 0.34));
    water.setColorAt(1, withAlpha(t.water, 0.10));
    painter.fillRect(QRectF(tank.left(), below, tank.width(), tank.bottom() - below), water);
    if (level > 1) {
        painter.fillRect(QRectF(tank.left(), top, tank.width(), below - top), t.badMark);
    } else if (level > 0) {
        const QColor edge = alarm.standing() == Standing::Ok ? t.water : t.warnMark;
        painter.fillRect(QRectF(tank.left(), top, tank.width(), std::min(2.0, tank.bottom() - top)), edge);
    }
}

void LoadStrip::paintHighWater(QPainter &painter, const Alarm &alarm, const QRectF &tank) const
{
    const auto highest = alarm.highestLevel();
    if (!highest)
        return;
    const Tokens &t = Theme::tokens();
    const double y = std::floor(yOf(tank, *highest)) - 0.5;
    painter.setPen(QPen(*highest > 1 ? t.bad : t.text3, 1, Qt::DotLine));
    painter.drawLine(QPointF(tank.left(), y), QPointF(tank.right(), y));
}

void LoadStrip::paintLine(QPainter &painter) const
{
    const Tokens &t = Theme::tokens();
    const QRectF all = hull();
    const double y = std::floor(yOf(all, 1)) + 0.5;
    painter.setPen(QPen(t.line, 1.2));
    painter.drawLine(QPointF(side, y), QPointF(all.right(), y));
    const QPointF centre(side + 14, y);
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.surface);
    painter.drawEllipse(centre, 6, 6);
    mark::paint(painter, centre, 6, t.line, 1.6);
}

bool LoadStrip::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    auto *help = static_cast<QHelpEvent *>(event);
    const int index = columnAt(help->pos());
    if (index < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), shown()[size_t(index)].name.toHtmlEscaped(), this);
    return true;
}

void LoadStrip::mousePressEvent(QMouseEvent *event)
{
    const int index = columnAt(event->position());
    if (event->button() == Qt::LeftButton && index >= 0)
        Q_EMIT opened(shown()[size_t(index)].id);
}

void LoadStrip::mouseMoveEvent(QMouseEvent *event)
{
    choose(columnAt(event->position()));
    setCursor(m_chosen >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void LoadStrip::leaveEvent(QEvent *) { choose(-1); }

void LoadStrip::keyPressEvent(QKeyEvent *event)
{
    const int count = int(shown().size());
    if (event->key() == Qt::Key_J || event->key() == Qt::Key_Right)
        choose(std::min(m_chosen + 1, count - 1));
    else if (event->key() == Qt::Key_K || event->key() == Qt::Key_Left)
        choose(std::max(m_chosen - 1, 0));
    else if (event->key() == Qt::Key_Return && m_chosen >= 0 && m_chosen < count)
        Q_EMIT opened(shown()[size_t(m_chosen)].id);
    else
        QWidget::keyPressEvent(event);
}

void LoadStrip::choose(int column)
{
    if (column == m_chosen)
        return;
    m_chosen = column;
    update();
}

} // namespace plimsoll::desktop

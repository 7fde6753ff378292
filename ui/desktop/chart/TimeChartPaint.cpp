#include "ui/desktop/chart/TimeChart.h"

#include "ui/desktop/look/Mark.h"
#include "ui/desktop/look/Theme.h"

#include <QDateTime>
#include <QPainter>

#include <cmath>

namespace plimsoll::desktop {

namespace {

/// A horizontal pixel row that is drawn sharp.
double sharp(double y) { return std::floor(y) + 0.5; }

QPainterPath pathOf(const QPolygonF &points)
{
    QPainterPath path;
    path.addPolygon(points);
    return path;
}

} // namespace

void TimeChart::drawBackground(QPainter *painter, const QRectF &rect)
{
    QChartView::drawBackground(painter, rect);
    painter->save();
    painter->setFont(Theme::font(11));
    if (m_picture.stale)
        painter->setOpacity(0.4);
    drawGrid(*painter);
    drawGaps(*painter);
    drawTimes(*painter);
    painter->setOpacity(1);
    drawWords(*painter);
    painter->restore();
}

void TimeChart::drawForeground(QPainter *painter, const QRectF &rect)
{
    QChartView::drawForeground(painter, rect);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(Theme::font(11));
    if (m_picture.stale)
        painter->setOpacity(0.4);
    drawDots(*painter);
    drawBreach(*painter);
    drawLoadLine(*painter);
    drawNames(*painter);
    drawCrosshair(*painter);
    painter->restore();
}

void TimeChart::drawGrid(QPainter &painter) const
{
    const Tokens &t = Theme::tokens();
    const QRectF plot = plotRect();
    for (const double tick : m_axis.ticks) {
        // Heights mean nothing where nothing is drawn.
        if (tick > 0 && !m_hasPoints && !m_picture.line)
            continue;
        const double y = sharp(yOf(tick));
        painter.setPen(tick == 0 ? t.borderStrong : t.grid);
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        if (m_picture.line && std::abs(y - yOf(m_picture.line->value)) < 13)
            continue;
        painter.setPen(t.text3);
        painter.drawText(QRectF(-20, y - 8, plot.left() + 12, 16), Qt::AlignRight | Qt::AlignVCenter,
                         m_axis.label(tick));
    }
}

void TimeChart::drawGaps(QPainter &painter) const
{
    if (m_picture.curves.size() != 1)
        return;
    const QRectF plot = plotRect();
    const std::vector<Run> runs = runsOf(m_picture.curves[0]);
    for (size_t i = 1; i < runs.size(); i++) {
        const double left = xOf(runs[i - 1].back().timeMs), right = xOf(runs[i].front().timeMs);
        if (runs[i].front().timeMs - runs[i - 1].back().timeMs > 3 * m_picture.span.stepMs)
            painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), Theme::tokens().grid);
    }
}

void TimeChart::drawTimes(QPainter &painter) const
{
    const QRectF plot = plotRect();
    painter.setPen(Theme::tokens().text3);
    for (const TimeTick &tick : timeTicks(m_picture.span, int(plot.width() / 56))) {
        const double x = xOf(tick.timeMs);
        const bool covered = m_crosshair.timeMs() && std::abs(x - xOf(*m_crosshair.timeMs())) < 46;
        if (!covered && x > plot.left() + 14 && x < plot.right() - 12)
            painter.drawText(QRectF(x - 40, plot.bottom() + 4, 80, 16), Qt::AlignCenter, tick.label);
    }
}

void TimeChart::drawWords(QPainter &painter) const
{
    if (m_picture.words.isEmpty())
        return;
    painter.setPen(Theme::tokens().text3);
    painter.setFont(Theme::font(12));
    const QRectF room = plotRect().adjusted(6, 2, -6, -2);
    QRectF words = painter.boundingRect(room, Qt::AlignCenter | Qt::TextWordWrap, m_picture.words);
    painter.fillRect(words.adjusted(-6, -2, 6, 2), Theme::tokens().surface);
    painter.drawText(room, Qt::AlignCenter | Qt::TextWordWrap, m_picture.words);
}

void TimeChart::drawDots(QPainter &painter) const
{
    painter.setPen(Qt::NoPen);
    for (size_t curve = 0; curve < m_picture.curves.size(); curve++) {
        painter.setBrush(colourOf(curve));
        for (const Run &run : runsOf(m_picture.curves[curve])) {
            if (run.size() == 1)
                painter.drawEllipse(at(run.front()), 2, 2);
        }
    }
}

void TimeChart::drawBreach(QPainter &painter) const
{
    if (!m_picture.line || m_picture.curves.size() <= m_picture.main)
        return;
    const QRectF plot = plotRect();
    const double y = yOf(m_picture.line->value);
    const QRectF over(plot.left(), plot.top() - 4, plot.width(), y - plot.top() + 4);
    const QRectF under(plot.left(), y, plot.width(), plot.bottom() - y);
    const QColor bad = Theme::tokens().badMark;
    QColor fill = bad;
    fill.setAlphaF(0.26f);
    painter.save();
    painter.setClipRect(m_picture.line->below ? under : over);
    for (const Run &run : runsOf(m_picture.curves[m_picture.main])) {
        QPolygonF points;
        for (const TimePoint &point : run)
            points << at(point);
        QPolygonF area = points;
        area << QPointF(points.last().x(), y) << QPointF(points.first().x(), y);
        painter.fillPath(pathOf(area), fill);
        painter.setPen(QPen(bad, 1.75, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPolyline(points);
    }
    painter.restore();
}

void TimeChart::drawLoadLine(QPainter &painter) const
{
    if (!m_picture.line)
        return;
    const Tokens &t = Theme::tokens();
    const QRectF plot = plotRect();
    const QColor colour = m_picture.line->firing ? t.badMark : t.line;
    const double y = sharp(yOf(m_picture.line->value));
    painter.setPen(QPen(colour, 1));
    painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.surface);
    painter.drawEllipse(QPointF(plot.left(), y), 4, 4);
    mark::paint(painter, {plot.left(), y}, 4, colour, 1.4);
    painter.setFont(Theme::font(11, QFont::DemiBold));
    painter.setPen(m_picture.line->firing ? t.bad : t.text);
    painter.drawText(QRectF(-20, y - 8, plot.left() + 9, 16), Qt::AlignRight | Qt::AlignVCenter,
                     m_axis.label(m_picture.line->value));
}

void TimeChart::drawNames(QPainter &painter) const
{
    if (m_picture.curves.size() < 2)
        return;
    const QRectF plot = plotRect();
    painter.setFont(Theme::font(11));
    double lowest = plot.bottom() + 4;
    // From the bottom up, each name at least a line above the one before.
    for (size_t curve = 0; curve < m_picture.curves.size(); curve++) {
        const auto &points = m_picture.curves[curve].points;
        if (points.empty())
            continue;
        const double y = std::min(yOf(points.back().value), lowest);
        lowest = y - 13;
        painter.setPen(QPen(colourOf(curve), 2));
        painter.drawLine(QPointF(plot.right() + 2, y), QPointF(plot.right() + 8, y));
        painter.setPen(Theme::tokens().text2);
        painter.drawText(QRectF(plot.right() + 11, y - 8, 30, 16), Qt::AlignLeft | Qt::AlignVCenter,
                         m_picture.curves[curve].name);
    }
}

void TimeChart::drawCrosshair(QPainter &painter) const
{
    if (!m_crosshair.timeMs() || m_picture.curves.empty() || *m_crosshair.timeMs() < m_picture.span.fromMs ||
        *m_crosshair.timeMs() > m_picture.span.toMs)
        return;
    const Tokens &t = Theme::tokens();
    const QRectF plot = plotRect();
    const double x = sharp(xOf(*m_crosshair.timeMs()));
    painter.setPen(QPen(t.text3, 1));
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    for (size_t curve = 0; curve < m_picture.curves.size(); curve++) {
        if (const auto value = valueAtCrosshair(curve)) {
            painter.setPen(QPen(t.surface, 1.5));
            painter.setBrush(colourOf(curve));
            painter.drawEllipse(QPointF(x, yOf(*value)), 3.5, 3.5);
        }
    }
    const bool days = m_picture.span.toMs - m_picture.span.fromMs > 86'400'000;
    const QString time =
        QDateTime::fromMSecsSinceEpoch(*m_crosshair.timeMs()).toString(days ? "ddd HH:mm" : "HH:mm:ss");
    QRectF pill(x - 28, plot.bottom() + 3, 56, 17);
    pill.moveLeft(std::clamp(pill.left(), 0.0, double(viewport()->width()) - pill.width()));
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.button);
    painter.drawRoundedRect(pill, 4, 4);
    painter.setPen(t.buttonText);
    painter.drawText(pill, Qt::AlignCenter, time);
}

} // namespace plimsoll::desktop

#pragma once

#include "ui/desktop/chart/Axis.h"
#include "ui/desktop/chart/Crosshair.h"

#include <QChartView>
#include <QPainterPath>

class QValueAxis;
class QXYSeries;

namespace plimsoll::desktop {

/// A threshold as it lies on a chart.
struct LoadLine
{
    double value = 0;
    bool below = false; ///< trouble is under the line
    bool firing = false;
};

/// What a chart draws.
struct Picture
{
    TimeSpan span;
    std::vector<Curve> curves;
    Unit unit = Unit::Plain;
    double leastTop = 0;
    size_t main = 0;
    std::optional<LoadLine> line;
    QString words;      ///< said in the middle, in place of curves
    bool stale = false; ///< drawn at 40 %
};

/// A chart of lines over time: QtCharts draws the curves; grid, labels, gaps, breach, load line and crosshair
/// are painted here, under and over them. Gaps break the line; a lone point is a dot.
class TimeChart : public QChartView
{
    Q_OBJECT

public:
    explicit TimeChart(Crosshair &crosshair, QWidget *parent = nullptr);

    void show(Picture picture);
    void restyle();
    /// The width of the plot in pixels: as many points are worth asking for.
    int plotWidth() const { return int(plotRect().width()); }
    /// The newest value of the main curve that is not older than the crosshair, or than the end where there
    /// is none.
    std::optional<double> valueAtCrosshair(size_t curve) const;

Q_SIGNALS:
    void opened();
    void plotWidthChanged(int pixels);

protected:
    void drawBackground(QPainter *painter, const QRectF &rect) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void resizeEvent(QResizeEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    using Run = std::vector<TimePoint>;

    QRectF plotRect() const;
    QPointF at(const TimePoint &point) const;
    double xOf(int64_t timeMs) const;
    double yOf(double value) const;
    QColor colourOf(size_t curve) const;
    std::vector<Run> runsOf(const Curve &curve) const;
    void rebuild();
    void addRun(const Run &run, size_t curve);
    void addArea(const Run &run, const QColor &colour);
    void place(QAbstractSeries *series);
    void drawGrid(QPainter &painter) const;
    void drawGaps(QPainter &painter) const;
    void drawTimes(QPainter &painter) const;
    void drawWords(QPainter &painter) const;
    void drawBreach(QPainter &painter) const;
    void drawLoadLine(QPainter &painter) const;
    void drawNames(QPainter &painter) const;
    void drawDots(QPainter &painter) const;
    void drawCrosshair(QPainter &painter) const;

    Crosshair &m_crosshair;
    Picture m_picture;
    ValueAxis m_axis;
    double m_gutter = 40; ///< the room of the y labels
    bool m_hasPoints = false;
    QValueAxis *m_x;
    QValueAxis *m_y;
};

} // namespace plimsoll::desktop

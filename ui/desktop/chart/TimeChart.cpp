#include "ui/desktop/chart/TimeChart.h"

#include "ui/desktop/look/Theme.h"

#include <QAreaSeries>
#include <QChart>
#include <QLineSeries>
#include <QMouseEvent>
#include <QValueAxis>

#include <cmath>

namespace plimsoll::desktop {

namespace {

constexpr double leastGutter = 40, rightGutter = 4, namesGutter = 34, topGutter = 10, footGutter = 20;

} // namespace

TimeChart::TimeChart(Crosshair &crosshair, QWidget *parent)
    : QChartView(parent)
    , m_crosshair(crosshair)
    , m_x(new QValueAxis(this))
    , m_y(new QValueAxis(this))
{
    setFrameShape(QFrame::NoFrame);
    setRenderHint(QPainter::Antialiasing);
    setViewportUpdateMode(QGraphicsView::FullViewportUpdate);
    setMouseTracking(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    setMinimumSize(140, 70);
    chart()->legend()->hide();
    chart()->setBackgroundVisible(false);
    chart()->setAnimationOptions(QChart::NoAnimation);
    chart()->setMargins({});
    for (QValueAxis *axis : {m_x, m_y})
        axis->setVisible(false);
    chart()->addAxis(m_x, Qt::AlignBottom);
    chart()->addAxis(m_y, Qt::AlignLeft);
    connect(&m_crosshair, &Crosshair::moved, viewport(), qOverload<>(&QWidget::update));
    restyle();
}

void TimeChart::restyle()
{
    setBackgroundBrush(Theme::tokens().surface);
    rebuild();
}

void TimeChart::show(Picture picture)
{
    m_picture = std::move(picture);
    rebuild();
}

void TimeChart::rebuild()
{
    double highest = m_picture.leastTop;
    m_hasPoints = false;
    for (const Curve &curve : m_picture.curves) {
        m_hasPoints = m_hasPoints || !curve.points.empty();
        for (const TimePoint &point : curve.points)
            highest = std::max(highest, point.value);
    }
    if (m_picture.line)
        highest = std::max(highest, m_picture.line->value);
    m_axis = ValueAxis::to(highest, m_picture.unit);
    const QFontMetricsF metrics(Theme::font(11));
    m_gutter = std::max(leastGutter, metrics.horizontalAdvance(m_axis.label(m_axis.top)) + 10);
    m_x->setRange(double(m_picture.span.fromMs),
                  double(std::max(m_picture.span.toMs, m_picture.span.fromMs + 1)));
    m_y->setRange(0, m_axis.top);
    chart()->removeAllSeries();
    chart()->setPlotArea(plotRect());
    chart()->setOpacity(m_picture.stale ? 0.4 : 1);
    for (size_t curve = 0; curve < m_picture.curves.size(); curve++) {
        for (const Run &run : runsOf(m_picture.curves[curve]))
            addRun(run, curve);
    }
    viewport()->update();
}

void TimeChart::addRun(const Run &run, size_t curve)
{
    if (run.size() < 2)
        return;
    const QColor colour = colourOf(curve);
    if (m_picture.curves.size() == 1)
        addArea(run, colour);
    auto *line = new QLineSeries;
    for (const TimePoint &point : run)
        line->append(double(point.timeMs), point.value);
    line->setPen(
        QPen(colour, curve == m_picture.main ? 1.75 : 1.25, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    place(line);
}

void TimeChart::addArea(const Run &run, const QColor &colour)
{
    auto *upper = new QLineSeries;
    auto *lower = new QLineSeries;
    for (const TimePoint &point : run)
        upper->append(double(point.timeMs), point.value);
    lower->append(double(run.front().timeMs), 0);
    lower->append(double(run.back().timeMs), 0);
    auto *area = new QAreaSeries(upper, lower);
    upper->setParent(area);
    lower->setParent(area);
    QLinearGradient gradient(0, 0, 0, 1);
    gradient.setCoordinateMode(QGradient::ObjectBoundingMode);
    QColor high = colour, low = colour;
    high.setAlphaF(0.26f);
    low.setAlphaF(0.02f);
    gradient.setColorAt(0, high);
    gradient.setColorAt(1, low);
    area->setBrush(gradient);
    area->setPen(Qt::NoPen);
    place(area);
}

void TimeChart::place(QAbstractSeries *series)
{
    chart()->addSeries(series);
    series->attachAxis(m_x);
    series->attachAxis(m_y);
}

std::vector<TimeChart::Run> TimeChart::runsOf(const Curve &curve) const
{
    std::vector<Run> runs;
    const int64_t joined = m_picture.span.stepMs * 3 / 2;
    for (const TimePoint &point : curve.points) {
        if (runs.empty() || point.timeMs - runs.back().back().timeMs > joined)
            runs.emplace_back();
        runs.back().push_back(point);
    }
    return runs;
}

std::optional<double> TimeChart::valueAtCrosshair(size_t curve) const
{
    if (curve >= m_picture.curves.size() || m_picture.curves[curve].points.empty())
        return std::nullopt;
    const auto &points = m_picture.curves[curve].points;
    if (!m_crosshair.timeMs())
        return points.back().value;
    const int64_t time = *m_crosshair.timeMs();
    const auto nearest = std::min_element(points.begin(), points.end(), [time](const auto &a, const auto &b) {
        return std::abs(a.timeMs - time) < std::abs(b.timeMs - time);
    });
    if (std::abs(nearest->timeMs - time) > m_picture.span.stepMs * 3 / 2)
        return std::nullopt;
    return nearest->value;
}

QColor TimeChart::colourOf(size_t curve) const
{
    const Tokens &t = Theme::tokens();
    if (m_picture.curves.size() != 3)
        return t.water;
    return curve == 0 ? t.q50 : curve == 1 ? t.q95 : t.q99;
}

QRectF TimeChart::plotRect() const
{
    const double right = m_picture.curves.size() > 1 ? namesGutter : rightGutter;
    return QRectF(viewport()->rect()).adjusted(m_gutter, topGutter, -right, -footGutter);
}

double TimeChart::xOf(int64_t timeMs) const
{
    const QRectF plot = plotRect();
    const double length = double(std::max<int64_t>(1, m_picture.span.toMs - m_picture.span.fromMs));
    return plot.left() + double(timeMs - m_picture.span.fromMs) / length * plot.width();
}

double TimeChart::yOf(double value) const
{
    const QRectF plot = plotRect();
    return plot.bottom() - std::clamp(value / m_axis.top, 0.0, 1.0) * plot.height();
}

QPointF TimeChart::at(const TimePoint &point) const { return {xOf(point.timeMs), yOf(point.value)}; }

void TimeChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    chart()->setPlotArea(plotRect());
    Q_EMIT plotWidthChanged(plotWidth());
}

void TimeChart::mouseMoveEvent(QMouseEvent *event)
{
    const QRectF plot = plotRect();
    const double share = (event->position().x() - plot.left()) / std::max(1.0, plot.width());
    if (share < 0 || share > 1 || m_picture.curves.empty())
        return m_crosshair.moveTo(std::nullopt);
    const auto length = double(m_picture.span.toMs - m_picture.span.fromMs);
    m_crosshair.moveTo(m_picture.span.fromMs + int64_t(std::llround(share * length)));
}

void TimeChart::mouseDoubleClickEvent(QMouseEvent *) { Q_EMIT opened(); }

void TimeChart::leaveEvent(QEvent *) { m_crosshair.moveTo(std::nullopt); }

} // namespace plimsoll::desktop

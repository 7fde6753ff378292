#include "ui/desktop/window/ChartTile.h"

#include "ui/desktop/window/Label.h"

#include <QDateTime>
#include <QHBoxLayout>

#include <cmath>

namespace plimsoll::desktop {

namespace {

/// The line of the alarm that is nearest to firing, of those that watch this panel.
std::optional<LoadLine> lineFor(const Panel &panel, const std::vector<Alarm> &alarms)
{
    for (const Alarm &alarm : alarms) {
        if (const auto value = panel.lineOf(alarm))
            return LoadLine{*value, alarm.below(), alarm.firing()};
    }
    return std::nullopt;
}

bool hasPoints(const PanelData &data)
{
    return std::any_of(data.curves.begin(), data.curves.end(),
                       [](const Curve &curve) { return !curve.points.empty(); });
}

} // namespace

ChartTile::ChartTile(Feed &feed, size_t index, Crosshair &crosshair, QWidget *parent)
    : QWidget(parent)
    , m_feed(feed)
    , m_index(index)
    , m_crosshair(crosshair)
    , m_title(makeLabel(13, QFont::DemiBold))
    , m_note(makeLabel(12, QFont::Normal, "hint"))
    , m_number(makeLabel(24, QFont::DemiBold))
    , m_unit(makeLabel(12, QFont::Normal, "hint"))
    , m_chart(new TimeChart(crosshair))
{
    auto *head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_title);
    head->addStretch(1);
    head->addWidget(m_note);
    auto *big = new QHBoxLayout;
    big->setSpacing(5);
    big->addWidget(m_number, 0, Qt::AlignBaseline);
    big->addWidget(m_unit, 0, Qt::AlignBaseline);
    big->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 11, 12, 6);
    column->setSpacing(0);
    column->addLayout(head);
    column->addLayout(big);
    column->addWidget(m_chart, 1);
    m_title->setText(feed.panels()[index].title);
    connect(m_chart, &TimeChart::plotWidthChanged, &feed,
            [&feed, index](int pixels) { feed.setPixels(index, pixels); });
    connect(m_chart, &TimeChart::opened, this, [this] { Q_EMIT opened(m_index); });
    connect(&crosshair, &Crosshair::moved, this, [this] {
        showNumber();
        showNote();
    });
    refresh();
}

void ChartTile::restyle()
{
    m_chart->restyle();
    refresh();
}

void ChartTile::refresh()
{
    m_line = lineFor(m_feed.panels()[m_index], m_feed.alarms());
    m_chart->show(picture());
    showNumber();
    showNote();
    const QString number = m_number->text() + ' ' + m_unit->text();
    m_chart->setAccessibleName(m_title->text() + ", now " + number + ". " + m_note->text());
}

Picture ChartTile::picture() const
{
    const Panel &panel = m_feed.panels()[m_index];
    const PanelData &data = m_feed.panelData(m_index);
    Picture picture;
    picture.span = data.span;
    if (picture.span.toMs == 0)
        picture.span = TimeSpan::last(m_feed.length(), QDateTime::currentMSecsSinceEpoch(), 300);
    picture.curves = data.curves;
    picture.unit = panel.unit;
    picture.leastTop = panel.leastTop;
    picture.main = panel.main;
    picture.line = m_line;
    picture.words = wordsFor(data);
    picture.stale = m_feed.link() != Link::Online || !data.error.isEmpty();
    return picture;
}

QString ChartTile::wordsFor(const PanelData &data) const
{
    if (m_feed.link() != Link::Online)
        return {};
    if (!data.error.isEmpty())
        return data.hint.isEmpty() ? data.error : data.error + '\n' + data.hint;
    return data.asked && !hasPoints(data) ? m_feed.panels()[m_index].empty : QString();
}

void ChartTile::showNumber()
{
    const Panel &panel = m_feed.panels()[m_index];
    const Figure figure = Figure::of(m_chart->valueAtCrosshair(panel.main), panel.unit);
    m_number->setText(figure.number);
    m_unit->setText((figure.unit + ' ' + panel.suffixFor(m_feed.panelData(m_index).span)).trimmed());
    const bool known = m_chart->valueAtCrosshair(panel.main) && m_feed.link() == Link::Online;
    setRole(*m_number, known ? "" : "hint");
}

void ChartTile::showNote()
{
    const Panel &panel = m_feed.panels()[m_index];
    const PanelData &data = m_feed.panelData(m_index);
    m_note->clear();
    setRole(*m_note, "hint");
    if (!hasPoints(data) || panel.main >= data.curves.size() || data.curves[panel.main].points.empty())
        return;
    const auto &points = data.curves[panel.main].points;
    if (m_crosshair.timeMs()) {
        QStringList others;
        for (size_t curve = 0; curve < data.curves.size(); curve++) {
            if (curve != panel.main)
                others << data.curves[curve].name + ' ' +
                              Figure::of(m_chart->valueAtCrosshair(curve), panel.unit).text();
        }
        return m_note->setText(others.join("   "));
    }
    const double now = points.back().value;
    if (m_line && m_line->value > 0 && (m_line->below ? now < m_line->value : now > m_line->value)) {
        const auto percent = QString::number(std::lround(std::fabs(now / m_line->value - 1) * 100));
        m_note->setText(percent + QString::fromUtf8("\u00a0% ") + (m_line->below ? "below" : "above") +
                        " its line");
        return setRole(*m_note, m_feed.link() == Link::Online ? "bad" : "hint");
    }
    const auto highest = std::max_element(points.begin(), points.end(),
                                          [](const auto &a, const auto &b) { return a.value < b.value; });
    const bool days = data.span.toMs - data.span.fromMs > 86'400'000;
    m_note->setText("highest " + Figure::of(highest->value, panel.unit).text() + " at " +
                    QDateTime::fromMSecsSinceEpoch(highest->timeMs).toString(days ? "ddd HH:mm" : "HH:mm"));
}

} // namespace plimsoll::desktop

#include "ui/desktop/window/TopBar.h"

#include "ui/desktop/window/Label.h"

#include <QButtonGroup>
#include <QFrame>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>

namespace plimsoll::desktop {

namespace {

constexpr qint64 hourMs = 3'600'000;
const std::pair<const char *, qint64> ranges[] = {
    {"1h", hourMs}, {"6h", 6 * hourMs}, {"24h", 24 * hourMs}, {"7d", 168 * hourMs}, {"30d", 720 * hourMs}};

} // namespace

TopBar::TopBar(Feed &feed, QWidget *parent)
    : QWidget(parent)
    , m_feed(feed)
    , m_title(makeLabel(15, QFont::DemiBold))
    , m_segments(new QFrame)
    , m_live(makeLabel(12, QFont::Normal, "hint"))
    , m_ranges(new QButtonGroup(this))
{
    QWidget *segments = m_segments;
    segments->setProperty("role", "segments");
    segments->setAccessibleName("Time range");
    segments->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    auto *places = new QHBoxLayout(segments);
    places->setContentsMargins(2, 2, 2, 2);
    places->setSpacing(1);
    int place = 0;
    for (const auto &[name, length] : ranges) {
        auto *button = new QPushButton(name);
        button->setProperty("role", "segment");
        button->setFont(Theme::font(12));
        button->setCheckable(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setChecked(length == feed.length());
        m_ranges->addButton(button, place);
        places->addWidget(button);
        auto *shortcut = new QShortcut(QKeySequence(QString("T, %1").arg(++place)), this);
        connect(shortcut, &QShortcut::activated, button, &QPushButton::click);
    }
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(24, 0, 24, 0);
    m_title->setText("Overview");
    row->addWidget(m_title);
    row->addStretch(1);
    row->addWidget(m_live);
    row->addSpacing(14);
    row->addWidget(segments);
    setFixedHeight(52);
    connect(m_ranges, &QButtonGroup::idClicked, this,
            [this](int chosen) { m_feed.setLength(ranges[chosen].second); });
    const auto update = [this] {
        const bool away = m_feed.link() == Link::Offline;
        m_live->setText(m_feed.live() ? "live" : away ? "reconnecting" : "not live");
        this->update();
    };
    connect(&feed, &Feed::linkChanged, this, update);
    update();
}

void TopBar::setTitle(const QString &title) { m_title->setText(title); }

void TopBar::showRanges(bool shown) { m_segments->setVisible(shown); }

void TopBar::choose(int place)
{
    if (QAbstractButton *button = m_ranges->button(place))
        button->click();
}

void TopBar::paintEvent(QPaintEvent *)
{
    // The dot is full while live and hollow while not.
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens &t = Theme::tokens();
    painter.setPen(QPen(m_feed.live() ? t.ok : t.text3, 1.4));
    painter.setBrush(m_feed.live() ? QBrush(t.ok) : QBrush(Qt::NoBrush));
    painter.drawEllipse(QPointF(m_live->geometry().left() - 10, height() / 2.0), 2.6, 2.6);
}

} // namespace plimsoll::desktop

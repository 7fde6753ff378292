#include "ui/desktop/window/Sidebar.h"

#include "ui/desktop/look/Icons.h"
#include "ui/desktop/window/Label.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace plimsoll::desktop {

namespace {

/// The logo: the mark in ink.
class Logo : public QWidget
{
public:
    Logo() { setFixedSize(26, 20); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        mark::paint(painter, QRectF(rect()).center(), 7, Theme::tokens().text, 2.1);
    }
};

} // namespace

Sidebar::Sidebar(Feed &feed, QWidget *parent)
    : QFrame(parent)
    , m_feed(feed)
    , m_host(makeLabel(13, QFont::Medium))
    , m_address(makeLabel(11, QFont::Normal, "hint"))
    , m_rate(makeLabel(11, QFont::Normal, "hint"))
    , m_disk(makeLabel(11, QFont::Normal, "hint"))
    , m_firing(makeLabel(11, QFont::DemiBold, "badge"))
{
    setObjectName("sidebar");
    setFixedWidth(200);
    m_firing->hide();
    m_firing->setAlignment(Qt::AlignCenter);
    m_firing->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(10, 14, 10, 12);
    column->setSpacing(1);
    column->addWidget(makeBrand());
    column->addSpacing(8);
    column->addWidget(makeConnection());
    column->addSpacing(10);
    int place = 0;
    for (const char *name : {"Overview", "Endpoints", "Costs", "Health", "Data"}) {
        QPushButton *entry = makeEntry(name, QByteArray(name).toLower());
        entry->setCheckable(true);
        entry->setChecked(place == 0);
        entry->setAutoExclusive(true);
        connect(entry, &QPushButton::clicked, this, [this, place, title = QString(name)] {
            restyle();
            Q_EMIT chosen(place, title);
        });
        place++;
        column->addWidget(entry);
    }
    auto *group = makeLabel(11, QFont::Normal, "hint");
    group->setText("In the browser");
    group->setContentsMargins(8, 14, 0, 4);
    column->addWidget(group);
    const std::pair<const char *, const char *> pages[] = {{"Dashboards", "/dashboards"},
                                                           {"Explore", "/explore"},
                                                           {"Alerts", "/alerts"},
                                                           {"Settings", "/settings/keys"}};
    for (const auto &[name, path] : pages) {
        QPushButton *entry = makeEntry(name, QByteArray(name).toLower());
        entry->setToolTip(QString("Open %1 in the browser").arg(name));
        connect(entry, &QPushButton::clicked, this,
                [this, path = QString(path)] { Q_EMIT pageOpened(path); });
        column->addWidget(entry);
        if (QByteArray(name) == "Alerts") {
            auto *inside = new QHBoxLayout(entry);
            inside->setContentsMargins(0, 0, 8, 0);
            inside->addWidget(m_firing, 0, Qt::AlignRight | Qt::AlignVCenter);
        }
    }
    column->addStretch(1);
    auto *rule = new QFrame;
    rule->setProperty("role", "rule");
    rule->setFixedHeight(1);
    column->addWidget(rule);
    for (QLabel *vital : {m_rate, m_disk}) {
        vital->setContentsMargins(8, vital == m_rate ? 8 : 1, 0, 0);
        column->addWidget(vital);
    }
    connect(&feed, &Feed::linkChanged, this, &Sidebar::showConnection);
    connect(&feed, &Feed::alarmsChanged, this, &Sidebar::showAlerts);
    connect(&feed, &Feed::vitalsChanged, this, &Sidebar::showVitals);
    restyle();
    showConnection();
}

QWidget *Sidebar::makeBrand()
{
    auto *brand = new QWidget;
    auto *row = new QHBoxLayout(brand);
    row->setContentsMargins(8, 2, 8, 2);
    row->setSpacing(9);
    auto *name = makeLabel(15, QFont::DemiBold);
    name->setText("Plimsoll");
    row->addWidget(new Logo);
    row->addWidget(name);
    row->addStretch(1);
    return brand;
}

QWidget *Sidebar::makeConnection()
{
    auto *box = new QFrame;
    box->setProperty("role", "box");
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(10, 6, 10, 6);
    column->setSpacing(0);
    column->addWidget(m_host);
    column->addWidget(m_address);
    return box;
}

QPushButton *Sidebar::makeEntry(const QString &text, const QByteArray &icon)
{
    auto *entry = new QPushButton(text);
    entry->setProperty("role", "nav");
    entry->setProperty("iconName", icon);
    entry->setFont(Theme::font(13));
    entry->setIconSize({16, 16});
    entry->setFocusPolicy(Qt::TabFocus);
    m_entries.push_back(entry);
    return entry;
}

void Sidebar::restyle()
{
    const Tokens &t = Theme::tokens();
    for (QPushButton *entry : m_entries)
        entry->setIcon(
            lineIcon(entry->property("iconName").toByteArray(), entry->isChecked() ? t.text : t.text2));
}

void Sidebar::showConnection()
{
    const QUrl &url = m_feed.api().connection().url;
    const QString address = url.port() > 0 ? QString("%1:%2").arg(url.host()).arg(url.port()) : url.host();
    m_host->setText(m_feed.host().isEmpty() ? url.host() : m_feed.host());
    m_address->setText(m_feed.link() == Link::Offline ? "not reachable" : address);
    m_address->setToolTip(url.toString());
}

void Sidebar::showAlerts()
{
    const qsizetype firing = std::count_if(m_feed.alarms().begin(), m_feed.alarms().end(),
                                           [](const Alarm &alarm) { return alarm.firing(); });
    m_firing->setText(QString::number(firing));
    m_firing->setVisible(firing > 0);
}

void Sidebar::showVitals()
{
    const Vitals &vitals = m_feed.vitals();
    m_rate->setText(vitals.samplesPerSecond
                        ? Figure::of(std::round(*vitals.samplesPerSecond), Unit::Plain).text() + " samples/s"
                        : QString());
    if (vitals.daysLeft)
        m_disk->setText(Figure::of(std::floor(*vitals.daysLeft), Unit::Plain).text() + " days of disk left");
    else if (vitals.diskFreeBytes)
        m_disk->setText(Figure::of(*vitals.diskFreeBytes, Unit::Bytes).text() + " of disk free");
}

} // namespace plimsoll::desktop

#include "ui/desktop/window/Tray.h"

#include "ui/desktop/look/Theme.h"
#include "ui/desktop/window/MainWindow.h"
#include "ui/desktop/window/Sentence.h"

#include <QApplication>
#include <QClipboard>
#include <QSettings>

namespace plimsoll::desktop {

namespace {

constexpr int mostFiring = 5;

} // namespace

Tray::Tray(Feed &feed, MainWindow &window, QObject *parent)
    : QObject(parent)
    , m_feed(feed)
    , m_window(window)
{
    m_icon.setContextMenu(&m_menu);
    connect(&m_menu, &QMenu::aboutToShow, this, &Tray::rebuildMenu);
    connect(&m_icon, &QSystemTrayIcon::activated, this, &Tray::onActivated);
    connect(&m_icon, &QSystemTrayIcon::messageClicked, this, [this] {
        if (m_announcedAlarm.isEmpty())
            m_window.raiseUp();
        else
            m_window.openPage("/alerts/rules/" + m_announcedAlarm);
    });
    connect(&feed, &Feed::linkChanged, this, &Tray::refresh);
    connect(&feed, &Feed::alarmsChanged, this, &Tray::refresh);
    connect(&feed, &Feed::episodeBegan, this, &Tray::onEpisode);
    if (Theme::instance())
        connect(Theme::instance(), &Theme::changed, this, &Tray::refresh);
    rebuildMenu();
    refresh();
    m_icon.show();
}

void Tray::refresh()
{
    const Standing standing = m_feed.standing();
    m_icon.setIcon(mark::icon(standing, mark::colourOf(standing)));
    m_icon.setToolTip("Plimsoll: " + Sentence::of(m_feed).head);
    rebuildMenu();
}

void Tray::rebuildMenu()
{
    m_menu.clear();
    m_menu.addAction(Sentence::of(m_feed).head)->setEnabled(false);
    int listed = 0;
    for (const Alarm &alarm : m_feed.alarms()) {
        if (!alarm.firing() || listed++ >= mostFiring)
            break;
        QString text = alarm.name + "  " + alarm.valueText();
        text.replace('&', "&&");
        m_menu.addAction(text, this, [this, id = alarm.id] { m_window.openPage("/alerts/rules/" + id); });
    }
    m_menu.addSeparator();
    m_menu.addAction("Open Plimsoll", &m_window, &MainWindow::raiseUp);
    m_menu.addAction("Open in browser", this, [this] { m_window.openPage("/"); });
    m_menu.addAction("Copy ingest address", this,
                     [this] { QApplication::clipboard()->setText(m_feed.api().page("/ingest").toString()); });
    QAction *pause = m_menu.addAction("Pause notifications");
    pause->setCheckable(true);
    pause->setChecked(m_paused);
    connect(pause, &QAction::toggled, this, [this](bool paused) { m_paused = paused; });
    m_menu.addSeparator();
    m_menu.addAction("Quit", qApp, &QCoreApplication::quit);
}

void Tray::onEpisode(const Episode &episode)
{
    if (m_paused)
        return;
    m_announcedAlarm = episode.ruleId;
    const bool below = episode.op.startsWith('<');
    QString body = below ? "It fell below its line" : "It rose above its line";
    for (const Alarm &alarm : m_feed.alarms()) {
        if (alarm.id == episode.ruleId && episode.threshold)
            body += " of " + Figure::of(episode.threshold, alarm.unit).text() + ": " +
                    Figure::of(episode.value, alarm.unit).text();
    }
    m_icon.showMessage(episode.ruleName, body + '.', m_icon.icon());
}

void Tray::onActivated(QSystemTrayIcon::ActivationReason reason)
{
    if (reason != QSystemTrayIcon::Trigger && reason != QSystemTrayIcon::DoubleClick)
        return;
    if (m_window.isVisible() && !m_window.isMinimized())
        m_window.hide();
    else
        m_window.raiseUp();
}

void Tray::onWindowClosed()
{
    QSettings settings;
    if (settings.value("tray/explained").toBool())
        return;
    settings.setValue("tray/explained", true);
    m_announcedAlarm.clear();
    m_icon.showMessage("Plimsoll keeps watching", "It stays in the tray. Quit from its menu.", m_icon.icon());
}

} // namespace plimsoll::desktop

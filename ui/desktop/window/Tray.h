#pragma once

#include "ui/desktop/data/Feed.h"

#include <QMenu>
#include <QSystemTrayIcon>

namespace plimsoll::desktop {

class MainWindow;

/// The mark in the tray, in the worst standing's colour and shape, its menu, and one notification for each
/// episode.
class Tray : public QObject
{
    Q_OBJECT

public:
    Tray(Feed &feed, MainWindow &window, QObject *parent = nullptr);

    QMenu &menu() { return m_menu; }
    /// The window was closed: the tray stays and says so once in its life.
    void onWindowClosed();

private:
    void refresh();
    void rebuildMenu();
    void onEpisode(const Episode &episode);
    void onActivated(QSystemTrayIcon::ActivationReason reason);

    Feed &m_feed;
    MainWindow &m_window;
    QSystemTrayIcon m_icon;
    QMenu m_menu;
    QString m_announcedAlarm; ///< what a click on the last notification opens
    bool m_paused = false;
};

} // namespace plimsoll::desktop

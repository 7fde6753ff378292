#pragma once

#include "ui/desktop/data/Feed.h"

#include <QFrame>

class QLabel;
class QPushButton;

namespace plimsoll::desktop {

/// The mark, where we are connected, the pages, and the vital signs. Pages of the browser open there, those
/// of the window in it.
class Sidebar : public QFrame
{
    Q_OBJECT

public:
    explicit Sidebar(Feed &feed, QWidget *parent = nullptr);

    void restyle();

Q_SIGNALS:
    /// A page of the window, 0 being the Overview.
    void chosen(int page, const QString &title);
    void pageOpened(const QString &path);

private:
    QWidget *makeBrand();
    QWidget *makeConnection();
    QPushButton *makeEntry(const QString &text, const QByteArray &icon);
    void showConnection();
    void showAlerts();
    void showVitals();

    Feed &m_feed;
    QLabel *m_host;
    QLabel *m_address;
    QLabel *m_rate;
    QLabel *m_disk;
    QLabel *m_firing; ///< how many alarms fire, at the end of the Alerts entry
    std::vector<QPushButton *> m_entries;
};

} // namespace plimsoll::desktop

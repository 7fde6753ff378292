#pragma once

#include "ui/desktop/window/LoadStrip.h"
#include "ui/desktop/window/Sheet.h"
#include "ui/desktop/window/Sidebar.h"
#include "ui/desktop/window/TopBar.h"
#include "ui/desktop/window/Verdict.h"

#include <QLabel>
#include <QMainWindow>

class QStackedWidget;

namespace plimsoll::desktop {

/// The window: sidebar, Overview, and the pages that list. Remembers its place. Closing it emits closed();
/// what that means is the owner's.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    explicit MainWindow(Feed &feed, QWidget *parent = nullptr);

    Sheet &sheet() { return *m_sheet; }
    LoadStrip &strip() { return *m_strip; }
    Verdict &verdict() { return *m_verdict; }
    TopBar &topBar() { return *m_topBar; }
    /// Shows a page of the window, 0 being the Overview.
    void showPage(int page, const QString &title);
    /// Opens a page of the connected Plimsoll in the browser.
    void openPage(const QString &path, const QUrlQuery &query = {});
    /// Shows the window, on top, wherever it was.
    void raiseUp();

Q_SIGNALS:
    void closed();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    QWidget *makeContent();
    void showHint();
    void restyle();
    void explore(size_t panel);
    void openAlarm(const QString &id);

    Feed &m_feed;
    Sidebar *m_sidebar;
    TopBar *m_topBar;
    Verdict *m_verdict;
    LoadStrip *m_strip;
    QLabel *m_hint; ///< in the place of the requests, while there are none
    Sheet *m_sheet;
    QStackedWidget *m_pages;
};

} // namespace plimsoll::desktop

#include "ui/desktop/window/MainWindow.h"

#include "ui/desktop/look/Theme.h"
#include "ui/desktop/window/Label.h"
#include "ui/desktop/window/Listing.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDesktopServices>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>

namespace plimsoll::desktop {

MainWindow::MainWindow(Feed &feed, QWidget *parent)
    : QMainWindow(parent)
    , m_feed(feed)
    , m_sidebar(new Sidebar(feed))
    , m_topBar(new TopBar(feed))
    , m_verdict(new Verdict(feed))
    , m_strip(new LoadStrip(feed))
    , m_hint(makeLabel(13, QFont::Normal, "hint"))
    , m_sheet(new Sheet(feed))
    , m_pages(new QStackedWidget)
{
    setWindowTitle("Plimsoll");
    setMinimumSize(860, 560);
    auto *centre = new QWidget;
    auto *row = new QHBoxLayout(centre);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_sidebar);
    row->addWidget(makeContent(), 1);
    setCentralWidget(centre);
    // Nothing wears the focus ring before the first Tab.
    centre->setFocusPolicy(Qt::ClickFocus);
    centre->setFocus();
    resize(1180, 760);
    restoreGeometry(QSettings().value("window/geometry").toByteArray());

    connect(m_sidebar, &Sidebar::chosen, this, &MainWindow::showPage);
    connect(m_sidebar, &Sidebar::pageOpened, this, [this](const QString &path) { openPage(path); });
    connect(m_sheet, &Sheet::opened, this, &MainWindow::explore);
    connect(m_strip, &LoadStrip::opened, this, &MainWindow::openAlarm);
    connect(m_verdict, &Verdict::opened, this, [this](const QString &path) { openPage(path); });
    connect(m_verdict, &Verdict::identified, &feed, &Feed::identify);
    connect(new QShortcut(QKeySequence::Refresh, this), &QShortcut::activated, &feed, &Feed::refresh);
    connect(new QShortcut(QKeySequence::Close, this), &QShortcut::activated, this, &QWidget::close);
    m_hint->setTextFormat(Qt::RichText);
    connect(m_hint, &QLabel::linkActivated, this, [this] { openPage("/welcome", QUrlQuery("tab=fastapi")); });
    connect(&feed, &Feed::panelsChanged, this, &MainWindow::showHint);
    showHint();
    connect(new QShortcut(QKeySequence::Quit, this), &QShortcut::activated, qApp, &QCoreApplication::quit);
    if (Theme::instance())
        connect(Theme::instance(), &Theme::changed, this, &MainWindow::restyle);
}

QWidget *MainWindow::makeContent()
{
    auto *content = new QWidget;
    content->setObjectName("content");
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_topBar);
    auto *page = new QWidget;
    auto *stack = new QVBoxLayout(page);
    stack->setContentsMargins(24, 8, 24, 20);
    stack->setSpacing(12);
    stack->addWidget(m_verdict);
    stack->addWidget(m_strip);
    stack->addWidget(m_hint);
    stack->addWidget(m_sheet, 1);
    auto *scroll = new QScrollArea;
    scroll->setObjectName("scroll");
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(page);
    m_pages->addWidget(scroll);
    for (const Listing::Kind kind :
         {Listing::Kind::Endpoints, Listing::Kind::Costs, Listing::Kind::Health, Listing::Kind::Data})
        m_pages->addWidget(new Listing(m_feed, kind));
    column->addWidget(m_pages, 1);
    return content;
}

void MainWindow::showPage(int page, const QString &title)
{
    m_pages->setCurrentIndex(page);
    m_topBar->setTitle(title);
    m_topBar->showRanges(page == 0);
}

void MainWindow::showHint()
{
    m_hint->setVisible(m_feed.withoutRequests());
    m_hint->setText("No requests yet. One line adds them to FastAPI. <a href=\"#\" style=\"color: " +
                    Theme::tokens().sea.name() + "\">Show it</a>");
}

void MainWindow::restyle()
{
    showHint();
    m_sidebar->restyle();
    m_sheet->restyle();
    update();
}

void MainWindow::openPage(const QString &path, const QUrlQuery &query)
{
    QDesktopServices::openUrl(m_feed.api().page(path, query));
}

void MainWindow::explore(size_t panel)
{
    const TimeSpan span = m_feed.panelData(panel).span;
    const QString expr = m_feed.panels()[panel].explore(span);
    QUrlQuery query;
    query.addQueryItem("q", QString::fromLatin1(QUrl::toPercentEncoding(expr)));
    query.addQueryItem("from", QString::number(span.fromMs));
    query.addQueryItem("to", QString::number(span.toMs));
    openPage("/explore", query);
}

void MainWindow::openAlarm(const QString &id) { openPage("/alerts/rules/" + id); }

void MainWindow::raiseUp()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    m_feed.setWatched(true);
}

void MainWindow::hideEvent(QHideEvent *event)
{
    QMainWindow::hideEvent(event);
    m_feed.setWatched(false);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    QSettings().setValue("window/geometry", saveGeometry());
    event->accept();
    Q_EMIT closed();
}

} // namespace plimsoll::desktop

#include "ui/desktop/window/Screenshot.h"

#include <QCoreApplication>
#include <QPixmap>

#include <cstdio>

namespace plimsoll::desktop {

Screenshot::Screenshot(Feed &feed, QWidget &window, const QString &file, QObject *parent)
    : QObject(parent)
    , m_feed(feed)
    , m_window(window)
    , m_file(file)
{
    connect(&feed, &Feed::panelChanged, this, &Screenshot::lookAgain);
    connect(&feed, &Feed::alarmsChanged, this, &Screenshot::lookAgain);
    connect(&feed, &Feed::linkChanged, this, &Screenshot::lookAgain);
    QTimer::singleShot(timeoutMs, this, [this] {
        std::fprintf(stderr, "No data from %s within %d s, so there is no picture.\n",
                     qPrintable(m_feed.api().connection().url.toString()), timeoutMs / 1000);
        QCoreApplication::exit(1);
    });
}

void Screenshot::lookAgain()
{
    bool complete = m_feed.link() == Link::Online && m_feed.alarmsKnown();
    for (size_t panel = 0; panel < m_feed.panels().size(); panel++)
        complete = complete && m_feed.panelData(panel).asked;
    if (!complete || m_settling)
        return;
    m_settling = true;
    // A second round of answers follows at once when the first one showed how much data there is.
    QTimer::singleShot(settleMs, this, &Screenshot::take);
}

void Screenshot::take()
{
    const bool saved = m_window.grab().save(m_file, "PNG");
    if (!saved)
        std::fprintf(stderr, "%s cannot be written.\n", qPrintable(m_file));
    QCoreApplication::exit(saved ? 0 : 1);
}

} // namespace plimsoll::desktop

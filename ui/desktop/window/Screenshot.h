#pragma once

#include "ui/desktop/data/Feed.h"

#include <QWidget>

namespace plimsoll::desktop {

/// Draws a window into a PNG file once every tile has had its first answer, or the server has turned out to
/// be away, then ends the application: 0 on success, 1 where there was no data within timeoutMs or the file
/// cannot be written.
class Screenshot : public QObject
{
    Q_OBJECT

public:
    static constexpr int timeoutMs = 30'000;
    static constexpr int settleMs = 1'500;

    Screenshot(Feed &feed, QWidget &window, const QString &file, QObject *parent = nullptr);

private:
    void lookAgain();
    void take();

    Feed &m_feed;
    QWidget &m_window;
    QString m_file;
    bool m_settling = false;
};

} // namespace plimsoll::desktop

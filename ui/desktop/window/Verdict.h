#pragma once

#include "ui/desktop/data/Feed.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace plimsoll::desktop {

/// The sentence before the charts: the mark in the standing's shape, what is so, and one action. Asks for a
/// key where the server wants one.
class Verdict : public QWidget
{
    Q_OBJECT

public:
    explicit Verdict(Feed &feed, QWidget *parent = nullptr);

    void refresh();

Q_SIGNALS:
    void opened(const QString &path); ///< a page of the browser
    void identified(const QString &secret);

private:
    void onAction();

    Feed &m_feed;
    QWidget *m_mark;
    QLabel *m_head;
    QLabel *m_body;
    QLineEdit *m_secret;
    QPushButton *m_action;
};

} // namespace plimsoll::desktop

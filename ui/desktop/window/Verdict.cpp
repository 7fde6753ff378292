#include "ui/desktop/window/Verdict.h"

#include "ui/desktop/window/Label.h"
#include "ui/desktop/window/Sentence.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>

namespace plimsoll::desktop {

namespace {

/// The mark at the head of the sentence.
class MarkView : public QWidget
{
public:
    explicit MarkView(const Feed &feed)
        : m_feed(feed)
    {
        setFixedSize(36, 36);
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        const Standing standing = Sentence::of(m_feed).standing;
        const bool calm =
            standing == Standing::Ok && (m_feed.link() != Link::Online || m_feed.alarms().empty());
        const QColor colour = calm ? Theme::tokens().text : mark::colourOf(standing);
        mark::paintStanding(painter, QRectF(0, 4, 36, 28), standing, colour);
    }

private:
    const Feed &m_feed;
};

} // namespace

Verdict::Verdict(Feed &feed, QWidget *parent)
    : QWidget(parent)
    , m_feed(feed)
    , m_mark(new MarkView(feed))
    , m_head(makeLabel(18, QFont::DemiBold))
    , m_body(makeLabel(13, QFont::Normal, "second"))
    , m_secret(new QLineEdit)
    , m_action(new QPushButton)
{
    m_secret->setPlaceholderText("Password or key");
    m_secret->setAccessibleName("Password or read key");
    m_secret->setEchoMode(QLineEdit::Password);
    m_secret->setFixedWidth(220);
    m_action->setProperty("role", "primary");
    m_action->setFocusPolicy(Qt::TabFocus);
    m_action->setCursor(Qt::PointingHandCursor);
    auto *words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(m_head);
    words->addWidget(m_body);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_mark);
    row->addLayout(words, 1);
    row->addWidget(m_secret);
    row->addWidget(m_action);
    connect(m_action, &QPushButton::clicked, this, &Verdict::onAction);
    connect(m_secret, &QLineEdit::returnPressed, this, &Verdict::onAction);
    connect(&feed, &Feed::linkChanged, this, &Verdict::refresh);
    connect(&feed, &Feed::alarmsChanged, this, &Verdict::refresh);
    refresh();
}

void Verdict::refresh()
{
    const Sentence sentence = Sentence::of(m_feed);
    m_head->setText(sentence.head);
    m_body->setText(sentence.body);
    const bool asking = m_feed.link() == Link::KeyNeeded;
    if (asking && !m_secret->isVisibleTo(this)) {
        m_secret->show();
        m_secret->setFocus();
    }
    m_secret->setVisible(asking);
    m_action->setVisible(asking || !sentence.page.isEmpty());
    m_action->setText(asking ? "Connect" : sentence.action);
    m_mark->update();
    setAccessibleName(sentence.head + ". " + sentence.body);
}

void Verdict::onAction()
{
    if (m_feed.link() != Link::KeyNeeded) {
        Q_EMIT opened(Sentence::of(m_feed).page);
    } else if (const QString secret = m_secret->text().trimmed(); !secret.isEmpty()) {
        m_secret->clear();
        Q_EMIT identified(secret);
    }
}

} // namespace plimsoll::desktop

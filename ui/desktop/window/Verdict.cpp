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
    , m_key(new QLineEdit)
    , m_action(new QPushButton)
{
    m_key->setPlaceholderText("plm_…");
    m_key->setAccessibleName("Read key");
    m_key->setEchoMode(QLineEdit::Password);
    m_key->setFixedWidth(220);
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
    row->addWidget(m_key);
    row->addWidget(m_action);
    connect(m_action, &QPushButton::clicked, this, &Verdict::onAction);
    connect(m_key, &QLineEdit::returnPressed, this, &Verdict::onAction);
    connect(&feed, &Feed::linkChanged, this, &Verdict::refresh);
    connect(&feed, &Feed::alarmsChanged, this, &Verdict::refresh);
    refresh();
}

void Verdict::refresh()
{
    const Sentence sentence = Sentence::of(m_feed);
    m_head->setText(sentence.head);
    m_body->setText(sentence.body);
    const bool keyNeeded = m_feed.link() == Link::KeyNeeded;
    m_key->setVisible(keyNeeded);
    m_action->setVisible(keyNeeded || (m_feed.link() == Link::Online && m_feed.alarmsKnown()));
    const bool firing = !m_feed.alarms().empty() && m_feed.alarms().front().firing();
    m_action->setText(keyNeeded ? "Connect" : firing ? "Open episode" : "Set alarm");
    const bool quiet = !keyNeeded && !firing && !m_feed.alarms().empty();
    setRole(*m_action, quiet ? "" : "primary");
    m_mark->update();
    setAccessibleName(sentence.head + ". " + sentence.body);
}

void Verdict::onAction()
{
    if (m_feed.link() == Link::KeyNeeded) {
        const QByteArray key = m_key->text().trimmed().toUtf8();
        if (!key.isEmpty())
            Q_EMIT keyEntered(key);
        return;
    }
    const bool firing = !m_feed.alarms().empty() && m_feed.alarms().front().firing();
    Q_EMIT opened(firing ? m_feed.alarms().front().id : QString());
}

} // namespace plimsoll::desktop

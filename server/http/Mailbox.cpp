#include "server/http/Mailbox.h"

#include <QCoreApplication>
#include <QEvent>

namespace plimsoll::http {

namespace {

/// Opens the mailbox when the event loop comes round.
class Bell final : public QObject
{
public:
    using QObject::QObject;

    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::User)
            return QObject::event(event);
        if (const auto mailbox = m_mailbox.lock())
            mailbox->open();
        return true;
    }
    void setMailbox(const std::shared_ptr<Mailbox> &mailbox) { m_mailbox = mailbox; }

private:
    std::weak_ptr<Mailbox> m_mailbox;
};

} // namespace

bool Mailbox::post(Work work)
{
    const std::lock_guard lock(m_mutex);
    if (!m_bell)
        return false;
    m_waiting.push_back(std::move(work));
    if (m_waiting.size() == 1)
        QCoreApplication::postEvent(m_bell, new QEvent(QEvent::User));
    return true;
}

void Mailbox::close()
{
    std::vector<Work> dropped; // its destructors may run anything, so without the lock
    const std::lock_guard lock(m_mutex);
    m_bell = nullptr;
    dropped.swap(m_waiting);
}

void Mailbox::open()
{
    std::vector<Work> work;
    {
        const std::lock_guard lock(m_mutex);
        work.swap(m_waiting);
    }
    for (const Work &item : work)
        item();
}

std::shared_ptr<Mailbox> newMailbox(QObject *parent)
{
    auto *bell = new Bell(parent);
    auto mailbox = std::make_shared<Mailbox>(bell);
    bell->setMailbox(mailbox);
    return mailbox;
}

} // namespace plimsoll::http

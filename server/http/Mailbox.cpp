#include "server/http/Mailbox.h"

#include <QSocketNotifier>

#include <sys/eventfd.h>
#include <unistd.h>

namespace plimsoll::http {

Mailbox::Mailbox()
    : m_descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (m_descriptor < 0)
        qFatal("no descriptor is left for a thread's mailbox");
}

Mailbox::~Mailbox() { ::close(m_descriptor); }

bool Mailbox::post(Work work)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return false;
    m_waiting.push_back(std::move(work));
    if (m_waiting.size() == 1)
        ::eventfd_write(m_descriptor, 1);
    return true;
}

void Mailbox::close()
{
    std::vector<Work> dropped; // its destructors may run anything, so without the lock
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    dropped.swap(m_waiting);
}

void Mailbox::open()
{
    std::vector<Work> work;
    {
        const std::lock_guard lock(m_mutex);
        eventfd_t count = 0;
        ::eventfd_read(m_descriptor, &count);
        work.swap(m_waiting);
    }
    for (const Work &item : work)
        item();
}

std::shared_ptr<Mailbox> newMailbox(QObject *parent)
{
    auto mailbox = std::make_shared<Mailbox>();
    auto *notifier = new QSocketNotifier(mailbox->descriptor(), QSocketNotifier::Read, parent);
    QObject::connect(notifier, &QSocketNotifier::activated, notifier, [mailbox] { mailbox->open(); });
    return mailbox;
}

} // namespace plimsoll::http

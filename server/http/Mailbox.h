#pragma once

#include <QObject>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace plimsoll::http {

/// Work for a thread with an event loop, from any thread, in order. What is posted travels under a lock of
/// ours; the event loop is only woken, once for all that waits.
class Mailbox
{
public:
    using Work = std::function<void()>;

    /// `bell` lives on the thread that is to do the work; see newMailbox().
    explicit Mailbox(QObject *bell)
        : m_bell(bell)
    {
    }

    /// False, and `work` is dropped, once the mailbox is closed.
    bool post(Work work);
    /// Takes no more; what waits is dropped. Call it on the bell's thread, or when that has ended.
    void close();
    /// Does what waits; called by the bell.
    void open();

private:
    std::mutex m_mutex;
    QObject *m_bell;
    std::vector<Work> m_waiting;
};

/// A mailbox and the object that its thread's event loop wakes, a child of `parent` (and so on its thread).
std::shared_ptr<Mailbox> newMailbox(QObject *parent);

} // namespace plimsoll::http

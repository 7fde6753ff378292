#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

class QObject;

namespace plimsoll::http {

/// Work for a thread with an event loop, from any thread, in order. What is posted travels under a lock of
/// ours; the event loop is only woken, once for all that waits, by a descriptor.
class Mailbox
{
public:
    using Work = std::function<void()>;

    Mailbox();
    ~Mailbox();
    Mailbox(const Mailbox &) = delete;
    Mailbox &operator=(const Mailbox &) = delete;

    /// False, and `work` is dropped, once the mailbox is closed.
    bool post(Work work);
    /// Takes no more; what waits is dropped. Call it on the thread that does the work, or when that has
    /// ended.
    void close();
    /// Does what waits. Called by the event loop.
    void open();
    /// Readable while something waits.
    int descriptor() const { return m_descriptor; }

private:
    const int m_descriptor;
    std::mutex m_mutex;
    std::vector<Work> m_waiting;
    bool m_closed = false;
};

/// A mailbox for the thread that `parent` lives on, also after parent->moveToThread().
std::shared_ptr<Mailbox> newMailbox(QObject *parent);

} // namespace plimsoll::http

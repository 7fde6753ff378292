#pragma once

#include <cstdint>
#include <memory>
#include <vector>

class QObject;
class QSocketNotifier;

namespace plimsoll::http {

/// The role of whoever works in turns: first all requests that have arrived are read, then something is done
/// for all of them together.
class TurnListener
{
public:
    virtual ~TurnListener() = default;
    /// Requests are about to be read.
    virtual void turnBegan() = 0;
    /// All that had arrived was read. True: look for more at once, and call again.
    virtual bool allRead() = 0;
    /// The event loop goes on with other work.
    virtual void turnEnded() = 0;
};

/// Watches many descriptors behind one, so that an event loop that polls all its descriptors each turn pays
/// for one. Belongs to a thread with an event loop.
class Poller
{
public:
    /// Who owns a descriptor; it calls forget() before it goes.
    class Watcher
    {
    public:
        /// Flags of epoll_wait(2). The watcher may go while this runs.
        virtual void happened(uint32_t events) = 0;

    protected:
        ~Watcher() = default;
    };

    /// `turns` may be null, and outlives it. Made on the thread that it serves.
    explicit Poller(TurnListener *turns);
    ~Poller();
    Poller(const Poller &) = delete;
    Poller &operator=(const Poller &) = delete;

    /// Watches, or changes what is watched for; level-triggered.
    void watch(int descriptor, uint32_t events, Watcher &watcher);
    void change(int descriptor, uint32_t events, Watcher &watcher);
    void forget(int descriptor, const Watcher &watcher);

private:
    void turn();
    int serveWhatHappened();

    TurnListener *m_turns;
    const int m_descriptor;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::vector<Watcher *> m_happened; ///< being served now; null where it has gone meanwhile
};

} // namespace plimsoll::http

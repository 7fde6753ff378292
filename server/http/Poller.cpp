#include "server/http/Poller.h"

#include <QSocketNotifier>

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace plimsoll::http {

namespace {

constexpr size_t maxEvents = 64;
constexpr int maxLooks = 256; ///< then the event loop's other work gets its turn

} // namespace

Poller::Poller(TurnListener *turns)
    : m_turns(turns)
    , m_descriptor(::epoll_create1(EPOLL_CLOEXEC))
{
    if (m_descriptor < 0)
        qFatal("no descriptor is left for a thread's connections");
    m_notifier = std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(), [this] { turn(); });
}

Poller::~Poller()
{
    m_notifier.reset();
    ::close(m_descriptor);
}

void Poller::watch(int descriptor, uint32_t events, Watcher &watcher)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    ::epoll_ctl(m_descriptor, EPOLL_CTL_ADD, descriptor, &event);
}

void Poller::change(int descriptor, uint32_t events, Watcher &watcher)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    ::epoll_ctl(m_descriptor, EPOLL_CTL_MOD, descriptor, &event);
}

void Poller::forget(int descriptor, const Watcher &watcher)
{
    ::epoll_ctl(m_descriptor, EPOLL_CTL_DEL, descriptor, nullptr);
    std::replace(m_happened.begin(), m_happened.end(), const_cast<Watcher *>(&watcher),
                 static_cast<Watcher *>(nullptr));
}

void Poller::turn()
{
    if (m_turns)
        m_turns->turnBegan();
    int looks = 0;
    do {
        serveWhatHappened();
    } while (m_turns && m_turns->allRead() && ++looks < maxLooks);
    if (m_turns)
        m_turns->turnEnded();
}

int Poller::serveWhatHappened()
{
    std::array<epoll_event, maxEvents> events{};
    const int count = ::epoll_wait(m_descriptor, events.data(), int(events.size()), 0);
    m_happened.clear();
    for (int i = 0; i < count; i++)
        m_happened.push_back(static_cast<Watcher *>(events[size_t(i)].data.ptr));
    for (size_t i = 0; i < m_happened.size(); i++) {
        if (m_happened[i])
            m_happened[i]->happened(events[i].events);
    }
    m_happened.clear();
    return count;
}

} // namespace plimsoll::http

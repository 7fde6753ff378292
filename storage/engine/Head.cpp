#include "storage/engine/Head.h"

#include <algorithm>

namespace plimsoll {

Head::Head(int64_t windowMs)
    : m_windowMs(windowMs)
    , m_seals(std::make_shared<Seals>())
{
}

void Head::setSeals(std::shared_ptr<const Seals> seals)
{
    const std::lock_guard lock(m_mutex);
    m_seals = std::move(seals);
}

Head::Open &Head::windowFor(int64_t timestampMs, uint64_t commit, int64_t nowMs)
{
    const int64_t start = windowStart(timestampMs, m_windowMs);
    Open &open = m_open[start];
    if (!open.window) {
        open.window = std::make_shared<HeadWindow>(start, m_windowMs, commit, nowMs);
        const std::lock_guard lock(m_mutex);
        const auto after =
            std::upper_bound(m_windows.begin(), m_windows.end(), start,
                             [](int64_t s, const auto &window) { return s < window->startMs(); });
        m_windows.insert(after, open.window);
    }
    return open;
}

HeadWindow &Head::restore(int64_t windowStartMs, uint64_t firstCommit, int64_t nowMs)
{
    Open &open = windowFor(windowStartMs, firstCommit, nowMs);
    open.touchedMs = nowMs;
    return *open.window;
}

void Head::countRestored(uint64_t samples)
{
    m_samples += samples;
    m_openBytes = openBytes();
}

void Head::publish(uint64_t commit)
{
    m_published = commit;
    const std::lock_guard lock(m_mutex);
    m_visible = commit;
}

std::shared_ptr<const HeadWindow> Head::freeze(int64_t windowStartMs)
{
    const auto it = m_open.find(windowStartMs);
    if (it == m_open.end())
        return nullptr;
    std::shared_ptr<const HeadWindow> window = std::move(it->second.window);
    m_open.erase(it);
    m_frozenBytes += window->bytes();
    m_openBytes = openBytes();
    return window;
}

void Head::sealed(const HeadWindow *window, const SealChange &change)
{
    std::shared_ptr<const HeadWindow> last; // freed outside the lock, where no reader has it
    {
        const std::lock_guard lock(m_mutex);
        const auto it = std::find_if(m_windows.begin(), m_windows.end(),
                                     [&](const auto &w) { return w.get() == window; });
        if (it == m_windows.end())
            return;
        last = std::move(*it);
        m_windows.erase(it);
        m_seals = withChange(*m_seals, change);
        m_frozenBytes -= last->bytes();
        m_samples -= last->samples();
    }
    m_room.notify_all();
}

void Head::changeSeals(const SealChange &change)
{
    const std::lock_guard lock(m_mutex);
    m_seals = withChange(*m_seals, change);
}

std::shared_ptr<const Seals> Head::seals() const
{
    const std::lock_guard lock(m_mutex);
    return m_seals;
}

std::set<int64_t> Head::windowStarts() const
{
    const std::lock_guard lock(m_mutex);
    std::set<int64_t> starts;
    for (const auto &window : m_windows)
        starts.insert(window->startMs());
    return starts;
}

std::vector<Head::OpenWindow> Head::openWindows() const
{
    std::vector<OpenWindow> result;
    for (const auto &[start, open] : m_open) {
        const HeadWindow &window = *open.window;
        result.push_back({start, window.endMs(), window.createdMs(), open.touchedMs, window.firstCommit(),
                          window.bytes()});
    }
    return result;
}

uint64_t Head::firstCommitNeeded(uint64_t none) const
{
    const std::lock_guard lock(m_mutex);
    uint64_t first = none;
    for (const auto &window : m_windows)
        first = std::min(first, window->firstCommit());
    return first;
}

size_t Head::openBytes() const
{
    size_t bytes = 0;
    for (const auto &[start, open] : m_open)
        bytes += open.window->bytes();
    return bytes;
}

bool Head::waitForRoom(size_t maxFrozenBytes, std::chrono::milliseconds limit)
{
    if (m_frozenBytes <= maxFrozenBytes)
        return true;
    std::unique_lock lock(m_mutex);
    return m_room.wait_for(lock, limit, [&] { return m_frozenBytes <= maxFrozenBytes; });
}

HeadView Head::view()
{
    const std::lock_guard lock(m_mutex);
    m_readers.insert(m_visible);
    updateOldest();
    return {m_windows, m_seals, m_visible};
}

void Head::closeView(uint64_t visible)
{
    const std::lock_guard lock(m_mutex);
    m_readers.erase(m_readers.find(visible));
    updateOldest();
}

void Head::updateOldest() { m_oldestReader = m_readers.empty() ? UINT64_MAX : *m_readers.begin(); }

} // namespace plimsoll

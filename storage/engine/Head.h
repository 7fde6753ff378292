#pragma once

#include "storage/engine/Group.h"
#include "storage/engine/HeadWindow.h"
#include "storage/engine/Seals.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace plimsoll {

/// What a reader sees, held still: the windows in memory, the seals in the database, the newest commit.
struct HeadView
{
    std::vector<std::shared_ptr<const HeadWindow>> windows; ///< by window and then by age
    std::shared_ptr<const Seals> seals;
    uint64_t visible = 0;
};

/// The windows in memory: those that take samples and those that wait to become durable as seals.
///
/// Threads: the ingest thread applies, freezes and publishes; the store thread calls sealed(); view() and the
/// figures are for any.
class Head
{
public:
    explicit Head(int64_t windowMs);

    int64_t windowMs() const { return m_windowMs; }
    void setSeals(std::shared_ptr<const Seals> seals);

    /// Puts a group's samples into their windows; readers see them after publish(). `holdsHistograms` and ids
    /// were checked. `keep` says for each (window start) whether samples of this commit still belong into
    /// memory.
    template<typename Keep>
    void apply(const Group &group, uint64_t commit, int64_t nowMs, Keep keep);
    void publish(uint64_t commit);

    /// Makes a window of a checkpoint take samples; there must be no open one of its time.
    HeadWindow &restore(int64_t windowStartMs, uint64_t firstCommit, int64_t nowMs);
    /// After samples were put into such a window.
    void countRestored(uint64_t samples);

    /// An open window that takes no more samples; what comes later for its time opens another. It stays
    /// visible until sealed() replaces it.
    std::shared_ptr<const HeadWindow> freeze(int64_t windowStartMs);
    /// Puts durable seals (or none, where the window was empty) into the place of a frozen window.
    void sealed(const HeadWindow *window, const SealChange &change);
    /// Replaces seals by others with the same samples, or drops them.
    void changeSeals(const SealChange &change);
    /// The seals as they are now, and the starts of the windows in memory.
    std::shared_ptr<const Seals> seals() const;
    std::set<int64_t> windowStarts() const;

    struct OpenWindow
    {
        int64_t startMs;
        int64_t endMs;
        int64_t createdMs;
        int64_t touchedMs;
        uint64_t firstCommit;
        size_t bytes;
    };
    /// For decisions about sealing; ingest thread.
    std::vector<OpenWindow> openWindows() const;
    /// The first commit with samples that are in memory only, or `none`.
    uint64_t firstCommitNeeded(uint64_t none) const;
    size_t openBytes() const;
    size_t frozenBytes() const { return m_frozenBytes; }
    uint64_t samples() const { return m_samples; }
    size_t bytes() const { return m_openBytes + m_frozenBytes; }
    /// Waits until frozen windows take less than this; false after the time limit.
    bool waitForRoom(size_t maxFrozenBytes, std::chrono::milliseconds limit);

    HeadView view();
    void closeView(uint64_t visible);

private:
    static constexpr size_t prefetchDistance = 16;

    struct Open
    {
        std::shared_ptr<HeadWindow> window;
        int64_t touchedMs = 0;
    };
    Open &windowFor(int64_t timestampMs, uint64_t commit, int64_t nowMs);
    uint64_t oldestReader() const { return std::min(m_oldestReader.load(), m_published); }
    void updateOldest();

    const int64_t m_windowMs;
    std::map<int64_t, Open> m_open; ///< ingest thread
    uint64_t m_published = 0;       ///< ingest thread; the same as m_visible
    std::atomic<uint64_t> m_oldestReader = UINT64_MAX;
    std::atomic<size_t> m_openBytes = 0;
    std::atomic<size_t> m_frozenBytes = 0;
    std::atomic<uint64_t> m_samples = 0;

    mutable std::mutex m_mutex; ///< of all below
    std::condition_variable m_room;
    std::vector<std::shared_ptr<const HeadWindow>> m_windows;
    std::shared_ptr<const Seals> m_seals;
    uint64_t m_visible = 0;
    std::multiset<uint64_t> m_readers;
};

template<typename Keep>
void Head::apply(const Group &group, uint64_t commit, int64_t nowMs, Keep keep)
{
    HeadWindow *window = nullptr;
    bool kept = false;
    const auto enter = [&](int64_t timestampMs) {
        if (window && window->covers(timestampMs))
            return kept;
        if (window)
            window->unlock();
        window = nullptr;
        kept = keep(timestampMs);
        if (!kept)
            return false;
        Open &open = windowFor(timestampMs, commit, nowMs);
        open.touchedMs = nowMs;
        window = open.window.get();
        window->lock();
        return true;
    };
    const uint64_t oldest = oldestReader();
    uint64_t added = 0;
    for (size_t i = 0; i < group.ids.size(); i++) {
        if (!enter(group.timesMs[i]))
            continue;
        if (i + prefetchDistance < group.ids.size()) {
            window->prefetch(static_cast<SeriesId>(group.ids[i + prefetchDistance]));
            window->prefetchTail(static_cast<SeriesId>(group.ids[i + prefetchDistance / 2]));
        }
        window->append(static_cast<SeriesId>(group.ids[i]), group.timesMs[i], group.values[i], commit,
                       oldest);
        added++;
    }
    for (const auto &entry : group.histograms) {
        if (!enter(entry.timestampMs))
            continue;
        window->append(entry.series, entry.timestampMs, group.bytesOf(entry), commit);
        added++;
    }
    if (window)
        window->unlock();
    m_samples += added;
    m_openBytes = openBytes();
}

/// The start of the window that holds a time.
constexpr int64_t windowStart(int64_t timestampMs, int64_t windowMs)
{
    const int64_t rest = timestampMs % windowMs;
    return timestampMs - (rest < 0 ? rest + windowMs : rest);
}

} // namespace plimsoll

#pragma once

#include "storage/model/SeriesReader.h"

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace plimsoll {

/// The newest samples of one window of time, in memory: per series a short raw tail and compressed slices.
///
/// One thread appends, between lock() and unlock(); any other may copy what was visible at some commit. Every
/// sample carries the commit that brought it, so that a reader's view stands still while the writer goes on.
class HeadWindow
{
public:
    HeadWindow(int64_t startMs, int64_t spanMs, uint64_t firstCommit, int64_t createdMs);
    ~HeadWindow();

    int64_t startMs() const { return m_startMs; }
    int64_t endMs() const { return m_startMs + m_spanMs; } ///< exclusive
    bool covers(int64_t timestampMs) const { return timestampMs >= m_startMs && timestampMs < endMs(); }
    uint64_t firstCommit() const { return m_firstCommit; }
    int64_t createdMs() const { return m_createdMs; }

    /// What the writer does. Readers older than `oldestReader` (a commit) do not exist; slices need no stamps
    /// for them.
    void lock() { m_mutex.lock(); }
    void unlock() { m_mutex.unlock(); }
    void append(SeriesId series, int64_t timestampMs, double value, uint64_t commit, uint64_t oldestReader);
    void append(SeriesId series, int64_t timestampMs, std::string_view histogram, uint64_t commit);
    /// Starts to fetch what append() will touch; worth it a dozen samples ahead.
    void prefetch(SeriesId series) const
    {
        const size_t number = series / pageSlots;
        if (number < m_pages.size() && m_pages[number])
            __builtin_prefetch(&(*m_pages[number])[series % pageSlots], 1);
    }
    /// The same, half as far ahead, for the tail.
    void prefetchTail(SeriesId series) const
    {
        const size_t number = series / pageSlots;
        if (number < m_pages.size() && m_pages[number]) {
            const Slot &slot = (*m_pages[number])[series % pageSlots];
            __builtin_prefetch(slot.tail.get() + slot.tailSize, 1);
        }
    }
    size_t bytes() const { return m_bytes; }
    uint64_t samples() const { return m_samples; }

    /// Appends the samples of a series that were visible at a commit, in the order of arrival. Any thread.
    void read(SeriesId series, uint64_t visible, FloatColumns &out) const;
    void read(SeriesId series, uint64_t visible, HistogramColumns &out) const;
    bool contains(SeriesId series, uint64_t visible) const;

    /// The ids inside, rising. Only once nothing is appended any more.
    std::vector<SeriesId> series() const;

private:
    struct Entry
    {
        int32_t offsetMs;
        uint32_t stamp;
        double value;
    };
    static constexpr uint32_t unused = UINT32_MAX;
    struct Slot
    {
        std::string slices;
        std::unique_ptr<Entry[]> tail;
        uint32_t tailSize = 0;
        uint32_t tailCapacity = 0;
        uint32_t firstStamp = unused;
        uint32_t previousStamp = 0; ///< of the newest histogram in `slices`
        int32_t previousOffset = 0; ///< of the newest histogram in `slices`
    };
    static constexpr size_t pageSlots = 64;
    using Page = std::array<Slot, pageSlots>;
    static constexpr uint32_t firstTail = 8;
    static constexpr uint32_t maxTail = 32;

    Slot &slot(SeriesId series, uint32_t stamp);
    const Slot *find(SeriesId series) const;
    void makeRoom(Slot &slot, uint64_t oldestReader);
    void appendSlice(Slot &slot, bool withStamps);
    void grow(std::string &slices, size_t by);
    uint32_t stampOf(uint64_t commit) const { return static_cast<uint32_t>(commit - m_firstCommit); }

    const int64_t m_startMs;
    const int64_t m_spanMs;
    const uint64_t m_firstCommit;
    const int64_t m_createdMs;
    mutable std::mutex m_mutex;
    std::vector<std::unique_ptr<Page>> m_pages;
    size_t m_bytes = 0;
    uint64_t m_samples = 0;
    std::string m_scratch;
};

} // namespace plimsoll

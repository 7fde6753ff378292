#pragma once

#include "storage/engine/HeadArena.h"
#include "storage/engine/HeadSlice.h"
#include "storage/model/SeriesReader.h"

#include <array>
#include <memory>
#include <mutex>
#include <span>
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
        if (const Page *page = pageOf(series))
            __builtin_prefetch(&page->slots[series % pageSlots], 1);
    }
    /// The same, half as far ahead, for the tail.
    void prefetchTail(SeriesId series) const
    {
        if (const Page *page = pageOf(series)) {
            const Slot &slot = page->slots[series % pageSlots];
            __builtin_prefetch(slot.tail + slot.tailSize, 1);
        }
    }
    size_t bytes() const { return m_arena.bytes() + m_pages.capacity() * sizeof(Page *); }
    uint64_t samples() const { return m_samples; }

    /// Appends the samples of a series that were visible at a commit, in the order of arrival. Any thread.
    void read(SeriesId series, uint64_t visible, FloatColumns &out) const;
    void read(SeriesId series, uint64_t visible, HistogramColumns &out) const;
    bool contains(SeriesId series, uint64_t visible) const;
    /// Sets those of `found` whose series contains() is true of.
    void markContained(std::span<const SeriesId> series, uint64_t visible, std::vector<bool> &found) const;

    /// Whether the newest sample of a series up to a time is at hand without decoding anything.
    enum class Newest { None, Found, Unknown };
    /// Finds it in [fromMs, toMs]. Unknown where the samples have to be read to tell, None where they need
    /// not be.
    Newest newest(SeriesId series, uint64_t visible, int64_t fromMs, int64_t toMs, int64_t &timestampMs,
                  double &value) const;

    /// The ids inside, rising. Only once nothing is appended any more.
    std::vector<SeriesId> series() const;

    /// A series as it lies in memory: its slices and the raw samples behind them. Of histograms there are
    /// only slices.
    struct Image
    {
        SeriesId series = 0;
        std::string slices;
        SliceState end; ///< where the slices end
        std::array<HeadEntry, maxSliceSamples> tail;
        uint32_t tailSize = 0;
    };
    /// Replaces `out` by up to 64 series, the `page`-th such group; false where there are no more groups. Any
    /// thread; the lock is held for one group.
    bool copyPage(size_t page, std::vector<Image> &out) const;
    /// Appends to `slices` what an image holds up to a commit, as a run of slices.
    void cut(const Image &image, bool histograms, uint64_t visible, std::string &slices) const;
    /// Takes a run of slices from disk for a series that has no samples here yet; false where it is damaged.
    bool restore(SeriesId series, bool histograms, std::string_view slices);

private:
    /// A piece of a series' slices; they go on in the next one.
    struct Chunk
    {
        Chunk *next;
        uint16_t room;
        uint16_t used;
        char bytes[];
    };
    struct Slot
    {
        HeadEntry *tail;
        Chunk *first;
        Chunk *last;
        SliceState end; ///< of histograms `integer` is the newest stamp
        uint8_t tailSize;
        uint8_t tailCapacity;
        bool isUsed;
        bool isUnordered; ///< the slices hold samples whose times do not rise
        uint32_t firstStamp;
    };
    static constexpr size_t pageSlots = 64;
    struct Page
    {
        Slot slots[pageSlots];
    };
    static constexpr uint32_t firstTail = 4;
    static constexpr uint32_t maxTail = maxSliceSamples;
    /// Windows of more series than this have shorter tails, of which a hundred thousand take 26 MB less.
    static constexpr uint32_t manySeries = 32'768;
    static constexpr uint32_t shortTail = maxTail / 2;

    Page *pageOf(SeriesId series) const
    {
        const size_t number = series / pageSlots;
        return number < m_pages.size() ? m_pages[number] : nullptr;
    }
    Slot &slot(SeriesId series, uint32_t stamp);
    const Slot *find(SeriesId series) const;
    void makeRoom(Slot &slot, uint64_t oldestReader);
    void growTail(Slot &slot);
    void appendBytes(Slot &slot, std::string_view bytes);
    /// The time of the last sample in the slices.
    static int64_t lastOfSlices(const Slot &slot)
    {
        return slot.first && slot.last->used > 0 ? slot.end.offsetMs : INT64_MIN;
    }
    static void copySlices(const Slot &slot, std::string &slices);
    static std::string slicesOf(const Slot &slot);
    void cutFloats(const Image &image, uint64_t visible, std::string &slices) const;
    void cutHistograms(const Image &image, uint64_t visible, std::string &slices) const;
    uint32_t stampOf(uint64_t commit) const { return static_cast<uint32_t>(commit - m_firstCommit); }
    bool isVisible(uint64_t stamp, uint64_t visible) const { return m_firstCommit + stamp <= visible; }

    const int64_t m_startMs;
    const int64_t m_spanMs;
    const uint64_t m_firstCommit;
    const int64_t m_createdMs;
    mutable std::mutex m_mutex;
    HeadArena m_arena;
    std::vector<Page *> m_pages;
    uint64_t m_samples = 0;
    uint32_t m_seriesCount = 0;
    std::string m_scratch;
};

} // namespace plimsoll

#pragma once

#include "storage/model/Batch.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// What a SeriesCache remembers. Numbers are positions in the vectors below.
struct SeriesMemory : KnownOwner
{
    static constexpr uint32_t none = ~uint32_t(0);

    /// Bytes that stay where they are until all of them go.
    class Arena
    {
    public:
        const char *keep(std::string_view text);

    private:
        static constexpr size_t blockBytes = 64 << 10;
        std::vector<std::unique_ptr<char[]>> m_blocks;
        char *m_next = nullptr;
        size_t m_left = 0;
    };

    /// Maps 64-bit hashes to numbers; the caller tells equal things apart. Open addressing, never more than
    /// half full.
    class HashIndex
    {
    public:
        template<typename Equal>
        uint32_t find(uint64_t hash, Equal equal) const
        {
            const auto tag = static_cast<uint32_t>(hash >> 32);
            for (size_t i = hash & mask();; i = (i + 1) & mask()) {
                const Slot &slot = m_slots[i];
                if (slot.number == none || (slot.tag == tag && equal(slot.number)))
                    return slot.number;
            }
        }
        /// `hashOf` gives the hash of a number, for moving house.
        template<typename HashOf>
        void add(uint64_t hash, uint32_t number, HashOf hashOf)
        {
            if ((m_used + 1) * 2 > m_slots.size()) {
                std::vector<Slot> old(m_slots.size() * 2);
                old.swap(m_slots);
                for (const Slot &slot : old) {
                    if (slot.number != none)
                        place(hashOf(slot.number), slot.number);
                }
            }
            m_used++;
            place(hash, number);
        }
        size_t bytes() const { return m_slots.size() * sizeof(Slot); }

    private:
        struct Slot
        {
            uint32_t tag = 0;
            uint32_t number = none;
        };
        size_t mask() const { return m_slots.size() - 1; }
        void place(uint64_t hash, uint32_t number)
        {
            size_t i = hash & mask();
            while (m_slots[i].number != none)
                i = (i + 1) & mask();
            m_slots[i] = {static_cast<uint32_t>(hash >> 32), number};
        }
        std::vector<Slot> m_slots = std::vector<Slot>(64);
        size_t m_used = 0;
    };

    /// The bytes are in two parts: those of its own, and an end that it shares with a set that came before,
    /// as the series of one target do. So they take little room, and what is compared is mostly in the
    /// nearest cache.
    struct LabelSet
    {
        const char *own = nullptr;
        const char *shared = nullptr;
        uint32_t ownSize = 0;
        uint32_t sharedSize = 0;
        uint32_t next = none;  ///< the label set that followed it last time
        uint32_t first = none; ///< its entry that came first last time

        size_t size() const { return size_t(ownSize) + sharedSize; }
        bool startsOf(std::string_view text) const
        {
            return text.size() >= size() && text.substr(0, ownSize) == std::string_view(own, ownSize) &&
                   text.substr(ownSize, sharedSize) == std::string_view(shared, sharedSize);
        }
        bool is(std::string_view text) const { return text.size() == size() && startsOf(text); }
        std::string bytes() const { return std::string(own, ownSize).append(shared, sharedSize); }
    };

    /// A series: a label set, a name as it stands in the request, a kind.
    struct Entry
    {
        const char *rawName = nullptr;
        const KnownSeries *known = nullptr;
        uint32_t rawSize = 0;
        uint32_t labelSet = 0;
        uint32_t next = none;  ///< the entry that followed it last time
        uint32_t epoch = 0;    ///< the batch that `position` belongs to
        uint32_t position = 0; ///< in Batch::series
        Kind kind = Kind::Gauge;
        bool adoptsKind = false;

        std::string_view name() const { return {rawName, rawSize}; }
        bool is(uint32_t set, std::string_view raw, Kind ofKind, bool adopts) const
        {
            return labelSet == set && kind == ofKind && adoptsKind == adopts && name() == raw;
        }
    };

    /// Known series in large blocks: whoever walks them in order walks memory in order.
    class KnownSeriesBlocks
    {
    public:
        KnownSeries &add()
        {
            if (m_size % blockSize == 0)
                m_blocks.push_back(std::make_unique<KnownSeries[]>(blockSize));
            return m_blocks.back()[m_size++ % blockSize];
        }
        size_t bytes() const { return m_blocks.size() * blockSize * sizeof(KnownSeries); }

    private:
        static constexpr size_t blockSize = 512;
        std::vector<std::unique_ptr<KnownSeries[]>> m_blocks;
        size_t m_size = 0;
    };

    KnownSeriesBlocks known;
    Arena texts;                ///< raw bytes that labelSets and entries point to
    std::string_view lastWhole; ///< the last label set that shares nothing: others may share its end
    std::vector<LabelSet> labelSets;
    std::vector<Entry> entries;
    HashIndex byLabels;
    HashIndex byName;
    size_t textBytes = 0; ///< in `texts`
    uint32_t epoch = 0;
    uint32_t lastLabelSet = none;
    uint32_t firstLabelSet = none;
    uint32_t currentSet = none; ///< the label set whose entries were asked for last
    uint32_t lastEntry = none;  ///< the entry found last in it

    size_t bytes() const;
    const char *keep(std::string_view text)
    {
        textBytes += text.size();
        return texts.keep(text);
    }
    void begin()
    {
        epoch++;
        lastLabelSet = currentSet = lastEntry = none;
    }
    uint32_t predictedLabelSet() const
    {
        return lastLabelSet == none ? firstLabelSet : labelSets[lastLabelSet].next;
    }
    void follow(uint32_t labelSet)
    {
        (lastLabelSet == none ? firstLabelSet : labelSets[lastLabelSet].next) = labelSet;
        lastLabelSet = labelSet;
    }
    void enter(uint32_t labelSet)
    {
        if (currentSet != labelSet)
            lastEntry = none;
        currentSet = labelSet;
    }
    uint32_t &successor(uint32_t labelSet)
    {
        return lastEntry == none ? labelSets[labelSet].first : entries[lastEntry].next;
    }
    /// Starts to fetch the bytes of a label set that will be compared soon.
    void prefetch(uint32_t labelSet) const
    {
        if (labelSet == none)
            return;
        const LabelSet &set = labelSets[labelSet];
        for (uint32_t line = 0; line < std::min(set.ownSize, 512U); line += 64)
            __builtin_prefetch(set.own + line);
    }
    /// The parts in which a new label set is kept.
    LabelSet keepLabels(std::string_view raw);
    uint64_t hashOfLabels(uint32_t labelSet) const { return hashOfLabels(labelSets[labelSet].bytes()); }
    uint64_t hashOfEntry(uint32_t entry) const
    {
        const Entry &e = entries[entry];
        return hashOfName(e.labelSet, e.name(), e.kind, e.adoptsKind);
    }
    static uint64_t hashOfLabels(std::string_view raw);
    static uint64_t hashOfName(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind);
};

} // namespace plimsoll::ingest

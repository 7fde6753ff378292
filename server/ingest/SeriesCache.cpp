#include "server/ingest/SeriesCache.h"

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include <xxhash.h>

namespace plimsoll::ingest {
namespace {

uint64_t processSeed()
{
    static const uint64_t seed =
        (static_cast<uint64_t>(std::random_device()()) << 32) | std::random_device()();
    return seed;
}

/// Maps 64-bit hashes to numbers; the caller tells equal things apart. Open addressing, never more than half
/// full.
class HashIndex
{
public:
    template<typename Equal>
    uint32_t find(uint64_t hash, Equal equal) const
    {
        for (size_t i = hash & mask();; i = (i + 1) & mask()) {
            const Slot &slot = m_slots[i];
            if (slot.number == SeriesCache::none || (slot.hash == hash && equal(slot.number)))
                return slot.number;
        }
    }
    void add(uint64_t hash, uint32_t number)
    {
        if (++m_used * 2 > m_slots.size())
            grow();
        place({hash, number});
    }
    size_t bytes() const { return m_slots.size() * sizeof(Slot); }

private:
    struct Slot
    {
        uint64_t hash = 0;
        uint32_t number = SeriesCache::none;
    };
    size_t mask() const { return m_slots.size() - 1; }
    void place(Slot slot)
    {
        size_t i = slot.hash & mask();
        while (m_slots[i].number != SeriesCache::none)
            i = (i + 1) & mask();
        m_slots[i] = slot;
    }
    void grow()
    {
        std::vector<Slot> old(m_slots.size() * 2);
        old.swap(m_slots);
        for (const Slot &slot : old) {
            if (slot.number != SeriesCache::none)
                place(slot);
        }
    }
    std::vector<Slot> m_slots = std::vector<Slot>(64);
    size_t m_used = 0;
};

/// Bytes that stay where they are until all of them go.
class Arena
{
public:
    const char *keep(std::string_view text)
    {
        if (text.size() > m_left) {
            m_left = std::max(blockBytes, text.size());
            m_blocks.push_back(std::make_unique_for_overwrite<char[]>(m_left));
            m_next = m_blocks.back().get();
        }
        char *place = m_next;
        std::copy(text.begin(), text.end(), place);
        m_next += text.size();
        m_left -= text.size();
        return place;
    }

private:
    static constexpr size_t blockBytes = 64 << 10;
    std::vector<std::unique_ptr<char[]>> m_blocks;
    char *m_next = nullptr;
    size_t m_left = 0;
};

struct LabelSet
{
    const char *raw = nullptr;
    uint32_t rawSize = 0;
    uint32_t next = SeriesCache::none;  ///< the label set that followed it last time
    uint32_t first = SeriesCache::none; ///< its entry that came first last time

    std::string_view bytes() const { return {raw, rawSize}; }
};

struct Entry
{
    const char *rawName = nullptr;
    const KnownSeries *known = nullptr;
    uint32_t rawSize = 0;
    uint32_t labelSet = 0;
    uint32_t next = SeriesCache::none; ///< the entry that followed it last time
    uint32_t epoch = 0;                ///< the batch that `position` belongs to
    uint32_t position = 0;
    Kind kind = Kind::Gauge;
    bool adoptsKind = false;

    std::string_view name() const { return {rawName, rawSize}; }
};

} // namespace

struct SeriesCache::Memory
{
    std::deque<KnownSeries> known;
    Arena texts; ///< raw bytes that labelSets and entries point to
    std::vector<LabelSet> labelSets;
    std::vector<Entry> entries;
    HashIndex byLabels;
    HashIndex byName;
    size_t textBytes = 0; ///< in `texts`, and in the keys of `known`
    uint32_t epoch = 0;
    uint32_t lastLabelSet = none;
    uint32_t firstLabelSet = none;
    uint32_t currentSet = none; ///< the label set whose entries were asked for last
    uint32_t lastEntry = none;  ///< the entry found last in it

    size_t bytes() const
    {
        return textBytes + known.size() * sizeof(KnownSeries) + labelSets.capacity() * sizeof(LabelSet) +
               entries.capacity() * sizeof(Entry) + byLabels.bytes() + byName.bytes();
    }
    const char *keep(std::string_view text)
    {
        textBytes += text.size();
        return texts.keep(text);
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
    static uint64_t nameHash(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind)
    {
        const uint64_t salt = (uint64_t(labelSet) << 16) | (uint64_t(kind) << 1) | uint64_t(adoptsKind);
        return XXH3_64bits_withSeed(rawName.data(), rawName.size(),
                                    processSeed() ^ (salt * 0x9E3779B97F4A7C15ULL));
    }
};

SeriesCache::SeriesCache(size_t maxBytes)
    : m_maxBytes(maxBytes)
    , m_memory(std::make_shared<Memory>())
{
}
SeriesCache::~SeriesCache() = default;
SeriesCache::SeriesCache(SeriesCache &&) noexcept = default;
SeriesCache &SeriesCache::operator=(SeriesCache &&) noexcept = default;

void SeriesCache::begin(Batch &batch)
{
    if (m_memory->bytes() > m_maxBytes)
        m_memory = std::make_shared<Memory>();
    m_batch = &batch;
    batch.knownOwner = m_memory;
    m_memory->epoch++;
    m_memory->lastLabelSet = none;
    m_memory->currentSet = none;
    m_memory->lastEntry = none;
}

std::string_view SeriesCache::expectedLabels() const
{
    const uint32_t predicted = m_memory->predictedLabelSet();
    if (predicted == none)
        return {};
    return m_memory->labelSets[predicted].bytes();
}

uint32_t SeriesCache::takeExpectedLabels()
{
    Memory &m = *m_memory;
    m.lastLabelSet = m.predictedLabelSet();
    if (const uint32_t next = m.labelSets[m.lastLabelSet].next; next != none)
        __builtin_prefetch(m.labelSets[next].raw);
    return m.lastLabelSet;
}

uint32_t SeriesCache::findLabels(std::string_view raw)
{
    Memory &m = *m_memory;
    const auto equal = [&](uint32_t i) { return m.labelSets[i].bytes() == raw; };
    const uint32_t predicted = m.predictedLabelSet();
    if (predicted != none && equal(predicted)) {
        m.lastLabelSet = predicted;
        return predicted;
    }
    const uint32_t found =
        m.byLabels.find(XXH3_64bits_withSeed(raw.data(), raw.size(), processSeed()), equal);
    if (found != none)
        m.follow(found);
    return found;
}

uint32_t SeriesCache::addLabels(std::string_view raw)
{
    Memory &m = *m_memory;
    LabelSet set;
    set.raw = m.keep(raw);
    set.rawSize = static_cast<uint32_t>(raw.size());
    const auto number = static_cast<uint32_t>(m.labelSets.size());
    m.labelSets.push_back(set);
    m.byLabels.add(XXH3_64bits_withSeed(raw.data(), raw.size(), processSeed()), number);
    m.follow(number);
    return number;
}

std::optional<std::string_view> SeriesCache::expectedName(uint32_t labelSet, Kind kind, bool adoptsKind)
{
    Memory &m = *m_memory;
    m.enter(labelSet);
    const uint32_t successor = m.successor(labelSet);
    if (successor == none)
        return std::nullopt;
    const Entry &entry = m.entries[successor];
    if (entry.labelSet != labelSet || entry.kind != kind || entry.adoptsKind != adoptsKind)
        return std::nullopt;
    return entry.name();
}

uint32_t SeriesCache::takeExpectedName(uint32_t labelSet, uint32_t item)
{
    Memory &m = *m_memory;
    m.lastEntry = m.successor(labelSet);
    return position(m.lastEntry, item);
}

uint32_t SeriesCache::findSeries(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind,
                                 uint32_t item)
{
    Memory &m = *m_memory;
    m.enter(labelSet);
    const auto equal = [&](uint32_t i) {
        const Entry &entry = m.entries[i];
        return entry.labelSet == labelSet && entry.kind == kind && entry.adoptsKind == adoptsKind &&
               entry.name() == rawName;
    };
    uint32_t &successor = m.successor(labelSet);
    if (successor == none || !equal(successor)) {
        const uint32_t found = m.byName.find(Memory::nameHash(labelSet, rawName, kind, adoptsKind), equal);
        if (found == none)
            return none;
        successor = found;
    }
    m.lastEntry = successor;
    return position(m.lastEntry, item);
}

uint32_t SeriesCache::addSeries(uint32_t labelSet, std::string_view rawName, const Labels &labels, Kind kind,
                                bool adoptsKind, uint32_t item)
{
    Memory &m = *m_memory;
    m.enter(labelSet);
    KnownSeries &known = m.known.emplace_back();
    known.key = labels.key();
    m.textBytes += known.key.capacity();
    Entry entry;
    entry.rawName = m.keep(rawName);
    entry.rawSize = static_cast<uint32_t>(rawName.size());
    entry.known = &known;
    entry.labelSet = labelSet;
    entry.kind = kind;
    entry.adoptsKind = adoptsKind;
    const auto number = static_cast<uint32_t>(m.entries.size());
    m.successor(labelSet) = number;
    m.entries.push_back(entry);
    m.byName.add(Memory::nameHash(labelSet, rawName, kind, adoptsKind), number);
    m.lastEntry = number;
    return position(number, item);
}

uint32_t SeriesCache::position(uint32_t number, uint32_t item)
{
    Entry &entry = m_memory->entries[number];
    if (entry.epoch != m_memory->epoch) {
        entry.epoch = m_memory->epoch;
        entry.position = static_cast<uint32_t>(m_batch->series.size());
        Batch::Series &series = m_batch->series.emplace_back();
        series.kind = entry.kind;
        series.adoptsKind = entry.adoptsKind;
        series.item = item;
        series.known = entry.known;
    }
    return entry.position;
}

} // namespace plimsoll::ingest

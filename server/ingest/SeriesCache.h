#pragma once

#include "server/ingest/SeriesMemory.h"
#include "storage/model/Batch.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// Remembers, for one decoder and one project, which series the raw bytes of a label set and of a name mean,
/// so that samples of known series need no parsing, sorting, hashing or allocation.
///
/// Senders repeat their order: each entry remembers which one followed it, and the next bytes are first
/// compared with that one's. It compares bytes, so a wrong guess costs time and nothing else.
///
/// The keys of its series are borrowed from the engine once it has them: nobody may look into a batch of it
/// after the engine is gone.
///
/// Bounded: beyond `maxBytes` everything is forgotten at the next begin(); batches in flight keep what they
/// refer to.
class SeriesCache
{
public:
    static constexpr uint32_t none = SeriesMemory::none;

    explicit SeriesCache(size_t maxBytes = 96 << 20);
    ~SeriesCache();
    SeriesCache(SeriesCache &&) noexcept;
    SeriesCache &operator=(SeriesCache &&) noexcept;

    /// Starts a batch: positions that series() returns are positions in its `series`. It must outlive the
    /// calls.
    void begin(Batch &batch);

    /// How many bytes at the start of a text are those of the label set that followed the last one before; 0
    /// where it starts with others, or nobody knows.
    size_t expectedLabels(std::string_view text) const
    {
        const uint32_t predicted = m_memory->predictedLabelSet();
        return predicted != none && m_memory->labelSets[predicted].startsOf(text)
                   ? m_memory->labelSets[predicted].size()
                   : 0;
    }
    /// Takes that set, after its bytes were found.
    uint32_t takeExpectedLabels()
    {
        SeriesMemory &m = *m_memory;
        m.lastLabelSet = m.predictedLabelSet();
        m.prefetch(m.labelSets[m.lastLabelSet].next);
        return m.lastLabelSet;
    }
    /// The label set that these bytes mean, or `none` when they were not seen before.
    uint32_t findLabels(std::string_view raw);
    /// Remembers bytes that mean a label set.
    uint32_t addLabels(std::string_view raw);

    /// The raw name of the series that followed in this label set before, where one is remembered that may be
    /// of this kind.
    std::optional<std::string_view> expectedName(uint32_t labelSet, Kind kind, bool adoptsKind);
    /// The position of a series in the batch, or `none` when the name was not seen with that label set and
    /// kind.
    uint32_t findSeries(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind,
                        uint32_t item)
    {
        SeriesMemory &m = *m_memory;
        m.enter(labelSet);
        const uint32_t successor = m.successor(labelSet);
        if (successor == none || !m.entries[successor].is(labelSet, rawName, kind, adoptsKind))
            return findSeriesByHash(labelSet, rawName, kind, adoptsKind, item);
        m.lastEntry = successor;
        return position(successor, item);
    }
    /// The same for the name that takes no bytes, where the label set came with no other name last time;
    /// `none` means only that nobody knows.
    uint32_t findUnnamed(uint32_t labelSet, Kind kind, bool adoptsKind, uint32_t item)
    {
        const SeriesMemory &m = *m_memory;
        const uint32_t first = m.labelSets[labelSet].first;
        if (first == none || m.entries[first].rawSize != 0 || m.entries[first].kind != kind ||
            m.entries[first].adoptsKind != adoptsKind)
            return none;
        return position(first, item);
    }
    /// Remembers the series by its canonical key and puts it into the batch.
    uint32_t addSeries(uint32_t labelSet, std::string_view rawName, std::string_view key, Kind kind,
                       bool adoptsKind, uint32_t item);

private:
    uint32_t findSeriesByHash(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind,
                              uint32_t item);
    uint32_t position(uint32_t number, uint32_t item)
    {
        SeriesMemory::Entry &entry = m_memory->entries[number];
        if (entry.epoch != m_memory->epoch)
            enterBatch(entry, item);
        return entry.position;
    }
    void enterBatch(SeriesMemory::Entry &entry, uint32_t item);

    size_t m_maxBytes;
    std::shared_ptr<SeriesMemory> m_memory;
    Batch *m_batch = nullptr;
};

} // namespace plimsoll::ingest

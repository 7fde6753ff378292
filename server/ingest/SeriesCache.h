#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace plimsoll::ingest {

/// Remembers, for one decoder and one project, which series the raw bytes of a label set and of a name mean,
/// so that samples of known series need no parsing, sorting, hashing or allocation.
///
/// Senders repeat their order: each entry remembers which one followed it, and the next bytes are first
/// compared with that one's. It compares bytes, so a wrong guess costs time and nothing else.
///
/// Bounded: beyond `maxBytes` everything is forgotten at the next begin(); batches in flight keep what they
/// refer to.
class SeriesCache
{
public:
    static constexpr uint32_t none = ~uint32_t(0);

    explicit SeriesCache(size_t maxBytes = 96 << 20);
    ~SeriesCache();
    SeriesCache(SeriesCache &&) noexcept;
    SeriesCache &operator=(SeriesCache &&) noexcept;

    /// Starts a batch: positions that series() returns are positions in its `series`. It must outlive the
    /// calls.
    void begin(Batch &batch);

    /// The raw bytes of the label set that followed the last one before; empty where nobody knows.
    std::string_view expectedLabels() const;
    /// The label set that these bytes mean, or `none` when they were not seen before.
    uint32_t findLabels(std::string_view raw);
    /// Remembers what the bytes mean. `labels` are without the metric name.
    uint32_t addLabels(std::string_view raw, Labels labels);

    /// The position of a series in the batch, or `none` when the name was not seen with that label set and
    /// kind.
    uint32_t findSeries(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind,
                        uint32_t item);
    /// Remembers the series and puts it into the batch.
    uint32_t addSeries(uint32_t labelSet, std::string_view rawName, std::string_view name, Kind kind,
                       bool adoptsKind, uint32_t item);

private:
    struct Memory;
    uint32_t position(uint32_t entry, uint32_t item);

    size_t m_maxBytes;
    std::shared_ptr<Memory> m_memory;
    Batch *m_batch = nullptr;
};

} // namespace plimsoll::ingest

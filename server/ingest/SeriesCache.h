#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"

#include <cstdint>
#include <memory>
#include <optional>
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
    /// Takes that set, after the caller found its bytes; there must be one.
    uint32_t takeExpectedLabels();
    /// The label set that these bytes mean, or `none` when they were not seen before.
    uint32_t findLabels(std::string_view raw);
    /// Remembers bytes that mean a label set.
    uint32_t addLabels(std::string_view raw);

    /// The raw name of the series that followed in this label set before, where one is remembered that may be
    /// of this kind.
    std::optional<std::string_view> expectedName(uint32_t labelSet, Kind kind, bool adoptsKind);
    /// Takes that series, after the caller found its bytes: its position in the batch.
    uint32_t takeExpectedName(uint32_t labelSet, uint32_t item);
    /// The position of a series in the batch, or `none` when the name was not seen with that label set and
    /// kind.
    uint32_t findSeries(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind,
                        uint32_t item);
    /// Remembers the series, whose labels include its name, and puts it into the batch.
    uint32_t addSeries(uint32_t labelSet, std::string_view rawName, const Labels &labels, Kind kind,
                       bool adoptsKind, uint32_t item);

private:
    struct Memory;
    uint32_t position(uint32_t entry, uint32_t item);

    size_t m_maxBytes;
    std::shared_ptr<Memory> m_memory;
    Batch *m_batch = nullptr;
};

} // namespace plimsoll::ingest

#pragma once

#include "storage/engine/Receipts.h"
#include "storage/engine/SeriesDefinition.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// What one commit holds: the payload of a journal frame in columns. Reused: clear() keeps the memory.
struct Group
{
    DefinitionBlock definitions; ///< outlive a failed commit: the ids are given out already
    std::vector<int64_t> ids;    ///< floats: id, time, value
    std::vector<int64_t> timesMs;
    std::vector<double> values;

    struct HistogramEntry
    {
        SeriesId series;
        int64_t timestampMs;
        size_t offset;
        size_t size;
    };
    std::vector<HistogramEntry> histograms;
    std::string histogramBytes;

    std::vector<Receipt> receipts;
    uint64_t batches = 0;

    bool empty() const
    {
        return ids.empty() && histograms.empty() && receipts.empty() && definitions.empty();
    }
    size_t sampleCount() const { return ids.size() + histograms.size(); }
    /// Appends floats; `ids` are by Batch::FloatSample::series.
    void addFloats(std::span<const Batch::FloatSample> floats, std::span<const SeriesId> ids);
    void addHistogram(SeriesId series, int64_t timestampMs, std::string_view bytes);
    std::string_view bytesOf(const HistogramEntry &entry) const
    {
        return std::string_view(histogramBytes).substr(entry.offset, entry.size);
    }
    /// Forgets all but the definitions; gives memory back after an unusually large commit.
    void clearSamples();

    /// Drops the samples of series that are not known.
    template<typename Knows>
    void dropUnknown(Knows knows);

    /// Replaces `out` by the frame's payload.
    void encode(std::string &out) const;
    /// Fills an empty group from a payload whose checksum held; definitions go to `define`. False where it is
    /// not one.
    bool decode(std::string_view payload, const std::function<void(const SeriesDefinition &)> &define);
};

template<typename Knows>
void Group::dropUnknown(Knows knows)
{
    size_t kept = 0;
    for (size_t i = 0; i < ids.size(); i++) {
        if (ids[i] <= 0 || ids[i] > UINT32_MAX || !knows(static_cast<SeriesId>(ids[i])))
            continue;
        ids[kept] = ids[i];
        timesMs[kept] = timesMs[i];
        values[kept++] = values[i];
    }
    ids.resize(kept);
    timesMs.resize(kept);
    values.resize(kept);
    std::erase_if(histograms, [&](const auto &entry) { return !knows(entry.series); });
}

} // namespace plimsoll

#pragma once

#include "storage/engine/Pack.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plimsoll {

/// Collects the chunks of series with rising ids, and stores equal times once.
class PackBuilder
{
public:
    explicit PackBuilder(int64_t windowStartMs)
        : m_windowStartMs(windowStartMs)
    {
    }

    /// Takes what encodeChunk() made; of the entry series, samples, minMs, maxMs, histograms and total are
    /// used.
    void add(PackEntry entry, std::string_view chunk);
    bool empty() const { return m_entries.empty(); }
    SeriesId firstSeries() const { return m_entries.front().series; }
    /// Bytes so far, nearly: the directory is known only in the end.
    size_t size() const;
    /// Whether to finish here: near 32 KB, where SQLite wastes little of its pages.
    bool full() const;
    /// The pack; the builder is empty afterwards.
    std::string finish();

private:
    struct Clock
    {
        uint64_t samples;
        int64_t minMs;
        int64_t maxMs;
        size_t size;
        uint32_t checksum;
    };
    uint32_t clockNumber(const PackEntry &entry, std::string_view bytes);
    std::string directory() const;

    int64_t m_windowStartMs;
    std::vector<PackEntry> m_entries;
    std::vector<Clock> m_clocks;
    std::unordered_map<std::string, uint32_t> m_clockNumbers;
    std::string m_clockBytes;
    std::string m_chunks;
};

} // namespace plimsoll

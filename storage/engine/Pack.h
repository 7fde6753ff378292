#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/Result.h"
#include "storage/model/SeriesReader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A directory entry of a pack.
struct PackEntry
{
    SeriesId series = 0;
    bool histograms = false;
    uint64_t samples = 0;
    int64_t minMs = 0;
    int64_t maxMs = 0;
    uint32_t checksum = 0;
    std::optional<ExactSum> total; ///< of delta series
    size_t offset = 0;             ///< of the chunk in the pack
    size_t size = 0;
};

/// Collects the chunks of series with rising ids.
class PackBuilder
{
public:
    explicit PackBuilder(int64_t windowStartMs)
        : m_windowStartMs(windowStartMs)
    {
    }

    /// Takes a chunk; of the entry all but checksum, offset and size is used.
    void add(PackEntry entry, std::string_view chunk);
    bool empty() const { return m_entries.empty(); }
    SeriesId firstSeries() const { return m_entries.front().series; }
    /// Bytes so far, without the directory.
    size_t size() const { return m_chunks.size(); }
    /// The pack; the builder is empty afterwards.
    std::string finish();

private:
    int64_t m_windowStartMs;
    std::vector<PackEntry> m_entries;
    std::string m_chunks;
};

/// A pack that was read back; checks the directory when opened and each chunk when read. Shareable between
/// threads.
class Pack
{
public:
    static Result<Pack> open(std::string bytes);

    int64_t windowStartMs() const { return m_windowStartMs; }
    const std::vector<PackEntry> &entries() const { return m_entries; }
    const PackEntry *find(SeriesId series) const;
    size_t memoryBytes() const { return m_bytes.size() + m_entries.size() * sizeof(PackEntry); }

    /// Appends the samples of an entry. Fails with Corrupt.
    Status read(const PackEntry &entry, FloatColumns &out) const;
    Status read(const PackEntry &entry, HistogramColumns &out) const;
    /// The merged increments of a distribution's entry.
    Result<Histogram> merged(const PackEntry &entry) const;

private:
    Status check(const PackEntry &entry) const;
    std::string_view chunk(const PackEntry &entry) const;

    std::string m_bytes;
    int64_t m_windowStartMs = 0;
    std::vector<PackEntry> m_entries;
};

} // namespace plimsoll

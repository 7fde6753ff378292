#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/Result.h"
#include "storage/model/SeriesReader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// More samples than one series can have in a pack.
constexpr uint64_t maxPackSamples = 1ULL << 27;

/// A directory entry of a pack.
struct PackEntry
{
    enum Flag : uint8_t { HistogramsFlag = 1, TotalFlag = 2 };

    SeriesId series = 0;
    bool histograms = false;
    uint64_t samples = 0;
    int64_t minMs = 0;
    int64_t maxMs = 0;
    uint32_t clock = 0; ///< the number of its times; series share them
    uint32_t checksum = 0;
    std::optional<ExactSum> total; ///< of delta series
    size_t offset = 0;             ///< of the chunk in the pack
    size_t size = 0;
};

/// A pack that was read back, of any version; checks the directory when opened, times and values when read.
/// Shareable between threads.
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
    /// Times that series share.
    struct Clock
    {
        uint64_t samples = 0;
        int64_t minMs = 0;
        int64_t maxMs = 0;
        uint32_t checksum = 0;
        size_t offset = 0;
        size_t size = 0;
    };
    Status openDirectory(std::string_view directory, size_t offset);
    Status openVersion1Directory(std::string_view directory, size_t offset);
    bool takeClocks(std::string_view &directory, uint64_t count);
    bool takeEntries(std::string_view &directory, uint64_t count);
    Status check(const PackEntry &entry) const;
    Status readTimes(const PackEntry &entry, std::vector<int64_t> &out) const;
    std::string_view part(size_t offset, size_t size) const
    {
        return std::string_view(m_bytes).substr(offset, size);
    }

    std::string m_bytes;
    uint8_t m_version = 0;
    int64_t m_windowStartMs = 0;
    std::vector<Clock> m_clocks;
    std::vector<PackEntry> m_entries;
};

} // namespace plimsoll

#pragma once

#include "storage/model/Batch.h"
#include "storage/model/ExactSum.h"
#include "storage/model/Histogram.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace plimsoll::ingest {

/// A series that came over StatsD, and what its lines added up to in the batch under way.
struct StatsdSeries
{
    KnownSeries known;
    Kind kind = Kind::Gauge;
    bool isSet = false;
    uint64_t batch = 0;    ///< the batch that what follows belongs to
    uint32_t position = 0; ///< in Batch::series
    uint32_t item = 0;     ///< the first of the batch
    bool toSend = false;   ///< the value below is not in the batch yet
    double gauge = 0;      ///< the value it has now
    bool gaugeKnown = false;
    ExactSum sum;                         ///< of a counter's increments
    std::unique_ptr<Histogram> seen;      ///< observations that stand for several
    std::unordered_set<uint64_t> members; ///< of a set, hashed
};

/// Remembers series by the text that names them, so that a line of a known series costs a look-up. Batches
/// refer to its series, so it is shared.
class StatsdMemory final : public KnownOwner
{
public:
    /// Null where this text was not seen before.
    StatsdSeries *find(std::string_view spelling)
    {
        const auto it = m_bySpelling.find(spelling);
        return it == m_bySpelling.end() ? nullptr : it->second;
    }
    /// The series of a canonical key, however it was spelt; `kind` and `isSet` are part of what it is.
    StatsdSeries &add(std::string_view spelling, const std::string &key, Kind kind, bool isSet);
    /// What it takes, about.
    size_t bytes() const { return m_bytes; }

private:
    struct Hash
    {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template<typename T>
    using Map = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    Map<StatsdSeries *> m_bySpelling;
    Map<StatsdSeries> m_byKey;
    size_t m_bytes = 0;
};

} // namespace plimsoll::ingest

#pragma once

#include "storage/engine/rollup/RollupColumn.h"
#include "storage/engine/rollup/RollupRow.h"
#include "storage/model/Batch.h"
#include "storage/model/Result.h"
#include "storage/model/RollupColumns.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace plimsoll {

/// A seal of hours has packs under so many ids, one for each group of columns.
inline constexpr uint32_t rollupGroups = 4;
enum class RollupGroup : uint8_t { Sums = 0, Extremes = 1, Ends = 2, Histograms = 3 };

/// Collects the hours of series with rising ids; the form is in ROLLUP.md ("Hourly pack").
class HourlyPackBuilder
{
public:
    /// Takes the rows of a series, which rise by start.
    void add(SeriesId series, Kind kind, const RollupRows &rows);
    bool empty() const { return m_ids.empty(); }
    /// True when it is time to finish: about 32 KB of packs.
    bool full() const;

    struct Packs
    {
        struct Group
        {
            SeriesId firstSeries = 0;
            std::string data; ///< empty where no series has something for this group
        };
        std::array<Group, rollupGroups> groups;
    };
    /// The packs; the builder is empty afterwards.
    Packs finish();

private:
    Packs::Group group(RollupGroup which) const;

    std::vector<SeriesId> m_ids;
    std::vector<uint8_t> m_flags;
    std::vector<RollupRows> m_rows;
    size_t m_rowCount = 0;
    size_t m_histogramBuckets = 0;
};

/// One group of such a pack that was read back. The checksum is checked when it is opened. Shareable between
/// threads.
class HourlyPack
{
public:
    static Result<HourlyPack> open(std::string bytes);
    HourlyPack(HourlyPack &&) = default;
    HourlyPack &operator=(HourlyPack &&) = default;

    RollupGroup group() const { return m_group; }
    SeriesId firstSeries() const { return m_ids.front(); }
    const std::vector<SeriesId> &series() const { return m_ids; }
    /// The place of a series, if it is inside.
    std::optional<size_t> find(SeriesId series) const;
    size_t memoryBytes() const;

    /// Appends the starts and ends of the hours of a series.
    void appendSpans(size_t place, RollupColumns &out) const;
    /// Appends the columns of this group. Those that the series has none of are filled up with zeros,
    /// `increases` with NaN. Fails with Corrupt.
    Status append(size_t place, RollupColumns &out) const;

private:
    HourlyPack() = default;
    bool takeDirectory(std::string_view &bytes);
    bool takeColumns(std::string_view bytes);
    template<typename Value>
    bool takeColumn(std::string_view &bytes, std::vector<RollupColumn<Value>> &columns, uint8_t flag,
                    bool with);
    bool appendCounts(size_t place, std::vector<double> &out) const;
    bool appendSums(size_t place, RollupColumns &out) const;
    bool appendEnds(size_t place, RollupColumns &out) const;
    bool appendHistograms(size_t place, RollupColumns &out) const;
    template<typename Value>
    bool appendColumn(const std::vector<RollupColumn<Value>> &columns, size_t which, size_t place,
                      Value otherwise, std::vector<Value> &out) const;

    std::shared_ptr<const std::string> m_bytes; ///< shared, so that views stay where they are
    RollupGroup m_group = RollupGroup::Sums;
    int64_t m_startHour = 0;
    size_t m_rowCount = 0;
    std::vector<SeriesId> m_ids;
    std::vector<uint8_t> m_flags;
    std::vector<uint32_t> m_firstHour;
    std::vector<uint32_t> m_rows;
    std::vector<uint32_t> m_firstRow;
    std::map<size_t, std::vector<uint32_t>> m_gaps; ///< by place: hours missed before each row but the first

    struct Places
    {
        std::vector<uint32_t> rows;   ///< of the series that a column holds
        std::vector<uint32_t> places; ///< by place in the pack: place in the column, or `none`
    };
    static constexpr uint32_t none = UINT32_MAX;
    Places placesWith(uint8_t flag, bool with) const;

    std::vector<RollupColumn<int64_t>> m_integers;
    std::vector<Places> m_integerPlaces;
    std::vector<RollupColumn<double>> m_doubles;
    std::vector<Places> m_doublePlaces;
    std::map<size_t, ExactSum> m_wholeSums; ///< by row
    std::vector<std::string_view> m_frames; ///< of histograms, by place
    std::vector<uint32_t> m_frameSizes;
};

} // namespace plimsoll

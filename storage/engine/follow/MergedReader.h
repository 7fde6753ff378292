#pragma once

#include "storage/model/SampleIndex.h"
#include "storage/model/SeriesReader.h"

#include <functional>
#include <map>

namespace plimsoll {

/// One view over several readers: series of the same project and labels are one. The ids that it hands out
/// are its own. Where two nodes give one series different kinds, that of the first reader counts; what holds
/// other samples (floats, histograms) is left out.
class MergedReader final : public SeriesReader, public SampleIndex
{
public:
    explicit MergedReader(std::vector<std::unique_ptr<SeriesReader>> readers);

    void bind(const StopToken &stop, uint64_t maxSamples) const override;

    Result<std::vector<SelectedSeries>> select(ProjectId project, std::span<const Matcher> matchers,
                                               int64_t fromMs, int64_t toMs) const override;
    Status readFloats(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const override;
    Status readHistograms(SeriesId series, int64_t fromMs, int64_t toMs,
                          HistogramColumns &out) const override;
    Result<double> totalBefore(SeriesId series, int64_t beforeMs) const override;
    Result<Histogram> histogramBefore(SeriesId series, int64_t beforeMs) const override;
    Result<Histogram> histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const override;
    std::vector<std::string> warnings() const override;

    Coverage coverage(SeriesId series) const override;
    int64_t nextSampleMs(SeriesId series, int64_t fromMs) const override;
    Status readHours(SeriesId series, int64_t fromMs, int64_t toMs, uint8_t parts,
                     RollupColumns &out) const override;
    Status readDays(SeriesId series, int64_t fromMs, int64_t toMs, RollupColumns &out) const override;

private:
    struct Series
    {
        Kind kind = Kind::Gauge;
        std::map<size_t, SeriesId> parts; ///< by reader
    };

    const Series *find(SeriesId id) const;
    template<typename Columns, typename Read>
    Status readColumns(SeriesId id, Columns &out, Read read) const;
    template<typename Read>
    Status readRollups(SeriesId id, uint8_t parts, RollupColumns &out, Read read) const;
    template<typename Read>
    Result<Histogram> merge(SeriesId id, Read read) const;

    std::vector<std::unique_ptr<SeriesReader>> m_readers;
    mutable std::vector<Series> m_series; ///< by id less one
    mutable std::map<std::pair<ProjectId, std::string>, SeriesId> m_ids;
};

class Following;

/// Opens readers over this node and those that it follows.
class MergedSource final : public ReaderSource
{
public:
    /// Both outlive it.
    MergedSource(const ReaderSource &own, const Following &following)
        : m_own(own)
        , m_following(following)
    {
    }
    std::unique_ptr<SeriesReader> openReader() const override;

private:
    const ReaderSource &m_own;
    const Following &m_following;
};

} // namespace plimsoll

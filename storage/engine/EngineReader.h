#pragma once

#include "storage/engine/Catalogue.h"
#include "storage/engine/Head.h"
#include "storage/engine/PackCache.h"
#include "storage/model/SeriesReader.h"

namespace plimsoll {

/// A view over seals and head that stands still.
class EngineReader final : public SeriesReader
{
public:
    EngineReader(const Catalogue &catalogue, Head &head, PackCache &packs);
    ~EngineReader() override;

    Result<std::vector<SelectedSeries>> select(ProjectId project, std::span<const Matcher> matchers,
                                               int64_t fromMs, int64_t toMs) const override;
    Status readFloats(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const override;
    Status readHistograms(SeriesId series, int64_t fromMs, int64_t toMs,
                          HistogramColumns &out) const override;
    Result<double> totalBefore(SeriesId series, int64_t beforeMs) const override;
    Result<Histogram> histogramBefore(SeriesId series, int64_t beforeMs) const override;
    Result<Histogram> histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const override;

private:
    Roaring present(const Roaring &ids, int64_t fromMs, int64_t toMs) const;
    Result<Kind> kindOf(SeriesId series, bool histograms) const;
    template<typename Columns>
    Status readAny(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs, Columns &out) const;
    template<typename Take>
    Status eachEntry(SeriesId series, int64_t fromMs, int64_t toMs, Take take) const;
    template<typename Columns>
    void appendHead(SeriesId series, int64_t fromMs, int64_t toMs, Columns &out) const;

    const Catalogue &m_catalogue;
    Head &m_head;
    PackCache &m_packs;
    const HeadView m_view;
};

} // namespace plimsoll

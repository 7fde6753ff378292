#include "storage/engine/rollup/SealedSeries.h"

#include "storage/engine/rollup/RowColumns.h"

namespace plimsoll {

Status appendRows(HourlyCache &hours, const Seal &seal, SeriesId series, Kind kind, RollupRows &out)
{
    if (!seal.series.contains(series))
        return {};
    RollupColumns columns;
    for (uint8_t g = 0; g < rollupGroups; g++) {
        const auto group = static_cast<RollupGroup>(g);
        const bool with = group == RollupGroup::Histograms
                              ? holdsHistograms(kind)
                              : group != RollupGroup::Extremes || !holdsHistograms(kind);
        if (!with)
            continue;
        const auto pack = hours.get(seal.id + g, series);
        if (!pack)
            return pack.error();
        const size_t place = *(*pack)->find(series);
        if (g == 0)
            (*pack)->appendSpans(place, columns);
        if (Status read = (*pack)->append(place, columns); !read)
            return read;
    }
    RollupRows rows = toRows(columns);
    std::move(rows.begin(), rows.end(), std::back_inserter(out));
    return {};
}

Roaring seriesOf(const std::vector<SealPointer> &seals)
{
    Roaring all;
    for (const SealPointer &seal : seals)
        all |= seal->series;
    return all;
}

std::string nameOf(const Catalogue &catalogue, SeriesId series)
{
    const auto described = catalogue.describe(series);
    return described ? std::string(described->labels.name()) : std::string();
}

} // namespace plimsoll

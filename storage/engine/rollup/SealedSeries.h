#pragma once

#include "storage/engine/rollup/UpkeepContext.h"
#include "storage/model/SeriesReader.h"

namespace plimsoll {

/// Appends the samples of a series in some seals, in the order of sealing.
template<typename Columns>
Status appendSamples(PackCache &packs, const std::vector<SealPointer> &seals, SeriesId series, Columns &out)
{
    for (const SealPointer &seal : seals) {
        if (!seal->series.contains(series))
            continue;
        const auto pack = packs.get(seal->id, series);
        if (!pack)
            return pack.error();
        if (Status read = (*pack)->read(*(*pack)->find(series), out); !read)
            return read;
    }
    return {};
}

/// Appends all hours of a series in a seal.
Status appendRows(HourlyCache &hours, const Seal &seal, SeriesId series, Kind kind, RollupRows &out);

/// The series that are in any of some seals.
Roaring seriesOf(const std::vector<SealPointer> &seals);

/// The name of a series' metric, empty where it is not known.
std::string nameOf(const Catalogue &catalogue, SeriesId series);

} // namespace plimsoll

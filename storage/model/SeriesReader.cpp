#include "storage/model/SeriesReader.h"

namespace plimsoll {

Result<Histogram> SeriesReader::histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const
{
    HistogramColumns columns;
    if (Status read = readHistograms(series, fromMs, toMs, columns); !read)
        return read.error();
    Histogram merged;
    for (size_t i = 0; i < columns.size(); i++) {
        if (i == 0)
            merged = columns.values[i];
        else
            merged.merge(columns.values[i]);
    }
    return merged;
}

Coverage SeriesReader::coverage(SeriesId) const { return {}; }

Status SeriesReader::readHours(SeriesId, int64_t, int64_t, uint8_t, RollupColumns &) const
{
    return Error{ErrorCode::Unsupported, "This reader keeps no hours.", {}};
}

Status SeriesReader::readDays(SeriesId, int64_t, int64_t, RollupColumns &) const
{
    return Error{ErrorCode::Unsupported, "This reader keeps no days.", {}};
}

} // namespace plimsoll

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

Status SeriesReader::mayHold(uint64_t samples) const
{
    if (samples > m_maxSamples)
        return Error{ErrorCode::TooLarge, "The query reads too many samples at once.",
                     "Ask for a shorter time range or fewer series."};
    return m_stop->stopped() ? m_stop->status() : Status();
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

#pragma once

#include "storage/model/Batch.h"

#include <cstdint>

namespace plimsoll {

/// The role of a reader that knows where samples are without reading them: long ranges are walked in slices
/// by it, without a read for each gap.
class SampleIndex
{
public:
    virtual ~SampleIndex() = default;

    /// Not later than the first sample of a series from `fromMs` on; INT64_MAX where there is none.
    virtual int64_t nextSampleMs(SeriesId series, int64_t fromMs) const = 0;
};

} // namespace plimsoll

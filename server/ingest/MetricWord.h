#pragma once

#include "storage/model/Batch.h"

#include <string_view>

namespace plimsoll::ingest {

/// The type of a metric as remote write's metadata has it (MetricMetadata.MetricType; the numbers of 1.0 and
/// of 2.0 are the same).
enum class MetricWord {
    Unknown = 0,
    Counter = 1,
    Gauge = 2,
    Histogram = 3,
    GaugeHistogram = 4,
    Summary = 5,
    Info = 6,
    StateSet = 7
};

/// The word of a number as it came; Unknown for those that are none.
MetricWord metricWord(int number);

/// What it makes of a series of floats by its name: the counters of a histogram or summary end in _bucket,
/// _sum and _count. Untyped where it says nothing.
Kind kindOf(MetricWord type, std::string_view name);

/// The word that people read: "counter", "gauge", …, "unknown".
const char *textOf(MetricWord type);

/// The name that the series of a metric have in common: without _bucket, _sum, _count of a histogram or
/// summary.
std::string_view familyOf(MetricWord type, std::string_view name);

} // namespace plimsoll::ingest

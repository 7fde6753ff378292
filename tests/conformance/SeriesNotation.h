#pragma once

#include "storage/model/Histogram.h"
#include "storage/model/Labels.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::conformance {

/// A point of the test language: a float, a histogram, or none.
struct NotedPoint
{
    double value = 0;
    std::optional<Histogram> histogram;
    bool missing = false;
    bool hasHint = false; ///< a reset hint was written, be it "unknown"
};

/// A line such as `metric{label="x"} 1+2x3 _ stale {{schema:1 count:2}}`.
struct NotedSeries
{
    Labels labels;
    std::vector<NotedPoint> points;
    bool bareNumber = false; ///< no series, only a number: a scalar
    std::string error;       ///< what could not be read; empty where all could
};

NotedSeries parseSeries(std::string_view line);

} // namespace plimsoll::conformance

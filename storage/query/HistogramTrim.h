#pragma once

#include "storage/model/Histogram.h"

namespace plimsoll::promql {

/// The histogram without the observations above a value (`upper`, the operator `</`) or below it (`>/`). A
/// bucket that the value cuts is split as quantiles interpolate in it; one that reaches to infinity goes
/// wholly where it is cut. The sum loses what is estimated to have gone.
Histogram trimmed(const Histogram &histogram, double value, bool upper);

} // namespace plimsoll::promql

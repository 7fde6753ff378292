#pragma once

#include "storage/query/Ast.h"

namespace plimsoll::promql {

/// What a duration expression may refer to, in seconds; an instant query has neither.
struct DurationFrame
{
    double step = 0;  ///< step() of the query
    double range = 0; ///< range(): from its first to its last step
};

/// The value in milliseconds, once checkDurations() has passed; `plainMs` where there is no expression.
int64_t resolvedMs(const DurationPtr &expr, int64_t plainMs, const DurationFrame &frame);

/// Invalid where a duration in the tree divides by zero, is beyond all bounds, or is not above zero though it
/// is a range or a step.
Status checkDurations(const Expr &expr, const DurationFrame &frame);

} // namespace plimsoll::promql

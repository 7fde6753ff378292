#pragma once

#include "storage/query/Evaluator.h"

#include <optional>

namespace plimsoll::promql {

/// Aggregates series while they are read, so that no more of them than a few dozen are in memory at once:
/// sum, avg, min, max, count, group, stddev, stdvar, topk and bottomk over a selector, or over a function of
/// one's range, where all series hold floats that do not add up. Nothing where the expression or its series
/// are others. The answer is the same, to the last bit, as that of all columns at once.
std::optional<VectorValue> streamAggregation(Evaluator &evaluator, const Aggregation &aggregation,
                                             const ScalarValue &parameter, const Grid &grid);

} // namespace plimsoll::promql

#pragma once

#include "storage/query/Evaluator.h"

namespace plimsoll::promql {

/// sum, avg, topk and their kind over the columns of a vector.
Value evaluateAggregation(Evaluator &evaluator, const Expr &expr, const Aggregation &aggregation,
                          const Grid &grid);

/// The q-quantile of values by linear interpolation between the order statistics, NaN being the smallest.
/// Sorts them.
double interpolatedQuantile(double q, std::vector<double> &values);

} // namespace plimsoll::promql

#pragma once

#include "storage/query/Evaluator.h"
#include "storage/query/Selection.h"

namespace plimsoll::promql {

/// Whether a range vector expression is a selector with `anchored` or `smoothed`.
bool isExtended(const Expr &range);

/// increase, rate, delta, changes and resets over such a range: they also look at the samples that lie just
/// outside, within the lookback, and extrapolate nothing. `anchored` takes the last sample before the range
/// for its beginning; `smoothed` interpolates at both ends between the samples around them, a counter that
/// was reset in between counting from 0. Source: Prometheus' feature promql-extended-range-selectors.
VectorValue evaluateExtended(Evaluator &evaluator, const Expr &expr, const Call &call, const Expr &range,
                             const Grid &grid);

/// The samples of such a range at one instant, with the values at its ends.
void eachExtended(Evaluator &evaluator, const Expr &range, const Grid &grid,
                  const std::function<void(const RangeSeries &)> &use);

/// A smoothed instant selector: the value interpolated between the samples around each time, or the last one
/// where none follows within the lookback.
void fillSmoothed(Context &context, const StreamSamples &samples, const std::vector<int64_t> &times,
                  Column &column);

} // namespace plimsoll::promql

#pragma once

#include "storage/query/Evaluator.h"

namespace plimsoll::promql {

/// Arithmetic, comparison and set operators between scalars and vectors.
Value evaluateBinary(Evaluator &evaluator, const Expr &expr, const Binary &binary, const Grid &grid);

} // namespace plimsoll::promql

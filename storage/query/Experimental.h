#pragma once

#include "storage/query/Ast.h"

namespace plimsoll::promql {

/// Invalid where the tree calls a function or aggregation that is experimental in Prometheus, whose meaning
/// may still change there. (Experimental syntax is the parser's matter.)
Status refuseExperimental(const Expr &expr);

} // namespace plimsoll::promql

#pragma once

#include "storage/query/Ast.h"

namespace plimsoll::promql {

/// The canonical form on one line, which parses back to the same expression. Matchers are sorted.
std::string print(const Expr &expr);

/// The form that Prometheus' format_query gives: what is longer than 100 bytes is split over lines, operands
/// indented by two spaces.
std::string prettyPrint(const Expr &expr);

/// The sign of +Inf would be read as that of the power or subquery that begins with it: there it is Inf.
bool isUnsignedInfinity(const Expr &operand, bool beginsTighter);

/// Parts of both forms: an aggregation without its arguments, and an operator with its modifiers.
std::string printAggregationHead(const Aggregation &aggregation);
std::string printOperator(const Binary &binary);
/// "[5m:1m] @ 12.000 offset 3m"
std::string printSubqueryTail(const Subquery &subquery);
std::string printDurationExpr(const DurationExpr &expr);

} // namespace plimsoll::promql

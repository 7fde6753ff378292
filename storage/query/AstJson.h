#pragma once

#include "storage/query/Ast.h"

namespace plimsoll::promql {

/// The analyzed tree as the JSON that Prometheus' /api/v1/parse_query gives: each node an object with its
/// "type" and fields, times and durations in milliseconds, numbers as text.
/// Source: prometheus/web/api/v1, translateAST.
std::string astJson(const Expr &expr);

} // namespace plimsoll::promql

#pragma once

#include "storage/query/Ast.h"

namespace plimsoll::promql {

/// Parses a query into its tree, without types (see Analyzer.h). Nesting deeper than 256 levels is refused.
/// Source: prometheus.io/docs/prometheus/latest/querying/basics and operators.
Result<ExprPtr> parse(std::string_view text);

/// Parses a series selector alone, as match[] parameters have it.
Result<std::vector<Matcher>> parseSelector(std::string_view text);

} // namespace plimsoll::promql

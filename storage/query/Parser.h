#pragma once

#include "storage/query/Ast.h"

namespace plimsoll::promql {

struct ParseOptions
{
    /// Whether what is experimental in Prometheus is understood: duration expressions, fill modifiers, and
    /// selectors that are anchored or smoothed.
    bool experimental = false;
};

/// Parses a query into its tree, without types (see Analyzer.h). Nesting deeper than 256 levels, trees higher
/// than 500, and texts over 1 MiB are refused. Fails with Invalid, in the words of Prometheus.
/// Source: prometheus.io/docs/prometheus/latest/querying/basics and operators.
Result<ExprPtr> parse(std::string_view text, const ParseOptions &options = {});

/// Parses a series selector alone, as match[] parameters have it.
Result<std::vector<Matcher>> parseSelector(std::string_view text);

} // namespace plimsoll::promql

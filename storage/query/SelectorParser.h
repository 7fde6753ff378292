#pragma once

#include "storage/query/Ast.h"
#include "storage/query/TokenCursor.h"

namespace plimsoll::promql {

/// Reads a metric name, matchers in braces, or both.
VectorSelector parseVectorSelector(TokenCursor &cursor);

/// Label names in parentheses, as after by, on and group_left.
std::vector<std::string> parseLabelList(TokenCursor &cursor);

/// Whether a series without the label meets the condition.
bool matchesEmpty(const Matcher &matcher);

} // namespace plimsoll::promql

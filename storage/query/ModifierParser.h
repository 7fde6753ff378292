#pragma once

#include "storage/query/Parser.h"
#include "storage/query/TokenCursor.h"

namespace plimsoll::promql {

/// Reads one `offset`, `@`, `anchored` or `smoothed` after an expression, if there is one, and sets it there.
bool parseModifier(TokenCursor &cursor, const ParseOptions &options, Expr &expr);

} // namespace plimsoll::promql

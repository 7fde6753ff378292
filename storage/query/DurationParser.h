#pragma once

#include "storage/query/Ast.h"
#include "storage/query/Parser.h"
#include "storage/query/TokenCursor.h"

namespace plimsoll::promql {

/// A duration as written: plain, or an expression over step() and range() that counts instead.
struct ParsedDuration
{
    int64_t milliseconds = 0;
    DurationPtr expr;
};

/// Reads the range or step of a selector; `context` and `expected` word the failure. Above 0.
ParsedDuration parseRange(TokenCursor &cursor, const ParseOptions &options, std::string_view context,
                          std::string_view expected);

/// Reads what follows after `offset`: a number, duration or step() with a sign, or an expression in
/// parentheses.
ParsedDuration parseOffset(TokenCursor &cursor, const ParseOptions &options);

} // namespace plimsoll::promql

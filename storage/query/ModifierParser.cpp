#include "storage/query/ModifierParser.h"

#include "storage/query/DurationParser.h"

#include <cmath>

namespace plimsoll::promql {

namespace {

constexpr double maxTimeMs = 4.5e15; // 142,000 years, so that sums of times cannot overflow

TimeShift *shiftOf(TokenCursor &cursor, Expr &expr, const std::string &modifier)
{
    if (auto *selector = expr.as<VectorSelector>())
        return &selector->shift;
    if (auto *range = expr.as<RangeSelector>(); range && range->selector->as<VectorSelector>())
        return &range->selector->as<VectorSelector>()->shift;
    if (auto *subquery = expr.as<Subquery>())
        return &subquery->shift;
    cursor.fail(expr.position, modifier + " modifier must be preceded by an instant vector selector or "
                                          "range vector selector or a subquery");
    return nullptr;
}

void parseOffsetModifier(TokenCursor &cursor, const ParseOptions &options, Expr &expr)
{
    const auto duration = parseOffset(cursor, options);
    TimeShift *shift = cursor.failed() ? nullptr : shiftOf(cursor, expr, "offset");
    if (!shift)
        return;
    if (shift->offsetMs != 0 || shift->offsetExpr)
        cursor.fail(expr.position, "offset may not be set multiple times");
    shift->offsetMs = duration.milliseconds;
    shift->offsetExpr = duration.expr;
}

void parseTimestamp(TokenCursor &cursor, const Expr &expr, TimeShift &shift)
{
    const bool negative = cursor.acceptSign();
    if (!cursor.isNumber())
        return cursor.unexpected("@", "timestamp");
    const double milliseconds = (negative ? -1000 : 1000) * cursor.current().number;
    if (!(std::fabs(milliseconds) < maxTimeMs))
        return cursor.fail(expr.position, "timestamp out of bounds for @ modifier: " + cursor.current().text);
    cursor.advance();
    shift.anchor = TimeShift::Anchor::Time;
    shift.atMs = std::llround(milliseconds);
}

void parseAtModifier(TokenCursor &cursor, Expr &expr)
{
    TimeShift parsed;
    if (cursor.isWord("start") || cursor.isWord("end")) {
        parsed.anchor = cursor.isWord("start") ? TimeShift::Anchor::Start : TimeShift::Anchor::End;
        cursor.advance();
        cursor.expect(TokenKind::LeftParen, "@", "timestamp");
        cursor.expect(TokenKind::RightParen, "@", "timestamp");
    } else {
        parseTimestamp(cursor, expr, parsed);
    }
    TimeShift *shift = cursor.failed() ? nullptr : shiftOf(cursor, expr, "@");
    if (!shift)
        return;
    if (shift->anchor != TimeShift::Anchor::None)
        cursor.fail(expr.position, "@ <timestamp> may not be set multiple times");
    shift->anchor = parsed.anchor;
    shift->atMs = parsed.atMs;
}

void parseBounds(TokenCursor &cursor, const ParseOptions &options, Expr &expr)
{
    const std::string word(cursor.current().keyword);
    const auto wanted =
        word == "anchored" ? VectorSelector::Bounds::Anchored : VectorSelector::Bounds::Smoothed;
    cursor.advance();
    if (!options.experimental)
        return cursor.fail(expr.position, word + " modifier is experimental and not enabled");
    auto *range = expr.as<RangeSelector>();
    auto *selector = range ? range->selector->as<VectorSelector>() : expr.as<VectorSelector>();
    if (!selector)
        return cursor.fail(expr.position, expr.as<Subquery>()
                                              ? word + " modifier is not supported for subqueries"
                                              : word + " modifier not implemented");
    if (selector->bounds != VectorSelector::Bounds::Plain && selector->bounds != wanted)
        cursor.fail(expr.position, "anchored and smoothed modifiers cannot be used together");
    selector->bounds = wanted;
}

} // namespace

bool parseModifier(TokenCursor &cursor, const ParseOptions &options, Expr &expr)
{
    if (cursor.acceptWord("offset"))
        parseOffsetModifier(cursor, options, expr);
    else if (cursor.accept(TokenKind::At))
        parseAtModifier(cursor, expr);
    else if (cursor.isWord("anchored") || cursor.isWord("smoothed"))
        parseBounds(cursor, options, expr);
    else
        return false;
    return true;
}

} // namespace plimsoll::promql

#pragma once

#include "storage/query/Ast.h"

#include <algorithm>
#include <bit>

namespace plimsoll::test {

/// Whether two trees say the same; places do not matter, nor the order of matchers.
bool sameExpr(const promql::Expr &a, const promql::Expr &b);

namespace detail {

using namespace promql;

inline bool same(double a, double b)
{
    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) || (a != a && b != b);
}
inline bool same(const ExprPtr &a, const ExprPtr &b) { return a && b ? sameExpr(*a, *b) : !a && !b; }
inline bool same(const std::optional<double> &a, const std::optional<double> &b)
{
    return a && b ? same(*a, *b) : !a && !b;
}
inline bool same(const DurationPtr &a, const DurationPtr &b)
{
    if (!a || !b)
        return !a && !b;
    return a->op == b->op && same(a->value, b->value) && a->isDuration == b->isDuration &&
           a->inParens == b->inParens && same(a->left, b->left) && same(a->right, b->right);
}
inline bool same(const TimeShift &a, const TimeShift &b)
{
    return a.offsetMs == b.offsetMs && same(a.offsetExpr, b.offsetExpr) && a.anchor == b.anchor &&
           a.atMs == b.atMs;
}
inline bool same(const NumberLiteral &a, const NumberLiteral &b)
{
    return same(a.value, b.value) && a.isDuration == b.isDuration;
}
inline bool same(const StringLiteral &a, const StringLiteral &b) { return a.value == b.value; }
inline bool same(const VectorSelector &a, const VectorSelector &b)
{
    const auto sorted = [](std::vector<Matcher> matchers) {
        std::ranges::sort(matchers, {}, [](const Matcher &m) { return std::tuple(m.name, m.op, m.value); });
        return matchers;
    };
    return a.named == b.named && (!a.named || a.matchers[0] == b.matchers[0]) &&
           sorted(a.matchers) == sorted(b.matchers) && same(a.shift, b.shift) && a.bounds == b.bounds;
}
inline bool same(const RangeSelector &a, const RangeSelector &b)
{
    return same(a.selector, b.selector) && a.rangeMs == b.rangeMs && same(a.rangeExpr, b.rangeExpr);
}
inline bool same(const Subquery &a, const Subquery &b)
{
    return same(a.expr, b.expr) && a.rangeMs == b.rangeMs && a.stepMs == b.stepMs &&
           same(a.rangeExpr, b.rangeExpr) && same(a.stepExpr, b.stepExpr) && same(a.shift, b.shift);
}
inline bool same(const Call &a, const Call &b)
{
    return a.function == b.function &&
           std::ranges::equal(a.arguments, b.arguments,
                              [](const auto &x, const auto &y) { return same(x, y); });
}
inline bool same(const Aggregation &a, const Aggregation &b)
{
    return a.op == b.op && same(a.parameter, b.parameter) && same(a.expr, b.expr) && a.labels == b.labels &&
           a.without == b.without;
}
inline bool same(const VectorMatching &a, const VectorMatching &b)
{
    return a.card == b.card && a.on == b.on && a.labels == b.labels && a.include == b.include &&
           same(a.fillLeft, b.fillLeft) && same(a.fillRight, b.fillRight);
}
inline bool same(const Binary &a, const Binary &b)
{
    return a.op == b.op && a.returnBool == b.returnBool && a.hasMatching == b.hasMatching &&
           same(a.matching, b.matching) && same(a.left, b.left) && same(a.right, b.right);
}
inline bool same(const Unary &a, const Unary &b) { return a.negative == b.negative && same(a.expr, b.expr); }
inline bool same(const Paren &a, const Paren &b) { return same(a.expr, b.expr); }

} // namespace detail

inline bool sameExpr(const promql::Expr &a, const promql::Expr &b)
{
    if (a.node.index() != b.node.index() || a.type != b.type || a.height != b.height)
        return false;
    return std::visit(
        [&](const auto &node) { return detail::same(node, *b.as<std::decay_t<decltype(node)>>()); }, a.node);
}

} // namespace plimsoll::test

#include "storage/query/Ast.h"

#include <algorithm>

namespace plimsoll::promql {

std::string_view valueTypeName(ValueType type)
{
    constexpr std::string_view names[] = {"scalar", "string", "instant vector", "range vector"};
    return names[static_cast<size_t>(type)];
}

std::string_view valueTypeCode(ValueType type)
{
    constexpr std::string_view codes[] = {"scalar", "string", "vector", "matrix"};
    return codes[static_cast<size_t>(type)];
}

std::string_view binaryOpName(BinaryOp op)
{
    constexpr std::string_view names[] = {"+",  "-",  "*", "/", "%",  "^",  "atan2", "</", ">/",
                                          "==", "!=", ">", "<", ">=", "<=", "and",   "or", "unless"};
    return names[static_cast<size_t>(op)];
}

std::string_view aggregateOpName(AggregateOp op)
{
    constexpr std::string_view names[] = {"sum",      "avg",          "min",    "max",        "count",
                                          "group",    "stddev",       "stdvar", "topk",       "bottomk",
                                          "quantile", "count_values", "limitk", "limit_ratio"};
    return names[static_cast<size_t>(op)];
}

namespace {

uint32_t heightOf(const ExprPtr &expr) { return expr ? expr->height : 0; }

struct ChildHeight
{
    uint32_t operator()(const RangeSelector &range) const { return heightOf(range.selector); }
    uint32_t operator()(const Subquery &subquery) const { return heightOf(subquery.expr); }
    uint32_t operator()(const Unary &unary) const { return heightOf(unary.expr); }
    uint32_t operator()(const Paren &paren) const { return heightOf(paren.expr); }
    uint32_t operator()(const Binary &node) const
    {
        return std::max(heightOf(node.left), heightOf(node.right));
    }
    uint32_t operator()(const Aggregation &node) const
    {
        return std::max(heightOf(node.parameter), heightOf(node.expr));
    }
    uint32_t operator()(const Call &call) const
    {
        uint32_t height = 0;
        for (const ExprPtr &argument : call.arguments)
            height = std::max(height, heightOf(argument));
        return height;
    }
    uint32_t operator()(const auto &) const { return 0; }
};

} // namespace

uint32_t childHeight(const Expr &expr) { return std::visit(ChildHeight(), expr.node); }

const Expr &unwrapped(const Expr &expr)
{
    const Expr *inner = &expr;
    while (const auto *paren = inner->as<Paren>())
        inner = paren->expr.get();
    return *inner;
}

} // namespace plimsoll::promql

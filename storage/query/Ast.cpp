#include "storage/query/Ast.h"

namespace plimsoll::promql {

std::string_view valueTypeName(ValueType type)
{
    constexpr std::string_view names[] = {"scalar", "string", "instant vector", "range vector"};
    return names[static_cast<size_t>(type)];
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

const Expr &unwrapped(const Expr &expr)
{
    const Expr *inner = &expr;
    while (const auto *paren = inner->as<Paren>())
        inner = paren->expr.get();
    return *inner;
}

} // namespace plimsoll::promql

#include "storage/query/Experimental.h"

#include "storage/query/Functions.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

constexpr std::string_view experimentalFunctions[] = {
    "double_exponential_smoothing",
    "end",
    "first_over_time",
    "histogram_quantiles",
    "info",
    "mad_over_time",
    "max_of",
    "min_of",
    "range",
    "sort_by_label",
    "sort_by_label_desc",
    "start",
    "step",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
};

Error refusal(const Expr &expr, const std::string &what)
{
    Error error = parseError(expr.position, what + " is experimental and not enabled");
    error.hint = "Set --query-experimental on to use it.";
    return error;
}

/// The first failure among operands, null ones left out.
Status refuseIn(std::initializer_list<const Expr *> operands)
{
    for (const Expr *operand : operands) {
        if (auto status = operand ? refuseExperimental(*operand) : Status(); !status)
            return status;
    }
    return {};
}

Status refuseCall(const Expr &expr, const Call &call)
{
    if (std::ranges::find(experimentalFunctions, call.function->name) != std::end(experimentalFunctions))
        return refusal(expr, "function \"" + std::string(call.function->name) + "\"");
    for (const auto &argument : call.arguments) {
        if (auto status = refuseExperimental(*argument); !status)
            return status;
    }
    return {};
}

} // namespace

Status refuseExperimental(const Expr &expr)
{
    if (const auto *call = expr.as<Call>())
        return refuseCall(expr, *call);
    if (const auto *aggregation = expr.as<Aggregation>()) {
        if (aggregation->op == AggregateOp::LimitK || aggregation->op == AggregateOp::LimitRatio)
            return refusal(expr, "aggregation \"" + std::string(aggregateOpName(aggregation->op)) + "\"");
        return refuseIn({aggregation->parameter.get(), aggregation->expr.get()});
    }
    if (const auto *binary = expr.as<Binary>())
        return refuseIn({binary->left.get(), binary->right.get()});
    if (const auto *unary = expr.as<Unary>())
        return refuseIn({unary->expr.get()});
    if (const auto *paren = expr.as<Paren>())
        return refuseIn({paren->expr.get()});
    if (const auto *subquery = expr.as<Subquery>())
        return refuseIn({subquery->expr.get()});
    return {};
}

} // namespace plimsoll::promql

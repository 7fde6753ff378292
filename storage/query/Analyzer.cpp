#include "storage/query/Analyzer.h"

#include "storage/query/Functions.h"
#include "storage/query/SelectorParser.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

Error typeError(const Expr &expr, const std::string &message) { return parseError(expr.position, message); }

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

Status expectType(const Expr &expr, ValueType wanted, const std::string &context)
{
    if (expr.type == wanted)
        return {};
    return typeError(expr, "expected type " + std::string(valueTypeName(wanted)) + " in " + context +
                               ", got " + std::string(valueTypeName(expr.type)));
}

/// The second argument of info() names labels, all of which may be empty, and no metric.
Status analyzeInfoLabels(Expr &expr)
{
    const auto *selector = expr.as<VectorSelector>();
    if (!selector) {
        auto status = analyze(expr);
        return status ? typeError(expr,
                                  "expected label selectors as the second argument to info function, got " +
                                      std::string(valueTypeName(expr.type)))
                      : status;
    }
    expr.type = ValueType::InstantVector;
    return selector->named ? typeError(expr, "expected label selectors only, got vector selector instead")
                           : Status();
}

Status analyzeCall(Expr &expr, Call &call)
{
    const FunctionRow &function = *call.function;
    const size_t count = call.arguments.size();
    const std::string name = quoted(function.name);
    if (count < function.minArguments || count > function.maxArguments()) {
        const bool fixed = function.minArguments == function.maxArguments();
        const size_t wanted = count < function.minArguments ? function.minArguments : function.maxArguments();
        const std::string bound = fixed ? "" : count < function.minArguments ? "at least " : "at most ";
        return typeError(expr, "expected " + bound + std::to_string(wanted) + " argument(s) in call to " +
                                   name + ", got " + std::to_string(count));
    }
    for (size_t i = 0; i < count; i++) {
        const bool infoLabels = function.name == "info" && i == 1;
        if (auto status = infoLabels ? analyzeInfoLabels(*call.arguments[i]) : analyze(*call.arguments[i]);
            !status)
            return status;
        if (auto status =
                expectType(*call.arguments[i], function.argumentType(i), "call to function " + name);
            !status)
            return status;
    }
    expr.type = function.returns;
    return {};
}

Status analyzeAggregation(Expr &expr, Aggregation &aggregation)
{
    if (auto status = analyze(*aggregation.expr); !status)
        return status;
    if (auto status = expectType(*aggregation.expr, ValueType::InstantVector, "aggregation expression");
        !status)
        return status;
    if (aggregation.parameter) {
        if (auto status = analyze(*aggregation.parameter); !status)
            return status;
        const auto wanted =
            aggregation.op == AggregateOp::CountValues ? ValueType::String : ValueType::Scalar;
        if (auto status = expectType(*aggregation.parameter, wanted, "aggregation parameter"); !status)
            return status;
    }
    expr.type = ValueType::InstantVector;
    return {};
}

/// Modifiers without labels mean nothing where a side is a scalar.
Status analyzeMatching(const Expr &expr, Binary &binary, bool betweenVectors)
{
    VectorMatching &matching = binary.matching;
    const bool grouped =
        matching.card == VectorMatching::Card::ManyToOne || matching.card == VectorMatching::Card::OneToMany;
    const bool fills = matching.fillLeft || matching.fillRight;
    for (const auto &label : matching.include) {
        if (matching.on && std::ranges::find(matching.labels, label) != matching.labels.end())
            return parseError(binary.opPosition,
                              "label " + quoted(label) + " must not occur in ON and GROUP clause at once");
    }
    if (!betweenVectors && !matching.labels.empty())
        return typeError(expr, "vector matching only allowed between instant vectors");
    if (!betweenVectors && fills)
        return typeError(expr, "filling in missing series only allowed between instant vectors");
    if (betweenVectors && isSetOperator(binary.op) && grouped)
        return typeError(expr, "no grouping allowed for " + quoted(binaryOpName(binary.op)) + " operation");
    if (betweenVectors && isSetOperator(binary.op) && fills)
        return typeError(expr, "filling in missing series not allowed for set operators");
    if (!betweenVectors) {
        matching = {};
        binary.hasMatching = false;
    }
    return {};
}

Status analyzeBinary(Expr &expr, Binary &binary)
{
    for (Expr *side : {binary.left.get(), binary.right.get()}) {
        if (auto status = analyze(*side); !status)
            return status;
        if (side->type != ValueType::Scalar && side->type != ValueType::InstantVector)
            return typeError(*side, "binary expression must contain only scalar and instant vector types");
    }
    const bool leftVector = binary.left->type == ValueType::InstantVector;
    const bool rightVector = binary.right->type == ValueType::InstantVector;
    if (binary.returnBool && !isComparison(binary.op))
        return parseError(binary.opPosition, "bool modifier can only be used on comparison operators");
    if (isComparison(binary.op) && !binary.returnBool && !leftVector && !rightVector)
        return parseError(binary.opPosition, "comparisons between scalars must use BOOL modifier");
    if (auto status = analyzeMatching(expr, binary, leftVector && rightVector); !status)
        return status;
    if (isSetOperator(binary.op) && !(leftVector && rightVector))
        return typeError(expr, "set operator " + quoted(binaryOpName(binary.op)) +
                                   " not allowed in binary scalar expression");
    expr.type = leftVector || rightVector ? ValueType::InstantVector : ValueType::Scalar;
    return {};
}

Status analyzeUnary(Expr &expr, Unary &unary)
{
    if (auto status = analyze(*unary.expr); !status)
        return status;
    if (unary.expr->type != ValueType::Scalar && unary.expr->type != ValueType::InstantVector) {
        return typeError(
            expr, "unary expression only allowed on expressions of type scalar or instant vector, got " +
                      quoted(valueTypeName(unary.expr->type)));
    }
    expr.type = unary.expr->type;
    return {};
}

Status analyzeSelector(const Expr &expr, const VectorSelector &selector)
{
    if (!selector.named) {
        if (std::ranges::all_of(selector.matchers, matchesEmpty))
            return typeError(expr, "vector selector must contain at least one non-empty matcher");
        return {};
    }
    for (size_t i = 1; i < selector.matchers.size(); i++) {
        if (selector.matchers[i].name == nameLabel)
            return typeError(expr,
                             "metric name must not be set twice: " + quoted(selector.matchers[0].value) +
                                 " or " + quoted(selector.matchers[i].value));
    }
    return {};
}

} // namespace

Status analyze(Expr &expr)
{
    if (expr.as<NumberLiteral>() || expr.as<StringLiteral>()) {
        expr.type = expr.as<StringLiteral>() ? ValueType::String : ValueType::Scalar;
        return {};
    }
    if (const auto *selector = expr.as<VectorSelector>()) {
        expr.type = ValueType::InstantVector;
        return analyzeSelector(expr, *selector);
    }
    if (auto *range = expr.as<RangeSelector>()) {
        expr.type = ValueType::RangeVector;
        return analyze(*range->selector);
    }
    if (auto *subquery = expr.as<Subquery>()) {
        expr.type = ValueType::RangeVector;
        if (auto status = analyze(*subquery->expr); !status)
            return status;
        if (subquery->expr->type == ValueType::InstantVector)
            return {};
        return typeError(expr, "subquery is only allowed on instant vector, got " +
                                   std::string(valueTypeCode(subquery->expr->type)) + " instead");
    }
    if (auto *call = expr.as<Call>())
        return analyzeCall(expr, *call);
    if (auto *aggregation = expr.as<Aggregation>())
        return analyzeAggregation(expr, *aggregation);
    if (auto *binary = expr.as<Binary>())
        return analyzeBinary(expr, *binary);
    if (auto *unary = expr.as<Unary>())
        return analyzeUnary(expr, *unary);
    auto &inner = *expr.as<Paren>()->expr;
    auto status = analyze(inner);
    expr.type = inner.type;
    return status;
}

} // namespace plimsoll::promql

#include "alerts/Condition.h"

#include "storage/query/Ast.h"
#include "storage/query/Printer.h"

#include <algorithm>
#include <set>

namespace plimsoll::alerts {

namespace {

using promql::BinaryOp;
using promql::Expr;

std::optional<double> numberOf(const Expr &expr)
{
    const Expr &inner = promql::unwrapped(expr);
    if (const auto *literal = inner.as<promql::NumberLiteral>())
        return literal->value;
    const auto *unary = inner.as<promql::Unary>();
    const std::optional<double> operand = unary ? numberOf(*unary->expr) : std::nullopt;
    return operand && unary->negative ? -*operand : operand;
}

std::optional<Comparison> comparisonOf(BinaryOp op)
{
    return promql::isComparison(op) ? comparisonFromSign(promql::binaryOpName(op)) : std::nullopt;
}

/// The comparison that says the same with its sides exchanged.
Comparison exchanged(Comparison comparison)
{
    switch (comparison) {
    case Comparison::Greater:
        return Comparison::Less;
    case Comparison::GreaterOrEqual:
        return Comparison::LessOrEqual;
    case Comparison::Less:
        return Comparison::Greater;
    case Comparison::LessOrEqual:
        return Comparison::GreaterOrEqual;
    case Comparison::Equal:
    case Comparison::NotEqual:
        return comparison;
    }
    return comparison;
}

bool mayYieldNothing(const Expr &expr);

bool mayYieldNothing(const promql::Binary &binary)
{
    if (promql::isSetOperator(binary.op) || (promql::isComparison(binary.op) && !binary.returnBool))
        return true;
    return mayYieldNothing(*binary.left) || mayYieldNothing(*binary.right);
}

bool mayYieldNothing(const promql::Call &call, const std::string &printed)
{
    if (printed.starts_with("absent") || printed.starts_with("vector"))
        return true;
    return std::any_of(call.arguments.begin(), call.arguments.end(),
                       [](const promql::ExprPtr &argument) { return mayYieldNothing(*argument); });
}

bool mayYieldNothing(const Expr &expr)
{
    const Expr &inner = promql::unwrapped(expr);
    if (const auto *selector = inner.as<promql::VectorSelector>())
        return selector->matchers.size() > 1;
    if (const auto *range = inner.as<promql::RangeSelector>())
        return mayYieldNothing(*range->selector);
    if (const auto *binary = inner.as<promql::Binary>())
        return mayYieldNothing(*binary);
    if (const auto *call = inner.as<promql::Call>())
        return mayYieldNothing(*call, promql::print(inner));
    if (const auto *aggregation = inner.as<promql::Aggregation>())
        return mayYieldNothing(*aggregation->expr);
    if (const auto *unary = inner.as<promql::Unary>())
        return mayYieldNothing(*unary->expr);
    if (const auto *subquery = inner.as<promql::Subquery>())
        return mayYieldNothing(*subquery->expr);
    return false;
}

/// The vector selectors of an expression, printed. False where it asks what is absent.
bool collectSelectors(const Expr &expr, std::set<std::string> &out)
{
    const Expr &inner = promql::unwrapped(expr);
    if (inner.as<promql::VectorSelector>())
        out.insert(promql::print(inner));
    if (const auto *range = inner.as<promql::RangeSelector>())
        return collectSelectors(*range->selector, out);
    if (const auto *binary = inner.as<promql::Binary>())
        return collectSelectors(*binary->left, out) && collectSelectors(*binary->right, out);
    if (const auto *aggregation = inner.as<promql::Aggregation>())
        return collectSelectors(*aggregation->expr, out);
    if (const auto *unary = inner.as<promql::Unary>())
        return collectSelectors(*unary->expr, out);
    if (const auto *subquery = inner.as<promql::Subquery>())
        return collectSelectors(*subquery->expr, out);
    const auto *call = inner.as<promql::Call>();
    if (!call)
        return true;
    return !promql::print(inner).starts_with("absent") &&
           std::all_of(call->arguments.begin(), call->arguments.end(),
                       [&](const promql::ExprPtr &argument) { return collectSelectors(*argument, out); });
}

} // namespace

Condition Condition::ofExpression(const std::shared_ptr<const Query> &query)
{
    const Condition whole{query, std::nullopt, 0, nullptr};
    const auto *binary = promql::unwrapped(query->root()).as<promql::Binary>();
    std::optional<Comparison> comparison = binary ? comparisonOf(binary->op) : std::nullopt;
    if (!comparison || binary->returnBool)
        return whole;
    std::optional<double> threshold = numberOf(*binary->right);
    const Expr *measured = binary->left.get();
    if (!threshold) {
        threshold = numberOf(*binary->left);
        measured = binary->right.get();
        comparison = exchanged(*comparison);
    }
    if (!threshold || measured->type != promql::ValueType::InstantVector)
        return whole;
    Result<Query> parsed = Query::parse(promql::print(*measured));
    if (!parsed)
        return whole;
    return {std::make_shared<const Query>(std::move(parsed).value()), comparison, *threshold, nullptr};
}

bool mayBeFalse(const Query &query) { return mayYieldNothing(query.root()); }

std::shared_ptr<const Query> presenceOf(const Query &query)
{
    std::set<std::string> selectors;
    if (!collectSelectors(query.root(), selectors) || selectors.empty())
        return {};
    std::string text;
    for (const std::string &selector : selectors)
        text.append(text.empty() ? "group(" : " or group(").append(selector).append(")");
    Result<Query> parsed = Query::parse(text);
    return parsed ? std::make_shared<const Query>(std::move(parsed).value()) : nullptr;
}

} // namespace plimsoll::alerts

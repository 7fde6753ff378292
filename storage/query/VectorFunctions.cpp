#include "storage/query/ExtendedRange.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

/// Applies a function to each float of a vector, with a scalar argument at each step; histograms are left
/// out.
template<typename Function>
VectorValue mapFloats(Evaluator &evaluator, const Expr &argument, const Grid &grid, Function function)
{
    VectorValue result = evaluator.vector(argument, grid);
    evaluator.context().dropNames(result);
    for (Column &column : result) {
        column.decimal = false;
        column.histograms.clear();
        for (size_t step = 0; step < grid.steps; step++) {
            if (column.hasFloat(step))
                column.values[step] = function(column.values[step], step);
        }
    }
    std::erase_if(result, [](const Column &column) { return column.empty(); });
    evaluator.requireUnique(result);
    return result;
}

Value timestampFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue result;
    if (const auto *selector = unwrapped(*call.arguments[0]).as<VectorSelector>()) {
        result = evaluator.instantSelector(*selector, grid, true);
    } else {
        result = evaluator.vector(*call.arguments[0], grid);
        for (Column &column : result) {
            for (size_t step = 0; step < grid.steps; step++) {
                if (column.has(step)) {
                    column.clear(step);
                    column.values[step] = static_cast<double>(grid.at(step)) / 1000;
                }
            }
        }
    }
    evaluator.context().dropNames(result);
    evaluator.requireUnique(result);
    return result;
}

// --- absent ---

/// The labels that a missing series would have, as far as the selector tells.
LabelsPtr absentLabels(const Expr &expr)
{
    const Expr &inner = unwrapped(expr);
    const auto *selector = inner.as<VectorSelector>();
    if (const auto *range = inner.as<RangeSelector>())
        selector = range->selector->as<VectorSelector>();
    auto labels = std::make_shared<Labels>();
    std::vector<std::string_view> seen;
    for (const Matcher &matcher : selector ? selector->matchers : std::vector<Matcher>()) {
        if (matcher.name == nameLabel)
            continue;
        const bool isNew = std::ranges::find(seen, matcher.name) == seen.end();
        const bool sets = matcher.op == Matcher::Op::Equal && isNew;
        labels->set(matcher.name, sets ? matcher.value : std::string());
        if (sets)
            seen.push_back(matcher.name);
    }
    return labels;
}

Value absentWhere(const std::vector<bool> &present, LabelsPtr labels)
{
    VectorValue result;
    Column column(std::move(labels), present.size());
    for (size_t step = 0; step < present.size(); step++) {
        if (!present[step])
            column.values[step] = 1;
    }
    if (!column.empty())
        result.push_back(std::move(column));
    return result;
}

Value absentFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    std::vector<bool> present(grid.steps, false);
    for (const Column &column : evaluator.vector(*call.arguments[0], grid)) {
        for (size_t step = 0; step < grid.steps; step++)
            present[step] = present[step] || column.has(step);
    }
    return absentWhere(present, absentLabels(*call.arguments[0]));
}

Value absentOverTime(Evaluator &evaluator, const Expr &expr, const Call &call, const Grid &grid)
{
    const Expr &range = *call.arguments[0];
    if (isExtended(range))
        return evaluateExtended(evaluator, expr, call, range, grid); // which refuses it
    const auto ends = evaluator.windowEnds(range, grid);
    std::vector<bool> present(grid.steps, false);
    evaluator.eachRangeSeries(range, grid, false, RollupUse::Ends, [&](const RangeSeries &series) {
        WindowWalk walk(series, evaluator.rangeMs(range));
        for (size_t step = 0; step < grid.steps; step++)
            present[step] = walk.next(ends[step]).size() > 0 || present[step];
    });
    return absentWhere(present, absentLabels(range));
}

// --- rounding and clamping ---

Value roundFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const ScalarValue nearest =
        call.arguments.size() > 1 ? evaluator.scalar(*call.arguments[1], grid) : ScalarValue(grid.steps, 1.0);
    return mapFloats(evaluator, *call.arguments[0], grid, [&](double value, size_t step) {
        const double inverse = 1 / nearest[step];
        return std::floor(value * inverse + 0.5) / inverse;
    });
}

double clampedTo(double value, double min, double max)
{
    if (std::isnan(min) || std::isnan(max) || std::isnan(value))
        return __builtin_nan("");
    return std::max(min, std::min(max, value));
}

Value clampBetween(Evaluator &evaluator, const Call &call, const Grid &grid, const ScalarValue &min,
                   const ScalarValue &max)
{
    return mapFloats(evaluator, *call.arguments[0], grid, [&](double value, size_t step) {
        return min[step] > max[step] ? noPoint() : clampedTo(value, min[step], max[step]);
    });
}

Value clampFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return clampBetween(evaluator, call, grid, evaluator.scalar(*call.arguments[1], grid),
                        evaluator.scalar(*call.arguments[2], grid));
}

Value clampMin(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return clampBetween(evaluator, call, grid, evaluator.scalar(*call.arguments[1], grid),
                        ScalarValue(grid.steps, __builtin_inf()));
}

Value clampMax(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return clampBetween(evaluator, call, grid, ScalarValue(grid.steps, -__builtin_inf()),
                        evaluator.scalar(*call.arguments[1], grid));
}

// --- sorting of floats; the order matters for instant queries only ---

Value sortByValue(Evaluator &evaluator, const Call &call, const Grid &grid, bool descending)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    for (Column &column : vector)
        column.histograms.clear();
    std::erase_if(vector, [](const Column &column) { return column.empty(); });
    if (grid.steps != 1)
        return vector;
    std::ranges::stable_sort(vector, [descending](const Column &a, const Column &b) {
        const double left = a.values[0];
        const double right = b.values[0];
        if (std::isnan(left) || std::isnan(right))
            return !std::isnan(left);
        return descending ? left > right : left < right;
    });
    return vector;
}

Value sortFunction(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByValue(e, call, grid, false);
}
Value sortDesc(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByValue(e, call, grid, true);
}

FunctionRow row(std::string_view name, std::vector<ValueType> arguments, SpecialFunction function)
{
    FunctionRow result{name, arguments, arguments.size()};
    result.special = function;
    return result;
}

FunctionRow optionalLast(FunctionRow row)
{
    row.minArguments--;
    return row;
}

} // namespace

std::vector<FunctionRow> vectorFunctions()
{
    constexpr auto scalar = ValueType::Scalar;
    constexpr auto vector = ValueType::InstantVector;
    constexpr auto range = ValueType::RangeVector;
    return {
        row("timestamp", {vector}, timestampFunction),
        row("absent", {vector}, absentFunction),
        row("absent_over_time", {range}, absentOverTime),
        optionalLast(row("round", {vector, scalar}, roundFunction)),
        row("clamp", {vector, scalar, scalar}, clampFunction),
        row("clamp_min", {vector, scalar}, clampMin),
        row("clamp_max", {vector, scalar}, clampMax),
        row("sort", {vector}, sortFunction),
        row("sort_desc", {vector}, sortDesc),
    };
}

} // namespace plimsoll::promql

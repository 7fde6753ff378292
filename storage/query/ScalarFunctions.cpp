#include "storage/query/Evaluator.h"

#include <cmath>
#include <numbers>

namespace plimsoll::promql {

namespace {

const auto emptyLabels = std::make_shared<const Labels>();

Column scalarColumn(ScalarValue values)
{
    Column column(emptyLabels, 0);
    column.values = std::move(values);
    return column;
}

Value timeFunction(Evaluator &, const Expr &, const Call &, const Grid &grid)
{
    ScalarValue times(grid.steps);
    for (size_t step = 0; step < grid.steps; step++)
        times[step] = static_cast<double>(grid.at(step)) / 1000;
    return times;
}

Value piFunction(Evaluator &, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, std::numbers::pi);
}

Value startFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, static_cast<double>(evaluator.context().grid.startMs) / 1000);
}

Value endFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, static_cast<double>(evaluator.context().grid.endMs()) / 1000);
}

Value stepFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, evaluator.context().durations().step);
}

Value rangeFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, evaluator.context().durations().range);
}

/// The smaller or greater of two scalars; NaN wins over both.
Value extremeOf(Evaluator &evaluator, const Call &call, const Grid &grid, bool greater)
{
    ScalarValue left = evaluator.scalar(*call.arguments[0], grid);
    const ScalarValue right = evaluator.scalar(*call.arguments[1], grid);
    for (size_t step = 0; step < grid.steps; step++) {
        const bool takesRight =
            std::isnan(right[step]) || (greater ? right[step] > left[step] : right[step] < left[step]);
        if (takesRight && !std::isnan(left[step]))
            left[step] = right[step];
    }
    return left;
}

Value minOf(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return extremeOf(evaluator, call, grid, false);
}
Value maxOf(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return extremeOf(evaluator, call, grid, true);
}

Value scalarFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    ScalarValue result(grid.steps, __builtin_nan(""));
    std::vector<uint32_t> counts(grid.steps, 0);
    for (const Column &column : vector) {
        for (size_t step = 0; step < grid.steps; step++) {
            if (column.hasFloat(step))
                result[step] = ++counts[step] == 1 ? column.values[step] : __builtin_nan("");
        }
    }
    return result;
}

Value vectorFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue result;
    result.push_back(scalarColumn(evaluator.scalar(*call.arguments[0], grid)));
    return result;
}

FunctionRow row(std::string_view name, std::vector<ValueType> arguments, ValueType returns,
                SpecialFunction function)
{
    FunctionRow result{name, arguments, arguments.size()};
    result.returns = returns;
    result.special = function;
    return result;
}

} // namespace

/// Those that give or take single numbers.
std::vector<FunctionRow> scalarFunctions()
{
    constexpr auto scalar = ValueType::Scalar;
    constexpr auto vector = ValueType::InstantVector;
    return {
        row("time", {}, scalar, timeFunction),           row("pi", {}, scalar, piFunction),
        row("start", {}, scalar, startFunction),         row("end", {}, scalar, endFunction),
        row("step", {}, scalar, stepFunction),           row("range", {}, scalar, rangeFunction),
        row("min_of", {scalar, scalar}, scalar, minOf),  row("max_of", {scalar, scalar}, scalar, maxOf),
        row("scalar", {vector}, scalar, scalarFunction), row("vector", {scalar}, vector, vectorFunction),
    };
}

} // namespace plimsoll::promql

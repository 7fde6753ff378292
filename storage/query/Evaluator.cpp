#include "storage/query/Evaluator.h"

#include "storage/query/Aggregations.h"
#include "storage/query/BinaryOperators.h"
#include "storage/query/ExtendedRange.h"
#include "storage/query/InstantColumns.h"
#include "storage/query/RangeColumns.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

constexpr int64_t defaultSubqueryStepMs = 60'000;
constexpr size_t maxSubquerySteps = 1'000'000;

int64_t floorTo(int64_t value, int64_t unit)
{
    const int64_t rest = value % unit;
    return value - (rest < 0 ? rest + unit : rest);
}

/// The evaluation times, as vector(time()) has them.
Column timeColumn(const Grid &grid)
{
    Column column(std::make_shared<Labels>(), grid.steps);
    for (size_t step = 0; step < grid.steps; step++)
        column.values[step] = static_cast<double>(grid.at(step)) / 1000;
    return column;
}

/// A subquery may skip the sample that began anew, or give it twice, so what its hint said is void.
void forgetReset(Histogram &histogram)
{
    if (histogram.resetHint() != Histogram::ResetHint::Gauge)
        histogram.setResetHint(Histogram::ResetHint::Unknown);
}

/// Columns as the samples of a range vector; the memory of `out` is reused.
void columnSamples(const Column &column, const Grid &grid, RangeSeries &out)
{
    out.labels = column.labels;
    out.dropsName = column.dropsName;
    out.floats.clear();
    out.histograms.clear();
    for (size_t step = 0; step < grid.steps; step++) {
        if (column.hasHistogram(step)) {
            out.histograms.timestampsMs.push_back(grid.at(step));
            out.histograms.values.push_back(*column.histograms[step]);
            forgetReset(out.histograms.values.back());
        } else if (column.hasFloat(step)) {
            out.floats.timestampsMs.push_back(grid.at(step));
            out.floats.values.push_back(column.values[step]);
        }
    }
}

} // namespace

Value Evaluator::evaluate(const Expr &expr, const Grid &grid)
{
    if (!m_context.proceed())
        return VectorValue();
    if (const auto *number = expr.as<NumberLiteral>())
        return ScalarValue(grid.steps, number->value);
    if (const auto *text = expr.as<StringLiteral>())
        return text->value;
    if (const auto *selector = expr.as<VectorSelector>())
        return instantSelector(*selector, grid);
    if (const auto *paren = expr.as<Paren>())
        return evaluate(*paren->expr, grid);
    if (const auto *node = expr.as<Unary>())
        return unary(*node, grid);
    if (const auto *binary = expr.as<Binary>())
        return evaluateBinary(*this, expr, *binary, grid);
    if (const auto *aggregation = expr.as<Aggregation>())
        return evaluateAggregation(*this, expr, *aggregation, grid);
    if (const auto *call = expr.as<Call>()) {
        if (call->function->special)
            return call->function->special(*this, expr, *call, grid);
        return call->function->range ? rangeCall(expr, *call, grid) : elementCall(*call, grid);
    }
    m_context.fail(expr.position, "a range vector cannot be evaluated over a range of time");
    return VectorValue();
}

ScalarValue Evaluator::scalar(const Expr &expr, const Grid &grid)
{
    Value value = evaluate(expr, grid);
    if (auto *scalar = std::get_if<ScalarValue>(&value))
        return std::move(*scalar);
    return ScalarValue(grid.steps, __builtin_nan("")); // only after a failure
}

VectorValue Evaluator::vector(const Expr &expr, const Grid &grid)
{
    Value value = evaluate(expr, grid);
    if (auto *vector = std::get_if<VectorValue>(&value))
        return std::move(*vector);
    return {};
}

std::string Evaluator::string(const Expr &expr)
{
    const auto *literal = unwrapped(expr).as<StringLiteral>();
    return literal ? literal->value : std::string();
}

std::vector<int64_t> Evaluator::lookTimes(const TimeShift &shift, const Grid &grid) const
{
    std::vector<int64_t> times(grid.steps);
    const int64_t offsetMs = resolvedMs(shift.offsetExpr, shift.offsetMs, m_context.durations());
    const Grid &whole = m_context.grid;
    for (size_t step = 0; step < grid.steps; step++) {
        const int64_t time = shift.anchor == TimeShift::Anchor::None    ? grid.at(step)
                             : shift.anchor == TimeShift::Anchor::Time  ? shift.atMs
                             : shift.anchor == TimeShift::Anchor::Start ? whole.startMs
                                                                        : whole.endMs();
        times[step] = time - offsetMs;
    }
    return times;
}

VectorValue Evaluator::instantSelector(const VectorSelector &selector, const Grid &grid, bool sampleTimes)
{
    const InstantColumns columns(m_context, selector, lookTimes(selector.shift, grid), sampleTimes);
    VectorValue result;
    result.reserve(columns.streams().size());
    columns.each([&](Column &column, size_t) {
        m_context.countPoints(grid.steps);
        result.push_back(std::move(column));
    });
    return result;
}

int64_t Evaluator::rangeMs(const Expr &range) const
{
    const Expr &inner = unwrapped(range);
    const auto frame = m_context.durations();
    if (const auto *subquery = inner.as<Subquery>())
        return resolvedMs(subquery->rangeExpr, subquery->rangeMs, frame);
    const auto &selector = *inner.as<RangeSelector>();
    return resolvedMs(selector.rangeExpr, selector.rangeMs, frame);
}

std::vector<int64_t> Evaluator::windowEnds(const Expr &range, const Grid &grid) const
{
    const Expr &inner = unwrapped(range);
    if (const auto *subquery = inner.as<Subquery>())
        return lookTimes(subquery->shift, grid);
    return lookTimes(inner.as<RangeSelector>()->selector->as<VectorSelector>()->shift, grid);
}

void Evaluator::eachRangeSeries(const Expr &range, const Grid &grid, bool withBegun, RollupUse rollups,
                                const std::function<void(const RangeSeries &)> &use)
{
    const Expr &inner = unwrapped(range);
    const auto ends = windowEnds(inner, grid);
    if (const auto *subquery = inner.as<Subquery>())
        return eachSubquerySeries(*subquery, ends, use);
    const RangeStreams streams(m_context, *inner.as<RangeSelector>(), inner.position, ends, rangeMs(inner),
                               withBegun, rollups);
    RangeStreams::Reader reader(streams, m_context);
    for (size_t i = 0; i < streams.streams().size(); i++) {
        const RangeSeries &series = reader.read(i);
        if (m_context.failed())
            return;
        use(series);
    }
}

void Evaluator::eachSubquerySeries(const Subquery &subquery, const std::vector<int64_t> &ends,
                                   const std::function<void(const RangeSeries &)> &use)
{
    const auto frame = m_context.durations();
    const int64_t writtenMs = resolvedMs(subquery.stepExpr, subquery.stepMs, frame);
    const int64_t rangeMs = resolvedMs(subquery.rangeExpr, subquery.rangeMs, frame);
    const int64_t stepMs = writtenMs > 0 ? writtenMs : defaultSubqueryStepMs;
    const int64_t firstMs = floorTo(ends.front() - rangeMs, stepMs) + stepMs;
    if (ends.back() < firstMs)
        return;
    const auto steps = static_cast<size_t>((ends.back() - firstMs) / stepMs + 1);
    if (steps > maxSubquerySteps) {
        m_context.fail({ErrorCode::TooLarge,
                        "A subquery has more than " + std::to_string(maxSubquerySteps) + " steps.",
                        "Give it a larger step or a shorter range."});
        return;
    }
    const Grid grid{firstMs, stepMs, steps};
    RangeSeries series;
    for (const Column &column : vector(*subquery.expr, grid)) {
        columnSamples(column, grid, series);
        m_context.countSamples(series.floats.size() + series.histograms.size());
        if (!m_context.proceed())
            return;
        use(series);
    }
}

/// The range vector argument of a call of a range function, and its scalar ones.
Evaluator::RangeArguments Evaluator::rangeArguments(const Call &call, const Grid &grid)
{
    RangeArguments arguments;
    for (const auto &argument : call.arguments) {
        if (argument->type == ValueType::RangeVector)
            arguments.range = argument.get();
        else
            arguments.parameters.push_back(scalar(*argument, grid));
    }
    return arguments;
}

VectorValue Evaluator::rangeCall(const Expr &expr, const Call &call, const Grid &grid)
{
    const FunctionRow &function = *call.function;
    const RangeArguments arguments = rangeArguments(call, grid);
    if (isExtended(*arguments.range))
        return evaluateExtended(*this, expr, call, *arguments.range, grid);
    const auto ends = windowEnds(*arguments.range, grid);
    const RangeColumns columns(expr, call, *arguments.range, grid, arguments.parameters, ends,
                               rangeMs(*arguments.range));
    VectorValue result;
    const auto take = [&](Column &column, size_t = 0) {
        if (!function.keepsName)
            m_context.dropName(column);
        m_context.countPoints(grid.steps);
        result.push_back(std::move(column));
    };
    if (const auto *range = unwrapped(*arguments.range).as<RangeSelector>()) {
        const RangeStreams streams(m_context, *range, unwrapped(*arguments.range).position, ends,
                                   rangeMs(*arguments.range), function.sumsIncrements, function.rollups);
        columns.each(m_context, streams, take);
    } else {
        eachRangeSeries(*arguments.range, grid, function.sumsIncrements, function.rollups,
                        [&](const RangeSeries &series) {
                            Column column;
                            if (columns.fill(m_context, series, column))
                                take(column);
                        });
    }
    requireUnique(result);
    return result;
}

VectorValue Evaluator::elementCall(const Call &call, const Grid &grid)
{
    VectorValue result;
    if (call.arguments.empty())
        result.push_back(timeColumn(grid));
    else
        result = vector(*call.arguments[0], grid);
    m_context.dropNames(result);
    for (Column &column : result) {
        column.decimal = false;
        column.histograms.clear();
        for (double &value : column.values) {
            if (!isStale(value))
                value = call.function->element(value);
        }
    }
    std::erase_if(result, [](const Column &column) { return column.empty(); });
    requireUnique(result);
    return result;
}

Value Evaluator::unary(const Unary &unary, const Grid &grid)
{
    Value value = evaluate(*unary.expr, grid);
    if (!unary.negative)
        return value;
    if (auto *scalar = std::get_if<ScalarValue>(&value)) {
        for (double &one : *scalar)
            one = -one;
        return value;
    }
    auto &vector = std::get<VectorValue>(value);
    m_context.dropNames(vector);
    for (Column &column : vector) {
        for (size_t step = 0; step < grid.steps; step++) {
            if (column.hasHistogram(step)) {
                auto negated = std::make_shared<Histogram>(*column.histograms[step]);
                negated->scale(-1);
                negated->setResetHint(Histogram::ResetHint::Gauge);
                column.histograms[step] = std::move(negated);
            } else if (column.hasFloat(step)) {
                column.values[step] = -column.values[step];
            }
        }
    }
    requireUnique(vector);
    return value;
}

void Evaluator::requireUnique(VectorValue &vector)
{
    if (!m_context.failed() && !joinEqualLabels(vector))
        m_context.fail(
            {ErrorCode::Unprocessable, "vector cannot contain metrics with the same labelset", {}});
}

} // namespace plimsoll::promql

#include "storage/query/Aggregations.h"

#include "storage/query/Accumulators.h"
#include "storage/query/AggregationGroups.h"
#include "storage/query/StreamedAggregation.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

/// Folds the floats of a group step by step; a step without floats stays empty.
template<typename Accumulator>
Column foldFloats(Context &context, const Group &group, size_t steps)
{
    std::vector<Accumulator> accumulators(steps);
    std::vector<bool> any(steps, false);
    for (const Column *member : group.members) {
        if (!context.proceed())
            break;
        const double *values = member->values.data();
        for (size_t step = 0; step < steps; step++) {
            if (!isStale(values[step])) {
                accumulators[step].add(values[step]);
                any[step] = true;
            }
        }
    }
    Column result = group.column(steps);
    for (size_t step = 0; step < steps; step++) {
        if (any[step])
            result.values[step] = accumulators[step].value();
    }
    return result;
}

/// Notes which reset hints were seen among histograms that are added up.
struct ResetsSeen
{
    bool reset = false;
    bool notReset = false;
    void add(const Histogram &histogram)
    {
        reset = reset || histogram.resetHint() == Histogram::ResetHint::Reset;
        notReset = notReset || histogram.resetHint() == Histogram::ResetHint::NotReset;
    }
};

/// What the sum of histograms says of resets: as its parts where they agree, that of a gauge where one is.
Histogram::ResetHint summedHint(Histogram::ResetHint a, Histogram::ResetHint b)
{
    using Hint = Histogram::ResetHint;
    if (a == Hint::Gauge || b == Hint::Gauge)
        return Hint::Gauge;
    return a == b ? a : Hint::Unknown;
}

/// Adds the histograms of a group at one step; nothing where they cannot be added.
HistogramPtr sumHistograms(Context &context, const Group &group, size_t step, const Expr &expr, bool average)
{
    std::shared_ptr<Histogram> sum;
    ResetsSeen seen;
    double count = 0;
    for (const Column *member : group.members) {
        if (!member->hasHistogram(step))
            continue;
        const Histogram &next = *member->histograms[step];
        seen.add(next);
        count++;
        if (!sum) {
            sum = std::make_shared<Histogram>(next);
            continue;
        }
        if (sum->mixesWith(next)) {
            context.warn("vector contains a mix of histograms with exponential and custom buckets schemas" +
                             forMetric(member->labels->name()),
                         expr.position);
            return nullptr;
        }
        if (sum->customBounds() != next.customBounds())
            context.inform("mismatched custom buckets were reconciled during aggregation", expr.position);
        const auto hint = summedHint(sum->resetHint(), next.resetHint());
        sum->merge(next);
        sum->setResetHint(hint);
    }
    if (seen.reset && seen.notReset)
        context.warn("conflicting counter resets during histogram aggregation", expr.position);
    if (average && sum)
        sum->scale(1 / count);
    return sum;
}

/// Adds the sums of histograms to a column of sums of floats; a step that has both is dropped.
void addHistogramSums(Context &context, const Group &group, const Expr &expr, bool average, Column &result)
{
    for (size_t step = 0; step < result.values.size(); step++) {
        const bool any = std::ranges::any_of(
            group.members, [step](const Column *member) { return member->hasHistogram(step); });
        if (!any)
            continue;
        if (!context.proceed())
            return;
        if (result.hasFloat(step)) {
            context.warn("encountered a mix of histograms and floats for aggregation", expr.position);
            result.clear(step);
        } else if (auto sum = sumHistograms(context, group, step, expr, average)) {
            result.setHistogram(step, std::move(sum));
        }
    }
}

Column countPoints(const Group &group, size_t steps, bool asGroup)
{
    Column result = group.column(steps);
    for (const Column *member : group.members) {
        for (size_t step = 0; step < steps; step++) {
            if (member->has(step))
                result.values[step] = asGroup || !result.hasFloat(step) ? 1 : result.values[step] + 1;
        }
    }
    return result;
}

Column fold(Context &context, const Group &group, const Expr &expr, const Aggregation &aggregation,
            size_t steps)
{
    const bool histograms = group.hasHistograms();
    const bool sums = aggregation.op == AggregateOp::Sum || aggregation.op == AggregateOp::Avg;
    const bool counts = aggregation.op == AggregateOp::Count || aggregation.op == AggregateOp::Group;
    if (histograms && !sums && !counts)
        informIgnored(context, aggregation, expr.position);
    Column result;
    switch (aggregation.op) {
    case AggregateOp::Sum: {
        const bool decimal =
            std::ranges::all_of(group.members, [](const Column *member) { return member->decimal; });
        result =
            decimal ? foldFloats<DecimalSum>(context, group, steps) : foldFloats<Sum>(context, group, steps);
        result.decimal = decimal;
        break;
    }
    case AggregateOp::Avg:
        result = foldFloats<Mean>(context, group, steps);
        break;
    case AggregateOp::Min:
        result = foldFloats<Smallest>(context, group, steps);
        break;
    case AggregateOp::Max:
        result = foldFloats<Greatest>(context, group, steps);
        break;
    case AggregateOp::StdVar:
        result = foldFloats<Variance>(context, group, steps);
        break;
    case AggregateOp::StdDev:
        result = foldFloats<Deviation>(context, group, steps);
        break;
    default:
        result = countPoints(group, steps, aggregation.op == AggregateOp::Group);
        break;
    }
    if (sums && histograms)
        addHistogramSums(context, group, expr, aggregation.op == AggregateOp::Avg, result);
    return result;
}

} // namespace

Value evaluateAggregation(Evaluator &evaluator, const Expr &expr, const Aggregation &aggregation,
                          const Grid &grid)
{
    Context &context = evaluator.context();
    ScalarValue parameter;
    if (aggregation.parameter && aggregation.op != AggregateOp::CountValues)
        parameter = evaluator.scalar(*aggregation.parameter, grid);
    if (auto streamed = streamAggregation(evaluator, aggregation, parameter, grid))
        return std::move(*streamed);
    VectorValue vector = evaluator.vector(*aggregation.expr, grid);
    if (context.failed())
        return VectorValue();
    VectorValue result;
    if (aggregation.op == AggregateOp::CountValues) {
        result = countValues(evaluator, aggregation, vector, grid.steps);
    } else if (aggregation.op == AggregateOp::Quantile) {
        result = aggregateQuantiles(context, aggregation, vector, parameter);
    } else if (takesParameter(aggregation.op)) {
        result = selectMembers(evaluator, expr, aggregation, vector, std::move(parameter));
    } else {
        for (const Group &group : makeGroups(vector, aggregation))
            result.push_back(fold(context, group, *aggregation.expr, aggregation, grid.steps));
    }
    std::erase_if(result, [](const Column &column) { return column.empty(); });
    return result;
}

} // namespace plimsoll::promql

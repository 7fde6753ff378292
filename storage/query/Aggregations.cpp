#include "storage/query/Aggregations.h"

#include "storage/model/ExactSum.h"
#include "storage/query/Duration.h"
#include "storage/query/HistogramMath.h"
#include "storage/query/KahanSum.h"
#include "storage/query/Text.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace plimsoll::promql {

namespace {

/// The columns that one result series is made of.
struct Group
{
    LabelsPtr labels;
    std::vector<Column *> members;
};

std::vector<Group> makeGroups(VectorValue &vector, const Aggregation &aggregation)
{
    std::vector<Group> groups;
    std::unordered_map<std::string, size_t> places;
    const bool all = !aggregation.without && aggregation.labels.empty();
    if (all && !vector.empty())
        groups.push_back({std::make_shared<Labels>(), {}});
    for (Column &column : vector) {
        if (all) {
            groups.front().members.push_back(&column);
            continue;
        }
        Labels labels = groupLabels(*column.labels, aggregation.labels, aggregation.without);
        const auto [place, isNew] = places.try_emplace(labels.key(), groups.size());
        if (isNew)
            groups.push_back({std::make_shared<Labels>(std::move(labels)), {}});
        groups[place->second].members.push_back(&column);
    }
    return groups;
}

struct Sum
{
    KahanSum sum;
    void add(double value) { sum.add(value); }
    double value() const { return sum.value(); }
};
struct DecimalSum
{
    ExactSum sum;
    void add(double value) { sum.add(value); }
    double value() const { return sum.value(); }
};
struct Mean
{
    KahanMean mean;
    void add(double value) { mean.add(value); }
    double value() const { return mean.value(); }
};
struct Smallest
{
    double best = __builtin_nan("");
    void add(double value) { best = value < best || std::isnan(best) ? value : best; }
    double value() const { return best; }
};
struct Greatest
{
    double best = __builtin_nan("");
    void add(double value) { best = value > best || std::isnan(best) ? value : best; }
    double value() const { return best; }
};
struct Variance
{
    double count = 0;
    double mean = 0;
    double squares = 0;
    void add(double value)
    {
        count++;
        const double distance = value - mean;
        mean += distance / count;
        squares += distance * (value - mean);
    }
    double value() const { return squares / count; }
};
struct Deviation : Variance
{
    double value() const { return std::sqrt(Variance::value()); }
};

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
    Column result(group.labels, steps);
    for (size_t step = 0; step < steps; step++) {
        if (any[step])
            result.values[step] = accumulators[step].value();
    }
    return result;
}

bool hasHistograms(const Group &group)
{
    return std::ranges::any_of(group.members,
                               [](const Column *member) { return !member->histograms.empty(); });
}

/// Adds the histograms of a group at one step; nothing where they cannot be added.
HistogramPtr sumHistograms(Context &context, const Group &group, size_t step, const Expr &expr, bool average)
{
    using Hint = Histogram::ResetHint;
    std::shared_ptr<Histogram> sum;
    double count = 0;
    for (const Column *member : group.members) {
        if (!member->hasHistogram(step))
            continue;
        const Histogram &next = *member->histograms[step];
        count++;
        if (!sum) {
            sum = std::make_shared<Histogram>(next);
            continue;
        }
        if (sum->mixesWith(next)) {
            context.warn("vector contains a mix of histograms with exponential and custom buckets schemas",
                         expr.position);
            return nullptr;
        }
        if (sum->customBounds() != next.customBounds())
            context.inform("mismatched custom buckets were reconciled during aggregation", expr.position);
        if (sum->resetHint() != next.resetHint()) {
            const bool conflict = sum->resetHint() != Hint::Gauge && next.resetHint() != Hint::Gauge &&
                                  sum->resetHint() != Hint::Unknown && next.resetHint() != Hint::Unknown;
            if (conflict)
                context.warn("conflicting counter resets during histogram aggregation", expr.position);
            const bool gauge = sum->resetHint() == Hint::Gauge || next.resetHint() == Hint::Gauge;
            sum->setResetHint(gauge ? Hint::Gauge : Hint::Unknown);
        }
        sum->merge(next);
    }
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
    Column result(group.labels, steps);
    for (const Column *member : group.members) {
        for (size_t step = 0; step < steps; step++) {
            if (member->has(step))
                result.values[step] = asGroup || !result.hasFloat(step) ? 1 : result.values[step] + 1;
        }
    }
    return result;
}

void informIgnored(Context &context, const Aggregation &aggregation, const Expr &expr)
{
    context.inform("ignored histogram in " + std::string(aggregateOpName(aggregation.op)) + " aggregation",
                   expr.position);
}

Column fold(Context &context, const Group &group, const Expr &expr, const Aggregation &aggregation,
            size_t steps)
{
    const bool histograms = hasHistograms(group);
    const bool sums = aggregation.op == AggregateOp::Sum || aggregation.op == AggregateOp::Avg;
    const bool counts = aggregation.op == AggregateOp::Count || aggregation.op == AggregateOp::Group;
    if (histograms && !sums && !counts)
        informIgnored(context, aggregation, expr);
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

// --- topk, bottomk, limitk, limit_ratio: some points of the columns themselves ---

/// Whether a value ranks before another one; NaN ranks last.
bool ranksBefore(double a, double b, bool greatestFirst)
{
    if (std::isnan(a) || std::isnan(b))
        return !std::isnan(a) && std::isnan(b);
    return greatestFirst ? a > b : a < b;
}

/// The members of a group that are kept at one step, best first.
std::vector<size_t> bestMembers(const Group &group, size_t step, size_t k, bool greatestFirst)
{
    std::vector<size_t> order;
    for (size_t i = 0; i < group.members.size(); i++) {
        if (group.members[i]->hasFloat(step))
            order.push_back(i);
    }
    const auto before = [&](size_t a, size_t b) {
        const double left = group.members[a]->values[step];
        const double right = group.members[b]->values[step];
        if (ranksBefore(left, right, greatestFirst))
            return true;
        return !ranksBefore(right, left, greatestFirst) && a < b;
    };
    k = std::min(k, order.size());
    std::ranges::partial_sort(order, order.begin() + static_cast<ptrdiff_t>(k), before);
    order.resize(k);
    return order;
}

std::vector<size_t> firstMembers(const Group &group, size_t step, size_t k)
{
    std::vector<size_t> order;
    for (size_t i = 0; i < group.members.size() && order.size() < k; i++) {
        if (group.members[i]->has(step))
            order.push_back(i);
    }
    return order;
}

/// A series is in a ratio of r where its hash is below r; a negative ratio takes the others.
std::vector<size_t> ratioMembers(const Group &group, size_t step, double ratio)
{
    std::vector<size_t> order;
    for (size_t i = 0; i < group.members.size(); i++) {
        const auto hash = static_cast<double>(std::hash<std::string>()(group.members[i]->labels->key())) /
                          18446744073709551615.0;
        if (group.members[i]->has(step) && (ratio >= 0 ? hash < ratio : hash >= 1 + ratio))
            order.push_back(i);
    }
    return order;
}

bool isUsableCount(Context &context, const Aggregation &aggregation, double k)
{
    const bool isRatio = aggregation.op == AggregateOp::LimitRatio;
    if (std::isnan(k)) {
        context.fail(
            {ErrorCode::Unprocessable, isRatio ? "Ratio value is NaN" : "Parameter value is NaN", {}});
        return false;
    }
    if (!isRatio && std::fabs(k) >= 9.2e18) {
        context.fail({ErrorCode::Unprocessable, "Scalar value " + formatNumber(k) + " overflows int64", {}});
        return false;
    }
    return isRatio || k >= 1;
}

VectorValue selectMembers(Evaluator &evaluator, const Expr &expr, const Aggregation &aggregation,
                          VectorValue &vector, const ScalarValue &parameter)
{
    Context &context = evaluator.context();
    const size_t steps = parameter.size();
    const bool ranks = aggregation.op == AggregateOp::TopK || aggregation.op == AggregateOp::BottomK;
    if (vector.empty()) {
        for (const double k : parameter)
            isUsableCount(context, aggregation, k);
        return {};
    }
    VectorValue result;
    for (const Group &group : makeGroups(vector, aggregation)) {
        if (ranks && hasHistograms(group))
            informIgnored(context, aggregation, expr);
        std::vector<Column> kept(group.members.size());
        std::vector<size_t> order;
        for (size_t step = 0; step < steps; step++) {
            if ((step % 64 == 63 && !context.proceed()) ||
                !isUsableCount(context, aggregation, parameter[step])) {
                if (context.failed())
                    return {};
                continue;
            }
            const auto k = static_cast<size_t>(std::clamp(parameter[step], 0.0, 9.2e18));
            order = ranks ? bestMembers(group, step, k, aggregation.op == AggregateOp::TopK)
                    : aggregation.op == AggregateOp::LimitK ? firstMembers(group, step, k)
                                                            : ratioMembers(group, step, parameter[step]);
            for (const size_t index : order) {
                if (kept[index].values.empty())
                    kept[index] = Column(group.members[index]->labels, steps);
                kept[index].take(step, *group.members[index]);
            }
        }
        if (steps == 1) {
            for (const size_t index : order)
                result.push_back(std::move(kept[index]));
            continue;
        }
        for (Column &column : kept) {
            if (!column.values.empty())
                result.push_back(std::move(column));
        }
    }
    return result;
}

// --- quantile, count_values ---

VectorValue quantiles(Context &context, const Expr &expr, const Aggregation &aggregation, VectorValue &vector,
                      const ScalarValue &parameter)
{
    for (const double q : parameter) {
        if (!(q >= 0 && q <= 1))
            context.warn("quantile value should be between 0 and 1, got " + formatNumber(q),
                         aggregation.parameter->position);
    }
    VectorValue result;
    std::vector<double> values;
    for (const Group &group : makeGroups(vector, aggregation)) {
        if (hasHistograms(group))
            informIgnored(context, aggregation, expr);
        Column column(group.labels, parameter.size());
        for (size_t step = 0; step < parameter.size() && context.proceed(); step++) {
            values.clear();
            for (const Column *member : group.members) {
                if (member->hasFloat(step))
                    values.push_back(member->values[step]);
            }
            if (!values.empty())
                column.values[step] = interpolatedQuantile(parameter[step], values);
        }
        result.push_back(std::move(column));
    }
    return result;
}

VectorValue countValues(Evaluator &evaluator, const Aggregation &aggregation, VectorValue &vector,
                        size_t steps)
{
    const std::string label = evaluator.string(*aggregation.parameter);
    Context &context = evaluator.context();
    if (label.empty() || !isValidUtf8(label)) {
        context.fail({ErrorCode::Unprocessable, "invalid label name " + quoted(label), {}});
        return {};
    }
    VectorValue result;
    std::unordered_map<std::string, size_t> places;
    for (const Column &column : vector) {
        Labels labels = groupLabels(*column.labels, aggregation.labels, aggregation.without);
        if (!aggregation.without && aggregation.labels.empty())
            labels = Labels();
        for (size_t step = 0; step < steps; step++) {
            if (!column.has(step))
                continue;
            labels.set(label, column.hasHistogram(step) ? describe(*column.histograms[step])
                                                        : formatNumberFixed(column.values[step]));
            const auto [place, isNew] = places.try_emplace(labels.key(), result.size());
            if (isNew)
                result.emplace_back(std::make_shared<Labels>(labels), steps);
            double &count = result[place->second].values[step];
            count = isStale(count) ? 1 : count + 1;
        }
        if (!context.proceed())
            break;
    }
    return result;
}

} // namespace

double interpolatedQuantile(double q, std::vector<double> &values)
{
    if (values.empty() || std::isnan(q))
        return __builtin_nan("");
    if (q < 0 || q > 1)
        return q < 0 ? -__builtin_inf() : __builtin_inf();
    std::ranges::sort(values, [](double a, double b) { return a < b || (std::isnan(a) && !std::isnan(b)); });
    const auto count = static_cast<double>(values.size());
    const double rank = q * (count - 1);
    const double lower = std::max(0.0, std::floor(rank));
    const double upper = std::min(count - 1, lower + 1);
    const double weight = rank - std::floor(rank);
    return values[static_cast<size_t>(lower)] * (1 - weight) + values[static_cast<size_t>(upper)] * weight;
}

Value evaluateAggregation(Evaluator &evaluator, const Aggregation &aggregation, const Grid &grid)
{
    Context &context = evaluator.context();
    ScalarValue parameter;
    if (aggregation.parameter && aggregation.op != AggregateOp::CountValues)
        parameter = evaluator.scalar(*aggregation.parameter, grid);
    VectorValue vector = evaluator.vector(*aggregation.expr, grid);
    if (context.failed())
        return VectorValue();
    VectorValue result;
    if (aggregation.op == AggregateOp::CountValues) {
        result = countValues(evaluator, aggregation, vector, grid.steps);
    } else if (aggregation.op == AggregateOp::Quantile) {
        result = quantiles(context, *aggregation.expr, aggregation, vector, parameter);
    } else if (takesParameter(aggregation.op)) {
        result = selectMembers(evaluator, *aggregation.expr, aggregation, vector, parameter);
    } else {
        for (const Group &group : makeGroups(vector, aggregation))
            result.push_back(fold(context, group, *aggregation.expr, aggregation, grid.steps));
    }
    std::erase_if(result, [](const Column &column) { return column.empty(); });
    return result;
}

} // namespace plimsoll::promql

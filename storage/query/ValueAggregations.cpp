#include "storage/query/AggregationGroups.h"
#include "storage/query/Aggregations.h"
#include "storage/query/Duration.h"
#include "storage/query/HistogramMath.h"
#include "storage/query/Text.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace plimsoll::promql {

namespace {

/// One warning for each way in which quantiles are out of bounds, with the worst of them.
void warnOutside(Context &context, const ScalarValue &quantiles, Position position)
{
    double least = 0;
    double greatest = 1;
    for (const double q : quantiles) {
        least = std::fmin(least, q);
        greatest = std::fmax(greatest, q);
    }
    const auto warn = [&](double q) {
        context.warn("quantile value should be between 0 and 1, got " + formatGeneral(q), position);
    };
    if (std::ranges::any_of(quantiles, [](double q) { return std::isnan(q); }))
        warn(__builtin_nan(""));
    if (greatest > 1)
        warn(greatest);
    if (least < 0)
        warn(least);
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

VectorValue aggregateQuantiles(Context &context, const Aggregation &aggregation, VectorValue &vector,
                               const ScalarValue &parameter)
{
    warnOutside(context, parameter, aggregation.parameter->position);
    VectorValue result;
    std::vector<double> values;
    for (const Group &group : makeGroups(vector, aggregation)) {
        if (group.hasHistograms())
            informIgnored(context, aggregation, aggregation.expr->position);
        Column column = group.column(parameter.size());
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

VectorValue countValues(Evaluator &evaluator, const Aggregation &aggregation, const VectorValue &vector,
                        size_t steps)
{
    const std::string label = evaluator.string(*aggregation.parameter);
    Context &context = evaluator.context();
    if (label.empty() || !isValidUtf8(label)) {
        context.fail({ErrorCode::Unprocessable, "invalid label name " + quoted(label), {}});
        return {};
    }
    const bool hidden =
        aggregation.without && std::ranges::find(aggregation.labels, label) != aggregation.labels.end();
    VectorValue result;
    std::unordered_map<std::string, size_t> places;
    for (const Column &column : vector) {
        Labels labels = groupLabels(*column.labels, aggregation.labels, aggregation.without);
        for (size_t step = 0; step < steps; step++) {
            if (!column.has(step))
                continue;
            if (!hidden)
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

} // namespace plimsoll::promql

#include "storage/query/Duration.h"
#include "storage/query/Evaluator.h"
#include "storage/query/HistogramMath.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace plimsoll::promql {

namespace {

/// The columns that describe one distribution: a native histogram, or the buckets of a classic one.
struct HistogramGroup
{
    LabelsPtr labels; ///< without name and le
    std::string metricName;
    const Column *native = nullptr;
    std::vector<std::pair<double, const Column *>> classic; ///< upper bound and its counts
};

std::optional<double> parseBound(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

bool hasFloats(const Column &column) { return !std::ranges::all_of(column.values, isStale); }

std::vector<HistogramGroup> groupHistograms(Context &context, const VectorValue &vector, const Expr &argument)
{
    std::vector<HistogramGroup> groups;
    std::map<std::string, size_t> places;
    const auto groupFor = [&](const Column &column,
                              const std::vector<std::string> &dropped) -> HistogramGroup & {
        Labels labels = groupLabels(*column.labels, dropped, true);
        const auto [place, isNew] =
            places.try_emplace(labels.key() + '\xff' + std::string(column.labels->name()), groups.size());
        if (isNew)
            groups.push_back({std::make_shared<Labels>(std::move(labels)),
                              std::string(column.labels->name()),
                              nullptr,
                              {}});
        return groups[place->second];
    };
    for (const Column &column : vector) {
        if (!column.histograms.empty())
            groupFor(column, {}).native = &column;
        if (!hasFloats(column))
            continue;
        const std::string le(column.labels->value("le"));
        const auto bound = parseBound(le);
        if (bound)
            groupFor(column, {"le"}).classic.emplace_back(*bound, &column);
        else
            context.warn("bucket label \"le\" is missing or has a malformed value of \"" + le + "\"" +
                             forMetric(column.labels->name()),
                         argument.position);
    }
    return groups;
}

/// What a function makes of one histogram at one step.
using NativeFigure = double (*)(const Histogram &, double, double);
using ClassicFigure = double (*)(const std::vector<ClassicBucket> &, double, double);

struct Figures
{
    NativeFigure native;
    ClassicFigure classic;
    bool needsMonotonic = false; ///< tells the user where it had to be repaired
};

double nativeQuantile(const Histogram &histogram, double q, double)
{
    return histogramQuantile(q, histogram);
}
double nativeFraction(const Histogram &histogram, double lower, double upper)
{
    return histogramFraction(lower, upper, histogram);
}
double bucketsQuantile(const std::vector<ClassicBucket> &buckets, double q, double)
{
    return classicQuantile(q, buckets);
}
double bucketsFraction(const std::vector<ClassicBucket> &buckets, double lower, double upper)
{
    return classicFraction(lower, upper, buckets);
}

constexpr Figures quantileFigures{nativeQuantile, bucketsQuantile, true};
constexpr Figures fractionFigures{nativeFraction, bucketsFraction, false};

void fillFigure(Context &context, const HistogramGroup &group, const Figures &figures, const ScalarValue &a,
                const ScalarValue &b, const Expr &argument, Column &column)
{
    std::vector<ClassicBucket> buckets;
    for (size_t step = 0; step < column.values.size(); step++) {
        buckets.clear();
        for (const auto &[upper, counts] : group.classic) {
            if (counts->hasFloat(step))
                buckets.push_back({upper, counts->values[step]});
        }
        const bool native = group.native && group.native->hasHistogram(step);
        if (native && !buckets.empty()) {
            context.warn("vector contains a mix of classic and native histograms" +
                             forMetric(group.metricName),
                         argument.position);
        } else if (native) {
            const Histogram &histogram = *group.native->histograms[step];
            column.values[step] = figures.native(histogram, a[step], b[step]);
            if (figures.needsMonotonic && std::isnan(histogram.sum()) && histogram.count() > 0)
                context.inform("input to histogram_quantile has NaN observations, result is " +
                                   std::string(std::isnan(column.values[step]) ? "NaN" : "skewed higher") +
                                   forMetric(group.metricName),
                               argument.position);
        } else if (!buckets.empty()) {
            if (repairClassic(buckets).forcedMonotonic && figures.needsMonotonic)
                context.inform(
                    "input to histogram_quantile needed to be fixed for monotonicity (see "
                    "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
                        forMetric(group.metricName),
                    argument.position);
            column.values[step] = figures.classic(buckets, a[step], b[step]);
        }
    }
}

void warnQuantiles(Context &context, const ScalarValue &q, const Expr &argument)
{
    for (const double one : q) {
        if (!(one >= 0 && one <= 1))
            context.warn("quantile value should be between 0 and 1, got " + formatNumber(one),
                         argument.position);
    }
}

Value histogramQuantileFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const ScalarValue q = evaluator.scalar(*call.arguments[0], grid);
    const VectorValue vector = evaluator.vector(*call.arguments[1], grid);
    warnQuantiles(evaluator.context(), q, *call.arguments[0]);
    VectorValue result;
    for (const auto &group : groupHistograms(evaluator.context(), vector, *call.arguments[1])) {
        Column column(group.labels, grid.steps);
        fillFigure(evaluator.context(), group, quantileFigures, q, q, *call.arguments[1], column);
        if (!evaluator.context().proceed())
            break;
        if (!column.empty())
            result.push_back(std::move(column));
    }
    evaluator.requireUnique(result);
    return result;
}

/// A quantile as OpenMetrics writes floats: "0.5", "1.0".
std::string quantileText(double q)
{
    std::string text = formatNumber(q);
    const bool whole = text.find_first_of(".eIN") == std::string::npos;
    return whole ? text + ".0" : text;
}

Value histogramQuantilesFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    const std::string label = evaluator.string(*call.arguments[1]);
    const auto groups = groupHistograms(evaluator.context(), vector, *call.arguments[0]);
    VectorValue result;
    for (size_t i = 2; i < call.arguments.size(); i++) {
        const ScalarValue q = evaluator.scalar(*call.arguments[i], grid);
        warnQuantiles(evaluator.context(), q, *call.arguments[i]);
        for (const auto &group : groups) {
            auto labels = std::make_shared<Labels>(*group.labels);
            labels->set(label, quantileText(q.front()));
            Column column(std::move(labels), grid.steps);
            fillFigure(evaluator.context(), group, quantileFigures, q, q, *call.arguments[0], column);
            if (!evaluator.context().proceed())
                return result;
            if (!column.empty())
                result.push_back(std::move(column));
        }
    }
    evaluator.requireUnique(result);
    return result;
}

Value histogramFractionFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const ScalarValue lower = evaluator.scalar(*call.arguments[0], grid);
    const ScalarValue upper = evaluator.scalar(*call.arguments[1], grid);
    const VectorValue vector = evaluator.vector(*call.arguments[2], grid);
    VectorValue result;
    for (const auto &group : groupHistograms(evaluator.context(), vector, *call.arguments[2])) {
        Column column(group.labels, grid.steps);
        fillFigure(evaluator.context(), group, fractionFigures, lower, upper, *call.arguments[2], column);
        if (!column.empty())
            result.push_back(std::move(column));
    }
    evaluator.requireUnique(result);
    return result;
}

/// Applies a figure to each histogram of a vector; floats are left out.
template<double (*Figure)(const Histogram &)>
Value eachHistogram(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue result;
    for (const Column &column : evaluator.vector(*call.arguments[0], grid)) {
        if (column.histograms.empty())
            continue;
        Column figures(withoutName(column.labels), grid.steps);
        for (size_t step = 0; step < grid.steps; step++) {
            if (column.hasHistogram(step))
                figures.values[step] = Figure(*column.histograms[step]);
        }
        result.push_back(std::move(figures));
    }
    evaluator.requireUnique(result);
    return result;
}

double countOf(const Histogram &histogram) { return histogram.count(); }
double sumOf(const Histogram &histogram) { return histogram.sum(); }
double averageOf(const Histogram &histogram) { return histogram.sum() / histogram.count(); }
double deviationOf(const Histogram &histogram) { return std::sqrt(histogramVariance(histogram)); }

FunctionRow row(std::string_view name, std::vector<ValueType> arguments, SpecialFunction function)
{
    FunctionRow result{name, arguments, arguments.size()};
    result.special = function;
    return result;
}

} // namespace

std::vector<FunctionRow> histogramFunctions()
{
    constexpr auto scalar = ValueType::Scalar;
    constexpr auto vector = ValueType::InstantVector;
    FunctionRow quantiles =
        row("histogram_quantiles", {vector, ValueType::String, scalar}, histogramQuantilesFunction);
    quantiles.repeatsLast = true;
    return {
        row("histogram_quantile", {scalar, vector}, histogramQuantileFunction),
        quantiles,
        row("histogram_fraction", {scalar, scalar, vector}, histogramFractionFunction),
        row("histogram_count", {vector}, eachHistogram<countOf>),
        row("histogram_sum", {vector}, eachHistogram<sumOf>),
        row("histogram_avg", {vector}, eachHistogram<averageOf>),
        row("histogram_stddev", {vector}, eachHistogram<deviationOf>),
        row("histogram_stdvar", {vector}, eachHistogram<histogramVariance>),
    };
}

} // namespace plimsoll::promql

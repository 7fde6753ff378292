#include "storage/model/ExactSum.h"
#include "storage/query/Aggregations.h"
#include "storage/query/Duration.h"
#include "storage/query/HistogramMath.h"
#include "storage/query/KahanSum.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

Point point(double value) { return {value, nullptr}; }
Point point(Histogram histogram) { return {noPoint(), std::make_shared<Histogram>(std::move(histogram))}; }

void warnNotCounter(const RangeCall &call)
{
    call.context.warn("this native histogram metric is not a counter: \"" + std::string(call.metricName()) +
                          "\"",
                      call.range.position);
}

void warnNotGauge(const RangeCall &call)
{
    call.context.warn("this native histogram metric is not a gauge: \"" + std::string(call.metricName()) +
                          "\"",
                      call.range.position);
}

void warnMixedSchemas(const RangeCall &call)
{
    call.context.warn("vector contains a mix of histograms with exponential and custom buckets schemas" +
                          forMetric(call.metricName()),
                      call.range.position);
}

void informBounds(const RangeCall &call, const char *operation)
{
    call.context.inform(std::string("mismatched custom buckets were reconciled during ") + operation,
                        call.range.position);
}

void warnHints(const RangeCall &call, std::span<const Histogram> histograms)
{
    using Hint = Histogram::ResetHint;
    const auto has = [&](Hint hint) {
        return std::ranges::any_of(histograms, [hint](const Histogram &h) { return h.resetHint() == hint; });
    };
    if (has(Hint::Reset) && has(Hint::NotReset))
        call.context.warn("conflicting counter resets during histogram aggregation", call.range.position);
}

// --- rate, increase, delta ---

double floatIncrease(std::span<const double> values, bool isCounter)
{
    double result = values.back() - values.front();
    for (size_t i = 1; isCounter && i < values.size(); i++) {
        if (values[i] < values[i - 1])
            result += values[i - 1];
    }
    return result;
}

std::optional<Histogram> histogramIncrease(std::span<const Histogram> points, bool isCounter,
                                           const RangeCall &call)
{
    using Hint = Histogram::ResetHint;
    const Histogram &last = points.back();
    const bool firstIsVoid = isCounter && wasReset(points[1], points[0]);
    if (isCounter &&
        std::ranges::any_of(points, [](const Histogram &h) { return h.resetHint() == Hint::Gauge; }))
        warnNotCounter(call);
    Histogram result = last;
    for (const Histogram &point : isCounter ? points.subspan(firstIsVoid ? 1 : 0) : points.first(1)) {
        if (point.mixesWith(last)) {
            warnMixedSchemas(call);
            return std::nullopt;
        }
        if (!last.hasCustomBounds())
            result.reduceTo(point.schema());
    }
    const auto combine = [&](const Histogram &other, bool subtract) {
        if (result.hasCustomBounds() && result.customBounds() != other.customBounds())
            informBounds(call, subtract ? "subtraction" : "addition");
        subtract ? result.subtract(other) : result.merge(other);
    };
    if (!firstIsVoid)
        combine(points[0], true);
    for (size_t i = firstIsVoid ? 2 : 1; isCounter && i < points.size(); i++) {
        if (wasReset(points[i], points[i - 1]))
            combine(points[i - 1], false);
    }
    if (!isCounter && (points.front().resetHint() != Hint::Gauge || last.resetHint() != Hint::Gauge))
        warnNotGauge(call);
    result.setResetHint(Hint::Gauge);
    return result;
}

/// How far the increase between the first and the last sample is stretched to the whole window: half a sample
/// interval beyond them at most, and for counters not to where they would be below zero.
double extrapolation(const Window &window, int64_t firstMs, int64_t lastMs, size_t samples, double firstValue,
                     double increase, bool isCounter)
{
    const double interval = static_cast<double>(lastMs - firstMs) / 1000;
    const double average = interval / static_cast<double>(samples - 1);
    double toStart = static_cast<double>(firstMs - window.startMs) / 1000;
    double toEnd = static_cast<double>(window.endMs - lastMs) / 1000;
    if (toStart >= average * 1.1)
        toStart = average / 2;
    if (isCounter && increase > 0 && firstValue >= 0)
        toStart = std::min(toStart, interval * (firstValue / increase));
    if (toEnd >= average * 1.1)
        toEnd = average / 2;
    return (interval + toStart + toEnd) / interval;
}

Point extrapolated(const Window &window, const RangeCall &call, bool isCounter, bool perSecond)
{
    if (!window.times.empty() && !window.histogramTimes.empty())
        return call.warnMixed(), Point{};
    const double perRange = perSecond ? 1000.0 / static_cast<double>(window.endMs - window.startMs) : 1;
    if (window.histograms.size() > 1) {
        auto increase = histogramIncrease(window.histograms, isCounter, call);
        if (!increase)
            return {};
        increase->scale(perRange * extrapolation(window, window.histogramTimes.front(),
                                                 window.histogramTimes.back(), window.histograms.size(),
                                                 window.histograms.front().count(), increase->count(),
                                                 isCounter));
        return point(std::move(*increase));
    }
    if (window.values.size() < 2)
        return {};
    if (isCounter)
        informUnlessCounter(window.kind, call);
    const double increase = floatIncrease(window.values, isCounter);
    return point(increase *
                 extrapolation(window, window.times.front(), window.times.back(), window.values.size(),
                               window.values.front(), increase, isCounter) *
                 perRange);
}

double exactSum(std::span<const double> values)
{
    ExactSum sum;
    for (const double value : values)
        sum.add(value);
    return sum.value();
}

Histogram mergedIncrements(std::span<const Histogram> increments)
{
    Histogram sum = increments.empty() ? Histogram() : increments.front();
    for (size_t i = 1; i < increments.size(); i++) {
        if (!sum.mixesWith(increments[i]))
            sum.merge(increments[i]);
    }
    return sum;
}

/// Increments are summed as they are: nothing is extrapolated, and no increment means an increase of 0.
Point summedIncrements(const Window &window, bool perSecond)
{
    const double seconds = static_cast<double>(window.endMs - window.startMs) / 1000;
    if (window.kind == Kind::Delta)
        return point((window.sum ? window.sum->value() : exactSum(window.values)) /
                     (perSecond ? seconds : 1));
    Histogram sum = window.merged ? *window.merged : mergedIncrements(window.histograms);
    if (perSecond)
        sum.scale(1 / seconds);
    sum.setResetHint(Histogram::ResetHint::Gauge);
    return point(std::move(sum));
}

Point increase(const Window &window, const RangeCall &call)
{
    return addsUp(window.kind) ? summedIncrements(window, false) : extrapolated(window, call, true, false);
}

Point rate(const Window &window, const RangeCall &call)
{
    return addsUp(window.kind) ? summedIncrements(window, true) : extrapolated(window, call, true, true);
}

Point delta(const Window &window, const RangeCall &call) { return extrapolated(window, call, false, false); }

// --- irate, idelta ---

/// The samples of a window in time order, floats and histograms mixed.
struct MixedSample
{
    int64_t timeMs = 0;
    double value = 0;
    const Histogram *histogram = nullptr;
};

std::vector<MixedSample> mixedSamples(const Window &window)
{
    std::vector<MixedSample> result;
    result.reserve(window.size());
    size_t histogram = 0;
    for (size_t i = 0; i < window.times.size(); i++) {
        for (; histogram < window.histograms.size() && window.histogramTimes[histogram] < window.times[i];
             histogram++)
            result.push_back({window.histogramTimes[histogram], 0, &window.histograms[histogram]});
        result.push_back({window.times[i], window.values[i], nullptr});
    }
    for (; histogram < window.histograms.size(); histogram++)
        result.push_back({window.histogramTimes[histogram], 0, &window.histograms[histogram]});
    return result;
}

Point instantHistogram(const MixedSample &before, const MixedSample &last, const RangeCall &call,
                       bool perSecond)
{
    using Hint = Histogram::ResetHint;
    const bool anyGauge =
        before.histogram->resetHint() == Hint::Gauge || last.histogram->resetHint() == Hint::Gauge;
    const bool allGauge =
        before.histogram->resetHint() == Hint::Gauge && last.histogram->resetHint() == Hint::Gauge;
    if (perSecond && anyGauge)
        warnNotCounter(call);
    if (!perSecond && !allGauge)
        warnNotGauge(call);
    Histogram result = *last.histogram;
    if (!perSecond || !wasReset(*last.histogram, *before.histogram)) {
        if (result.mixesWith(*before.histogram))
            return warnMixedSchemas(call), Point{};
        if (result.customBounds() != before.histogram->customBounds())
            informBounds(call, "subtraction");
        result.subtract(*before.histogram);
    }
    result.setResetHint(Hint::Gauge);
    if (perSecond)
        result.scale(1000.0 / static_cast<double>(last.timeMs - before.timeMs));
    return point(std::move(result));
}

Point instantChange(const Window &window, const RangeCall &call, bool perSecond)
{
    const auto samples = mixedSamples(window);
    if (samples.size() < 2)
        return {};
    const MixedSample &last = samples.back();
    const MixedSample &before = samples[samples.size() - 2];
    if (!last.histogram != !before.histogram)
        return call.warnMixed(), Point{};
    if (last.histogram)
        return instantHistogram(before, last, call, perSecond);
    const bool reset = perSecond && last.value < before.value;
    const double change = reset ? last.value : last.value - before.value;
    return point(perSecond ? change / (static_cast<double>(last.timeMs - before.timeMs) / 1000) : change);
}

Point irate(const Window &window, const RangeCall &call) { return instantChange(window, call, true); }
Point idelta(const Window &window, const RangeCall &call) { return instantChange(window, call, false); }

// --- ..._over_time ---

std::optional<Histogram> histogramSum(const Window &window, const RangeCall &call)
{
    Histogram sum = window.histograms.front();
    for (const Histogram &next : window.histograms.subspan(1)) {
        if (sum.mixesWith(next))
            return warnMixedSchemas(call), std::nullopt;
        if (sum.customBounds() != next.customBounds())
            informBounds(call, "aggregation");
        sum.merge(next);
    }
    warnHints(call, window.histograms);
    return sum;
}

/// How many samples the values of a window stand for.
double weightOf(const Window &window)
{
    if (window.weights.empty())
        return static_cast<double>(window.values.size());
    double total = 0;
    for (const double weight : window.weights)
        total += weight;
    return total;
}

Point sumOverTime(const Window &window, const RangeCall &call)
{
    if (!window.histograms.empty()) {
        if (!window.values.empty())
            return call.warnMixed(), Point{};
        auto sum = histogramSum(window, call);
        return sum ? point(std::move(*sum)) : Point{};
    }
    if (window.kind == Kind::Delta)
        return point(exactSum(window.values));
    KahanSum sum;
    sum.addAll(window.values);
    return point(sum.value());
}

Point avgOverTime(const Window &window, const RangeCall &call)
{
    if (!window.histograms.empty()) {
        if (!window.values.empty())
            return call.warnMixed(), Point{};
        auto sum = histogramSum(window, call);
        if (!sum)
            return {};
        sum->scale(1.0 / static_cast<double>(window.histograms.size()));
        return point(std::move(*sum));
    }
    if (window.kind == Kind::Delta)
        return point(exactSum(window.values) / weightOf(window));
    if (!window.weights.empty()) {
        KahanSum sum;
        sum.addAll(window.values);
        return point(sum.value() / weightOf(window));
    }
    KahanMean mean;
    mean.addAll(window.values);
    return point(mean.value());
}

/// What is common to functions of floats: nothing where there are none, an info where histograms are left
/// out.
bool floatsOnly(const Window &window, const RangeCall &call)
{
    if (!window.values.empty() && !window.histograms.empty())
        call.informHistogramsIgnored();
    return !window.values.empty();
}

size_t extremeAt(const Window &window, bool greatest)
{
    size_t best = 0;
    for (size_t i = 1; i < window.values.size(); i++) {
        const double value = window.values[i];
        if ((greatest ? value > window.values[best] : value < window.values[best]) ||
            std::isnan(window.values[best]))
            best = i;
    }
    return best;
}

/// The value only, which is found faster.
double extremeOf(std::span<const double> values, bool greatest)
{
    double best = values.front();
    for (const double value : values)
        best = (greatest ? value > best : value < best) || std::isnan(best) ? value : best;
    return best;
}

Point maxOverTime(const Window &window, const RangeCall &call)
{
    return floatsOnly(window, call) ? point(extremeOf(window.values, true)) : Point{};
}

Point minOverTime(const Window &window, const RangeCall &call)
{
    return floatsOnly(window, call) ? point(extremeOf(window.values, false)) : Point{};
}

/// Of equal extremes the last one counts.
Point extremeTime(const Window &window, const RangeCall &call, bool greatest)
{
    if (!floatsOnly(window, call))
        return {};
    size_t best = extremeAt(window, greatest);
    for (size_t i = best; i < window.values.size(); i++) {
        if (window.values[i] == window.values[best])
            best = i;
    }
    return point(static_cast<double>(window.times[best]) / 1000);
}

Point tsOfMaxOverTime(const Window &window, const RangeCall &call) { return extremeTime(window, call, true); }
Point tsOfMinOverTime(const Window &window, const RangeCall &call)
{
    return extremeTime(window, call, false);
}

Point countOverTime(const Window &window, const RangeCall &)
{
    return point(weightOf(window) + static_cast<double>(window.histogramTimes.size()));
}
Point presentOverTime(const Window &, const RangeCall &) { return point(1); }

bool histogramIsLast(const Window &window)
{
    return !window.histograms.empty() &&
           (window.times.empty() || window.histogramTimes.back() > window.times.back());
}

bool histogramIsFirst(const Window &window)
{
    return !window.histograms.empty() &&
           (window.times.empty() || window.histogramTimes.front() < window.times.front());
}

Point lastOverTime(const Window &window, const RangeCall &)
{
    return histogramIsLast(window) ? point(window.histograms.back()) : point(window.values.back());
}

Point firstOverTime(const Window &window, const RangeCall &)
{
    return histogramIsFirst(window) ? point(window.histograms.front()) : point(window.values.front());
}

Point tsOfLastOverTime(const Window &window, const RangeCall &)
{
    return point(
        static_cast<double>(histogramIsLast(window) ? window.histogramTimes.back() : window.times.back()) /
        1000);
}

Point tsOfFirstOverTime(const Window &window, const RangeCall &)
{
    return point(
        static_cast<double>(histogramIsFirst(window) ? window.histogramTimes.front() : window.times.front()) /
        1000);
}

Point quantileOverTime(const Window &window, const RangeCall &call)
{
    if (window.values.empty())
        return {};
    const double q = call.parameters[0];
    const Position position = call.expr.as<Call>()->arguments[0]->position;
    if (!(q >= 0 && q <= 1))
        call.context.warn("quantile value should be between 0 and 1, got " + formatGeneral(q), position);
    if (!window.histograms.empty())
        call.context.inform("ignored histograms in a range containing both floats and histograms" +
                                forMetric(call.metricName()),
                            position);
    std::vector<double> values(window.values.begin(), window.values.end());
    return point(interpolatedQuantile(q, values));
}

double variance(std::span<const double> values)
{
    double count = 0;
    KahanSum mean;
    KahanSum squares;
    for (const double value : values) {
        count++;
        const double distance = value - mean.value();
        mean.add(distance / count);
        squares.add(distance * (value - mean.value()));
    }
    return squares.value() / count;
}

Point stdvarOverTime(const Window &window, const RangeCall &call)
{
    return floatsOnly(window, call) ? point(variance(window.values)) : Point{};
}

Point stddevOverTime(const Window &window, const RangeCall &call)
{
    return floatsOnly(window, call) ? point(std::sqrt(variance(window.values))) : Point{};
}

Point madOverTime(const Window &window, const RangeCall &call)
{
    if (!floatsOnly(window, call))
        return {};
    std::vector<double> values(window.values.begin(), window.values.end());
    if (std::ranges::any_of(values, [](double value) { return std::isnan(value); }))
        return point(__builtin_nan(""));
    const double median = interpolatedQuantile(0.5, values);
    for (double &value : values)
        value = std::fabs(value - median);
    return point(interpolatedQuantile(0.5, values));
}

// --- changes, resets ---

Point changes(const Window &window, const RangeCall &)
{
    const auto samples = mixedSamples(window);
    double count = 0;
    for (size_t i = 1; i < samples.size(); i++) {
        const MixedSample &a = samples[i - 1];
        const MixedSample &b = samples[i];
        if (!a.histogram != !b.histogram)
            count++;
        else if (a.histogram)
            count += !a.histogram->sameData(*b.histogram);
        else
            count += a.value != b.value && !(std::isnan(a.value) && std::isnan(b.value));
    }
    return point(count);
}

Point resets(const Window &window, const RangeCall &)
{
    const auto samples = mixedSamples(window);
    double count = 0;
    for (size_t i = 1; i < samples.size(); i++) {
        const MixedSample &a = samples[i - 1];
        const MixedSample &b = samples[i];
        if (!a.histogram != !b.histogram)
            count++;
        else
            count += a.histogram ? wasReset(*b.histogram, *a.histogram) : b.value < a.value;
    }
    return point(count);
}

// --- regressions ---

struct Line
{
    double slope = 0;
    double intercept = 0;
};

Line regression(const Window &window, int64_t interceptMs)
{
    KahanSum x, y, xy, xx;
    bool constant = true;
    for (size_t i = 0; i < window.values.size(); i++) {
        const double value = window.values[i];
        const double seconds = static_cast<double>(window.times[i] - interceptMs) / 1000;
        constant = constant && value == window.values.front();
        x.add(seconds);
        y.add(value);
        xy.add(seconds * value);
        xx.add(seconds * seconds);
    }
    if (constant) {
        const double value = window.values.front();
        return std::isinf(value) ? Line{__builtin_nan(""), __builtin_nan("")} : Line{0, value};
    }
    const auto n = static_cast<double>(window.values.size());
    const double covariance = xy.value() - x.value() * y.value() / n;
    const double slope = covariance / (xx.value() - x.value() * x.value() / n);
    return {slope, y.value() / n - slope * x.value() / n};
}

bool hasTwoFloats(const Window &window, const RangeCall &call)
{
    if (!window.values.empty() && !window.histograms.empty())
        call.informHistogramsIgnored();
    return window.values.size() >= 2;
}

Point deriv(const Window &window, const RangeCall &call)
{
    return hasTwoFloats(window, call) ? point(regression(window, window.times.front()).slope) : Point{};
}

Point predictLinear(const Window &window, const RangeCall &call)
{
    if (!hasTwoFloats(window, call))
        return {};
    const Line line = regression(window, call.timeMs);
    return point(line.slope * call.parameters[0] + line.intercept);
}

Point doubleExponentialSmoothing(const Window &window, const RangeCall &call)
{
    const double smoothing = call.parameters[0];
    const double trend = call.parameters[1];
    for (const auto &[name, factor] : {std::pair("smoothing", smoothing), std::pair("trend", trend)}) {
        if (factor <= 0 || factor >= 1) {
            const char *symbol = name[0] == 's' ? "sf" : "tf";
            call.context.fail(call.expr.position, std::string("invalid ") + name + " factor. Expected: 0 < " +
                                                      symbol + " < 1, got: " + std::to_string(factor));
            return {};
        }
    }
    if (!hasTwoFloats(window, call))
        return {};
    double before = 0;
    double level = window.values[0];
    double slope = window.values[1] - window.values[0];
    for (size_t i = 1; i < window.values.size(); i++) {
        if (i > 1)
            slope = trend * (level - before) + (1 - trend) * slope;
        before = level;
        level = smoothing * window.values[i] + (1 - smoothing) * (level + slope);
    }
    return point(level);
}

FunctionRow row(std::string_view name, RangeFunction function)
{
    FunctionRow result{name, {ValueType::RangeVector}, 1};
    result.range = function;
    return result;
}

FunctionRow row(std::string_view name, std::vector<ValueType> arguments, RangeFunction function)
{
    FunctionRow result{name, arguments, arguments.size()};
    result.range = function;
    return result;
}

FunctionRow keepingName(FunctionRow row)
{
    row.keepsName = true;
    return row;
}

FunctionRow taking(RollupUse rollups, FunctionRow row)
{
    row.rollups = rollups;
    return row;
}

FunctionRow summingIncrements(FunctionRow row)
{
    row.sumsIncrements = true;
    return row;
}

} // namespace

void informUnlessCounter(Kind kind, const RangeCall &call)
{
    if (kind != Kind::Gauge && kind != Kind::Untyped)
        return;
    const auto name = call.metricName();
    const auto type = call.labels.value("__type__");
    if (!name.empty() && !type.empty() && type != "counter" && type != "histogram")
        call.context.inform("metric might not be a counter, __type__ label is not set to \"counter\" or "
                            "\"histogram\", got \"" +
                                std::string(type) + "\": \"" + std::string(name) + "\"",
                            call.range.position);
    if (name.empty() || !type.empty() || name.ends_with("_total") || name.ends_with("_sum") ||
        name.ends_with("_count") || name.ends_with("_bucket"))
        return;
    call.context.inform("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"" +
                            std::string(name) + "\"",
                        call.range.position);
}

std::vector<FunctionRow> rangeFunctions()
{
    constexpr auto scalar = ValueType::Scalar;
    constexpr auto range = ValueType::RangeVector;
    return {
        taking(RollupUse::Counter, summingIncrements(row("rate", rate))),
        taking(RollupUse::Counter, summingIncrements(row("increase", increase))),
        taking(RollupUse::Ends, row("delta", delta)),
        taking(RollupUse::Counter, row("irate", irate)),
        taking(RollupUse::Ends, row("idelta", idelta)),
        taking(RollupUse::Sums, row("sum_over_time", sumOverTime)),
        taking(RollupUse::Sums, row("avg_over_time", avgOverTime)),
        taking(RollupUse::Lows, row("min_over_time", minOverTime)),
        taking(RollupUse::Highs, row("max_over_time", maxOverTime)),
        taking(RollupUse::Sums, row("count_over_time", countOverTime)),
        taking(RollupUse::Ends, row("present_over_time", presentOverTime)),
        taking(RollupUse::Ends, keepingName(row("last_over_time", lastOverTime))),
        taking(RollupUse::Ends, keepingName(row("first_over_time", firstOverTime))),
        taking(RollupUse::Highs, row("ts_of_max_over_time", tsOfMaxOverTime)),
        taking(RollupUse::Lows, row("ts_of_min_over_time", tsOfMinOverTime)),
        taking(RollupUse::Ends, row("ts_of_last_over_time", tsOfLastOverTime)),
        taking(RollupUse::Ends, row("ts_of_first_over_time", tsOfFirstOverTime)),
        row("quantile_over_time", {scalar, range}, quantileOverTime),
        row("stddev_over_time", stddevOverTime),
        row("stdvar_over_time", stdvarOverTime),
        row("mad_over_time", madOverTime),
        taking(RollupUse::Ends, row("changes", changes)),
        taking(RollupUse::Ends, row("resets", resets)),
        row("deriv", deriv),
        row("predict_linear", {range, scalar}, predictLinear),
        row("double_exponential_smoothing", {range, scalar, scalar}, doubleExponentialSmoothing),
    };
}

} // namespace plimsoll::promql

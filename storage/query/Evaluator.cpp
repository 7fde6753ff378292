#include "storage/query/Evaluator.h"

#include "storage/query/Aggregations.h"
#include "storage/query/BinaryOperators.h"
#include "storage/query/ExtendedRange.h"
#include "storage/query/RollupFeed.h"
#include "storage/query/Selection.h"

#include "storage/model/ExactSum.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

constexpr int64_t defaultSubqueryStepMs = 60'000;
constexpr size_t maxSubquerySteps = 1'000'000;
constexpr size_t workBetweenChecks = 20'000; // samples or steps

/// The newest sample at each step, or nothing where it is too old or a staleness marker.
class Lookback
{
public:
    Lookback(const StreamSamples &samples, int64_t lookbackMs)
        : m_samples(samples)
        , m_lookbackMs(lookbackMs)
    {
    }

    void fill(Column &column, const std::vector<int64_t> &times, bool sampleTimes)
    {
        const auto &floatTimes = m_samples.floats.timestampsMs;
        const auto &histogramTimes = m_samples.histograms.timestampsMs;
        size_t floats = 0;
        size_t histograms = 0;
        for (size_t step = 0; step < times.size(); step++) {
            while (floats < floatTimes.size() && floatTimes[floats] <= times[step])
                floats++;
            while (histograms < histogramTimes.size() && histogramTimes[histograms] <= times[step])
                histograms++;
            const int64_t floatMs = floats > 0 ? floatTimes[floats - 1] : INT64_MIN;
            const int64_t histogramMs = histograms > 0 ? histogramTimes[histograms - 1] : INT64_MIN;
            const int64_t newestMs = std::max(floatMs, histogramMs);
            if (newestMs == INT64_MIN || newestMs <= times[step] - m_lookbackMs)
                continue;
            if (histogramMs > floatMs)
                fillHistogram(column, step, histograms - 1, sampleTimes);
            else if (!isStale(m_samples.floats.values[floats - 1]))
                column.values[step] =
                    sampleTimes ? static_cast<double>(floatMs) / 1000 : m_samples.floats.values[floats - 1];
        }
    }

private:
    void fillHistogram(Column &column, size_t step, size_t index, bool sampleTimes)
    {
        if (isStale(m_samples.histograms.values[index].sum()))
            return;
        if (sampleTimes) {
            column.values[step] = static_cast<double>(m_samples.histograms.timestampsMs[index]) / 1000;
            return;
        }
        if (!m_shared || m_sharedIndex != index)
            m_shared = std::make_shared<Histogram>(m_samples.histograms.values[index]);
        m_sharedIndex = index;
        column.setHistogram(step, m_shared);
    }

    const StreamSamples &m_samples;
    int64_t m_lookbackMs;
    HistogramPtr m_shared;
    size_t m_sharedIndex = 0;
};

/// The running total of increments at each step, from when the series began.
void fillRunningTotal(Context &context, const SelectedStream &stream, const FloatColumns &samples,
                      int64_t fromMs, const std::vector<int64_t> &times, Column &column)
{
    ExactSum total;
    if (stream.begunBefore) {
        const auto before = context.reader.totalBefore(stream.floats, fromMs);
        if (!before)
            return context.fail(before.error());
        total.add(*before);
    }
    size_t next = 0;
    double value = total.value();
    column.decimal = true;
    for (size_t step = 0; step < times.size(); step++) {
        const size_t first = next;
        for (; next < samples.size() && samples.timestampsMs[next] <= times[step]; next++) {
            if (!isStale(samples.values[next]))
                total.add(samples.values[next]);
        }
        if (next != first)
            value = total.value();
        if (stream.begunBefore || next > 0)
            column.values[step] = value;
    }
}

void fillRunningHistogram(Context &context, const SelectedStream &stream, const HistogramColumns &samples,
                          int64_t fromMs, const std::vector<int64_t> &times, Column &column)
{
    Histogram total;
    bool begun = false;
    if (stream.begunBefore) {
        auto before = context.reader.histogramBefore(stream.histograms, fromMs);
        if (!before)
            return context.fail(before.error());
        total = std::move(*before);
        begun = true;
    }
    HistogramPtr shared = begun ? std::make_shared<Histogram>(total) : nullptr;
    size_t next = 0;
    for (size_t step = 0; step < times.size(); step++) {
        const size_t first = next;
        for (; next < samples.size() && samples.timestampsMs[next] <= times[step]; next++) {
            if (!begun)
                total = samples.values[next];
            else if (!total.mixesWith(samples.values[next]))
                total.merge(samples.values[next]);
            begun = true;
        }
        if (next != first)
            shared = std::make_shared<Histogram>(total);
        if (shared)
            column.setHistogram(step, shared);
    }
}

void removeStale(FloatColumns &columns)
{
    if (std::ranges::none_of(columns.values, isStale))
        return;
    size_t kept = 0;
    for (size_t i = 0; i < columns.size(); i++) {
        if (isStale(columns.values[i]))
            continue;
        columns.timestampsMs[kept] = columns.timestampsMs[i];
        columns.values[kept++] = columns.values[i];
    }
    columns.timestampsMs.resize(kept);
    columns.values.resize(kept);
}

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
    const auto times = lookTimes(selector.shift, grid);
    const int64_t lookbackMs = m_context.limits.lookbackMs;
    const int64_t fromMs = times.front() - lookbackMs + 1;
    const bool smoothed = selector.bounds == VectorSelector::Bounds::Smoothed;
    const int64_t toMs = times.back() + (smoothed ? lookbackMs : 0);
    const auto streams = selectStreams(m_context, selector, fromMs, toMs, !sampleTimes);
    VectorValue result;
    result.reserve(streams.size());
    StreamSamples samples;
    for (const SelectedStream &stream : streams) {
        int64_t reachMs = lookbackMs;
        int64_t totalsFromMs = fromMs;
        if (RollupFeed::takesInstants(m_context, stream, fromMs)) {
            totalsFromMs = floorTo(fromMs, 3'600'000);
            reachMs = std::max(lookbackMs, RollupFeed::fillInstants(m_context, stream, totalsFromMs,
                                                                    times.back(), Position{}, samples));
        } else {
            readStream(m_context, stream, fromMs, toMs, samples);
        }
        if (m_context.failed())
            break;
        Column column(stream.labels, grid.steps);
        if (smoothed && !sampleTimes && !addsUp(stream.kind))
            fillSmoothed(m_context, samples, times, column);
        else if (sampleTimes || !addsUp(stream.kind))
            Lookback(samples, reachMs).fill(column, times, sampleTimes);
        else if (stream.floats)
            fillRunningTotal(m_context, stream, samples.floats, totalsFromMs, times, column);
        else
            fillRunningHistogram(m_context, stream, samples.histograms, totalsFromMs, times, column);
        if (!column.empty()) {
            m_context.countPoints(grid.steps);
            result.push_back(std::move(column));
        }
    }
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
    const auto &selector = *inner.as<RangeSelector>()->selector->as<VectorSelector>();
    const int64_t fromMs = ends.front() - rangeMs(inner) + 1;
    const auto streams = selectStreams(m_context, selector, fromMs, ends.back(), withBegun);
    RangeSeries series;
    StreamSamples samples;
    RollupFeed feed(m_context, ends, rangeMs(inner), rollups);
    for (const SelectedStream &stream : streams) {
        series.labels = stream.labels;
        series.kind = stream.kind;
        series.begunBefore = stream.begunBefore;
        if (feed.takes(stream, fromMs)) {
            feed.fill(stream, fromMs, ends.back(), inner.position, series);
        } else {
            readStream(m_context, stream, fromMs, ends.back(), samples);
            removeStale(samples.floats);
            series.clearSamples();
            std::swap(series.floats, samples.floats);
            std::swap(series.histograms, samples.histograms);
        }
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

VectorValue Evaluator::rangeCall(const Expr &expr, const Call &call, const Grid &grid)
{
    const FunctionRow &function = *call.function;
    const Expr *range = nullptr;
    std::vector<ScalarValue> parameters;
    for (const auto &argument : call.arguments) {
        if (argument->type == ValueType::RangeVector)
            range = argument.get();
        else
            parameters.push_back(scalar(*argument, grid));
    }
    if (isExtended(*range))
        return evaluateExtended(*this, expr, call, *range, grid);
    const auto ends = windowEnds(*range, grid);
    VectorValue result;
    std::vector<double> parameter(parameters.size());
    eachRangeSeries(*range, grid, function.sumsIncrements, function.rollups, [&](const RangeSeries &series) {
        Column column(series.labels, grid.steps);
        column.dropsName = series.dropsName;
        if (!function.keepsName)
            m_context.dropName(column);
        column.decimal = series.kind == Kind::Delta;
        WindowWalk walk(series, rangeMs(*range), function.sumsIncrements);
        bool any = false;
        size_t work = 0;
        for (size_t step = 0; step < grid.steps; step++) {
            const Window window = walk.next(ends[step]);
            work += window.size() + 1;
            if (work > workBetweenChecks) {
                work = 0;
                if (!m_context.proceed())
                    return;
            }
            if (window.size() == 0 && !(function.sumsIncrements && addsUp(window.kind) && window.begun))
                continue;
            for (size_t i = 0; i < parameters.size(); i++)
                parameter[i] = parameters[i][step];
            Point point = function.range(
                window, RangeCall{m_context, expr, *range, *series.labels, parameter, grid.at(step)});
            if (point.histogram)
                column.setHistogram(step, std::move(point.histogram));
            else
                column.values[step] = point.value;
            any = any || column.has(step);
        }
        if (any) {
            m_context.countPoints(grid.steps);
            result.push_back(std::move(column));
        }
    });
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

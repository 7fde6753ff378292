#include "storage/query/Query.h"

#include "storage/query/Analyzer.h"
#include "storage/query/Evaluator.h"
#include "storage/query/Parser.h"

namespace plimsoll {

using namespace promql;

namespace {

QueryPoint pointOf(const Column &column, size_t step, const Grid &grid)
{
    if (column.hasHistogram(step))
        return {grid.at(step), 0, column.histograms[step]};
    return {grid.at(step), column.values[step], nullptr};
}

QuerySeries seriesOf(const Column &column, const Grid &grid)
{
    QuerySeries series;
    series.labels = *column.labels;
    size_t count = 0;
    for (size_t step = 0; step < grid.steps; step++)
        count += column.has(step);
    series.points.reserve(count);
    for (size_t step = 0; step < grid.steps; step++) {
        if (column.has(step))
            series.points.push_back(pointOf(column, step, grid));
    }
    return series;
}

void appendWindow(const Window &window, QuerySeries &series)
{
    size_t histogram = 0;
    const auto takeHistograms = [&](int64_t beforeMs) {
        for (; histogram < window.histograms.size() && window.histogramTimes[histogram] < beforeMs;
             histogram++)
            series.points.push_back({window.histogramTimes[histogram], 0,
                                     std::make_shared<Histogram>(window.histograms[histogram])});
    };
    for (size_t i = 0; i < window.times.size(); i++) {
        takeHistograms(window.times[i]);
        series.points.push_back({window.times[i], window.values[i], nullptr});
    }
    takeHistograms(INT64_MAX);
}

/// All samples of a range vector at one instant.
QueryResult matrix(Evaluator &evaluator, const Expr &root, const Grid &grid)
{
    QueryResult result;
    result.type = QueryResult::Type::Matrix;
    const auto ends = evaluator.windowEnds(root, grid);
    evaluator.eachRangeSeries(root, grid, false, RollupUse::Ends, [&](const RangeSeries &samples) {
        const Window window = WindowWalk(samples, Evaluator::rangeMs(root)).next(ends.front());
        if (window.size() == 0)
            return;
        QuerySeries series;
        series.labels = *samples.labels;
        appendWindow(window, series);
        result.series.push_back(std::move(series));
    });
    return result;
}

void addColumns(Context &context, const VectorValue &vector, const Grid &grid, QueryResult &result)
{
    if (vector.size() > context.limits.maxSeries) {
        return context.fail(
            {ErrorCode::TooLarge,
             "The answer has more than " + std::to_string(context.limits.maxSeries) + " series.",
             "Aggregate them or select fewer."});
    }
    result.series.reserve(vector.size());
    for (const Column &column : vector)
        result.series.push_back(seriesOf(column, grid));
}

Result<QueryResult> finish(Context &context, QueryResult result)
{
    context.proceed();
    if (context.failed())
        return context.failure();
    result.warnings = context.warnings();
    for (std::string &warning : context.reader.warnings())
        result.warnings.push_back(std::move(warning));
    result.infos = context.infos();
    result.samplesRead = context.samplesRead();
    return result;
}

QuerySeries scalarSeries(const ScalarValue &values, const Grid &grid)
{
    QuerySeries series;
    series.points.reserve(values.size());
    for (size_t step = 0; step < values.size(); step++)
        series.points.push_back({grid.at(step), values[step], nullptr});
    return series;
}

} // namespace

Result<Query> Query::parse(std::string_view text)
{
    auto root = promql::parse(text);
    if (!root)
        return root.error();
    if (auto status = analyze(**root); !status)
        return status.error();
    return Query(std::shared_ptr<const Expr>(std::move(*root)));
}

Result<QueryResult> Query::instant(const SeriesReader &reader, ProjectId project, int64_t timeMs,
                                   const QueryLimits &limits, const std::atomic<bool> *cancelled) const
{
    const Grid grid = Grid::instant(timeMs);
    Context context(reader, project, limits, cancelled, grid);
    Evaluator evaluator(context);
    if (m_root->type == ValueType::RangeVector)
        return finish(context, matrix(evaluator, *m_root, grid));
    QueryResult result;
    result.type = type();
    const Value value = evaluator.evaluate(*m_root, grid);
    if (const auto *text = std::get_if<std::string>(&value))
        result.text = *text;
    else if (const auto *scalar = std::get_if<ScalarValue>(&value))
        result.series.push_back(scalarSeries(*scalar, grid));
    else
        addColumns(context, std::get<VectorValue>(value), grid, result);
    return finish(context, std::move(result));
}

Result<QueryResult> Query::range(const SeriesReader &reader, ProjectId project, int64_t startMs,
                                 int64_t endMs, int64_t stepMs, const QueryLimits &limits,
                                 const std::atomic<bool> *cancelled) const
{
    constexpr int64_t maxSteps = 10'000'000;
    if (stepMs <= 0 || endMs < startMs || (endMs - startMs) / stepMs >= maxSteps)
        return Error{ErrorCode::Invalid,
                     "The time range must not end before it starts, and its step must be above 0.",
                     {}};
    if (m_root->type != ValueType::Scalar && m_root->type != ValueType::InstantVector) {
        return Error{ErrorCode::Invalid,
                     "invalid expression type \"" + std::string(valueTypeName(m_root->type)) +
                         "\" for range query, must be Scalar or instant Vector",
                     {}};
    }
    const Grid grid{startMs, stepMs, static_cast<size_t>((endMs - startMs) / stepMs + 1)};
    Context context(reader, project, limits, cancelled, grid);
    Evaluator evaluator(context);
    QueryResult result;
    result.type = QueryResult::Type::Matrix;
    const Value value = evaluator.evaluate(*m_root, grid);
    if (const auto *scalar = std::get_if<ScalarValue>(&value))
        result.series.push_back(scalarSeries(*scalar, grid));
    else
        addColumns(context, std::get<VectorValue>(value), grid, result);
    return finish(context, std::move(result));
}

QueryResult::Type Query::type() const
{
    constexpr QueryResult::Type types[] = {QueryResult::Type::Scalar, QueryResult::Type::String,
                                           QueryResult::Type::Vector, QueryResult::Type::Matrix};
    return types[static_cast<size_t>(m_root->type)];
}

std::string Query::toString() const { return print(*m_root); }

} // namespace plimsoll

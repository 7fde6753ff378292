#include "storage/query/Query.h"

#include "storage/query/Analyzer.h"
#include "storage/query/Evaluator.h"
#include "storage/query/Experimental.h"
#include "storage/query/ExtendedRange.h"
#include "storage/query/Parser.h"
#include "storage/query/Printer.h"

#include <algorithm>

namespace plimsoll {

using namespace promql;

namespace {

std::atomic<bool> experimentalAllowed = false;

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
    if (isExtended(root)) {
        eachExtended(evaluator, root, grid, [&](const RangeSeries &samples) {
            QuerySeries series;
            series.labels = *samples.labels;
            for (size_t i = 0; i < samples.floats.size(); i++)
                series.points.push_back({samples.floats.timestampsMs[i], samples.floats.values[i], nullptr});
            evaluator.context().countPoints(series.points.size());
            result.series.push_back(std::move(series));
        });
        return result;
    }
    const auto ends = evaluator.windowEnds(root, grid);
    evaluator.eachRangeSeries(root, grid, false, RollupUse::Ends, [&](const RangeSeries &samples) {
        const Window window = WindowWalk(samples, evaluator.rangeMs(root)).next(ends.front());
        if (window.size() == 0)
            return;
        QuerySeries series;
        series.labels = *(samples.dropsName ? withoutName(samples.labels) : samples.labels);
        evaluator.context().countPoints(window.size());
        appendWindow(window, series);
        result.series.push_back(std::move(series));
    });
    return result;
}

/// Names that functions dropped go where the query delayed that.
void dropDelayedNames(Evaluator &evaluator, VectorValue &vector)
{
    bool any = false;
    for (Column &column : vector) {
        if (column.dropsName)
            column.labels = withoutName(column.labels);
        any = any || column.dropsName;
    }
    if (any)
        evaluator.requireUnique(vector);
}

QuerySeries scalarSeries(const ScalarValue &values, const Grid &grid)
{
    QuerySeries series;
    series.points.reserve(values.size());
    for (size_t step = 0; step < values.size(); step++)
        series.points.push_back({grid.at(step), values[step], nullptr});
    return series;
}

QueryAnswer::Each eachOf(const std::vector<QuerySeries> &series)
{
    return [&series](const QueryAnswer::Visit &visit) { return std::ranges::all_of(series, visit); };
}

QueryAnswer::Each eachOf(const VectorValue &vector, const Grid &grid)
{
    return [&vector, &grid](const QueryAnswer::Visit &visit) {
        return std::ranges::all_of(
            vector, [&](const Column &column) { return column.empty() || visit(seriesOf(column, grid)); });
    };
}

void checkSeries(Context &context, size_t count)
{
    if (count > context.limits.maxSeries)
        context.fail({ErrorCode::TooLarge,
                      "The answer has more than " + std::to_string(context.limits.maxSeries) + " series.",
                      "Aggregate them or select fewer."});
}

/// Ends an evaluation and hands its answer out.
Status finish(Context &context, QueryResult &head, QueryAnswer::Size size, QueryAnswer::Each each,
              const Query::Use &use)
{
    context.proceed();
    if (context.failed())
        return context.failure();
    head.warnings = context.warnings();
    for (std::string &warning : context.reader.warnings())
        head.warnings.push_back(std::move(warning));
    head.infos = context.infos();
    head.samplesRead = context.samplesRead();
    head.samplesHeld = context.samplesHeld();
    return use(QueryAnswer(head, size, std::move(each)));
}

Status finishMatrix(Evaluator &evaluator, const Expr &root, const Grid &grid, const Query::Use &use)
{
    if (auto status = checkDurations(root, evaluator.context().durations()); !status)
        return status;
    const QueryResult samples = matrix(evaluator, root, grid);
    checkSeries(evaluator.context(), samples.series.size());
    QueryAnswer::Size size{samples.series.size(), 0, false};
    for (const QuerySeries &series : samples.series) {
        size.points += series.points.size();
        size.histograms = size.histograms || std::ranges::any_of(series.points, [](const QueryPoint &point) {
                              return point.histogram != nullptr;
                          });
    }
    QueryResult head;
    head.type = QueryResult::Type::Matrix;
    return finish(evaluator.context(), head, size, eachOf(samples.series), use);
}

Status finishValue(Evaluator &evaluator, const Expr &root, const Grid &grid, QueryResult::Type type,
                   const Query::Use &use)
{
    Context &context = evaluator.context();
    QueryResult head;
    head.type = type;
    if (auto status = checkDurations(root, context.durations()); !status)
        return status;
    Value value = evaluator.evaluate(root, grid);
    if (auto *vector = std::get_if<VectorValue>(&value)) {
        dropDelayedNames(evaluator, *vector);
        checkSeries(context, vector->size());
        const bool histograms =
            std::ranges::any_of(*vector, [](const Column &column) { return !column.histograms.empty(); });
        return finish(context, head, {vector->size(), vector->size() * grid.steps, histograms},
                      eachOf(*vector, grid), use);
    }
    std::vector<QuerySeries> series;
    if (const auto *text = std::get_if<std::string>(&value))
        head.text = *text;
    else
        series.push_back(scalarSeries(std::get<ScalarValue>(value), grid));
    return finish(context, head, {1, grid.steps, false}, eachOf(series), use);
}

/// Keeps a whole answer.
class Collect
{
public:
    Query::Use use()
    {
        return [this](const QueryAnswer &answer) {
            m_result = answer.head();
            answer.each([this](const QuerySeries &series) {
                m_result.series.push_back(series);
                return true;
            });
            return Status();
        };
    }
    Result<QueryResult> result(const Status &done)
    {
        return done ? Result<QueryResult>(std::move(m_result)) : done.error();
    }

private:
    QueryResult m_result;
};

} // namespace

void Query::setExperimental(bool allowed) { experimentalAllowed = allowed; }

Result<Query> Query::parse(std::string_view text)
{
    return parse(text, promql::ParseOptions{.experimental = experimentalAllowed});
}

Result<Query> Query::parse(std::string_view text, const promql::ParseOptions &options)
{
    auto root = promql::parse(text, options);
    if (!root)
        return root.error();
    if (auto status = analyze(**root); !status)
        return status.error();
    if (auto status = options.experimental ? Status() : refuseExperimental(**root); !status)
        return status.error();
    return Query(std::shared_ptr<const Expr>(std::move(*root)));
}

Result<QueryResult> Query::instant(const SeriesReader &reader, ProjectId project, int64_t timeMs,
                                   const QueryLimits &limits, const std::atomic<bool> *cancelled) const
{
    Collect collect;
    return collect.result(instant(reader, project, timeMs, limits, cancelled, collect.use()));
}

Result<QueryResult> Query::range(const SeriesReader &reader, ProjectId project, int64_t startMs,
                                 int64_t endMs, int64_t stepMs, const QueryLimits &limits,
                                 const std::atomic<bool> *cancelled) const
{
    Collect collect;
    return collect.result(range(reader, project, startMs, endMs, stepMs, limits, cancelled, collect.use()));
}

Status Query::instant(const SeriesReader &reader, ProjectId project, int64_t timeMs,
                      const QueryLimits &limits, const std::atomic<bool> *cancelled, const Use &use) const
{
    const Grid grid = Grid::instant(timeMs);
    Context context(reader, project, limits, cancelled, grid);
    Evaluator evaluator(context);
    if (m_root->type == ValueType::RangeVector)
        return finishMatrix(evaluator, *m_root, grid, use);
    return finishValue(evaluator, *m_root, grid, type(), use);
}

Status Query::range(const SeriesReader &reader, ProjectId project, int64_t startMs, int64_t endMs,
                    int64_t stepMs, const QueryLimits &limits, const std::atomic<bool> *cancelled,
                    const Use &use) const
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
    const Grid grid{startMs, stepMs, static_cast<size_t>((endMs - startMs) / stepMs + 1), endMs};
    Context context(reader, project, limits, cancelled, grid);
    Evaluator evaluator(context);
    return finishValue(evaluator, *m_root, grid, QueryResult::Type::Matrix, use);
}

QueryResult::Type Query::type() const
{
    constexpr QueryResult::Type types[] = {QueryResult::Type::Scalar, QueryResult::Type::String,
                                           QueryResult::Type::Vector, QueryResult::Type::Matrix};
    return types[static_cast<size_t>(m_root->type)];
}

std::string Query::toString() const { return print(*m_root); }

} // namespace plimsoll

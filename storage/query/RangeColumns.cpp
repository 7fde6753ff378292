#include "storage/query/RangeColumns.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

constexpr size_t workBetweenChecks = 20'000; // samples or steps

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

} // namespace

RangeStreams::RangeStreams(Context &context, const RangeSelector &range, Position position,
                           std::vector<int64_t> ends, int64_t rangeMs, bool withBegun, RollupUse rollups)
    : m_context(context)
    , m_position(position)
    , m_ends(std::move(ends))
    , m_rangeMs(rangeMs)
    , m_fromMs(m_ends.front() - m_rangeMs + 1)
    , m_rollups(rollups)
    , m_streams(
          selectStreams(context, *range.selector->as<VectorSelector>(), m_fromMs, m_ends.back(), withBegun))
{
}

RangeStreams::Reader::Reader(const RangeStreams &streams, Context &context)
    : m_streams(streams)
    , m_context(context)
    , m_feed(context, streams.m_ends, streams.m_rangeMs, streams.m_rollups)
{
}

const RangeSeries &RangeStreams::Reader::read(size_t index)
{
    const SelectedStream &stream = m_streams.m_streams[index];
    const int64_t fromMs = m_streams.m_fromMs;
    const int64_t toMs = m_streams.m_ends.back();
    m_series.labels = stream.labels;
    m_series.kind = stream.kind;
    m_series.begunBefore = stream.begunBefore;
    if (m_feed.takes(stream, fromMs)) {
        m_feed.fill(stream, fromMs, toMs, m_streams.m_position, m_series);
    } else {
        readStream(m_context, stream, fromMs, toMs, m_samples);
        removeStale(m_samples.floats);
        m_series.clearSamples();
        std::swap(m_series.floats, m_samples.floats);
        std::swap(m_series.histograms, m_samples.histograms);
    }
    if (m_context.failed())
        m_series.clearSamples();
    return m_series;
}

RangeColumns::RangeColumns(const Expr &expr, const Call &call, const Expr &range, const Grid &grid,
                           std::span<const ScalarValue> parameters, const std::vector<int64_t> &ends,
                           int64_t rangeMs)
    : m_expr(expr)
    , m_function(*call.function)
    , m_range(range)
    , m_grid(grid)
    , m_parameters(parameters)
    , m_ends(ends)
    , m_rangeMs(rangeMs)
{
}

bool RangeColumns::fill(Context &context, const RangeSeries &series, Column &column) const
{
    column.restart(series.labels, m_grid.steps);
    column.decimal = series.kind == Kind::Delta;
    column.dropsName = series.dropsName;
    WindowWalk walk(series, m_rangeMs, m_function.sumsIncrements);
    std::vector<double> parameter(m_parameters.size());
    bool any = false;
    size_t work = 0;
    for (size_t step = 0; step < m_grid.steps; step++) {
        const Window window = walk.next(m_ends[step]);
        work += window.size() + 1;
        if (work > workBetweenChecks) {
            work = 0;
            if (!context.proceed())
                return false;
        }
        if (window.size() == 0 && !(m_function.sumsIncrements && addsUp(window.kind) && window.begun))
            continue;
        for (size_t i = 0; i < parameter.size(); i++)
            parameter[i] = m_parameters[i][step];
        Point point = m_function.range(
            window, RangeCall{context, m_expr, m_range, *series.labels, parameter, m_grid.at(step)});
        if (point.histogram)
            column.setHistogram(step, std::move(point.histogram));
        else
            column.values[step] = point.value;
        any = any || column.has(step);
    }
    return any;
}

void RangeColumns::each(Context &context, const RangeStreams &streams, const ColumnLine::Take &take) const
{
    const ColumnLine::Maker maker = [&](Context &own) -> ColumnLine::Make {
        const auto reader = std::make_shared<RangeStreams::Reader>(streams, own);
        return [this, &own, reader](size_t index, Column &column) {
            const RangeSeries &series = reader->read(index);
            return !own.failed() && fill(own, series, column);
        };
    };
    ColumnLine::run(context, streams.streams().size(), false, maker, take);
}

} // namespace plimsoll::promql

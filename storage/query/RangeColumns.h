#pragma once

#include "storage/query/ColumnLine.h"
#include "storage/query/Evaluator.h"
#include "storage/query/RollupFeed.h"
#include "storage/query/Selection.h"

namespace plimsoll::promql {

/// The windows of a range selector, series by series.
class RangeStreams
{
public:
    /// `ends` are those of the windows, which never go back. `withBegun` adds delta and distribution series
    /// that have samples before the windows only.
    RangeStreams(Context &context, const RangeSelector &range, Position position, std::vector<int64_t> ends,
                 int64_t rangeMs, bool withBegun, RollupUse rollups);

    const std::vector<SelectedStream> &streams() const { return m_streams; }
    const std::vector<int64_t> &ends() const { return m_ends; }
    int64_t rangeMs() const { return m_rangeMs; }

    /// Reads series for one thread, whose memory one takes over from the other.
    class Reader
    {
    public:
        Reader(const RangeStreams &streams, Context &context);
        /// The samples of a series, until the next call. Empty where the context fails.
        const RangeSeries &read(size_t index);

    private:
        const RangeStreams &m_streams;
        Context &m_context;
        RollupFeed m_feed;
        RangeSeries m_series;
        StreamSamples m_samples;
    };

private:
    Context &m_context;
    const Position m_position;
    const std::vector<int64_t> m_ends;
    const int64_t m_rangeMs;
    const int64_t m_fromMs;
    const RollupUse m_rollups;
    std::vector<SelectedStream> m_streams;
};

/// What a range function makes of each window of a series.
class RangeColumns
{
public:
    /// `parameters` are the scalar arguments in order, over the steps of the grid.
    RangeColumns(const Expr &expr, const Call &call, const Expr &range, const Grid &grid,
                 std::span<const ScalarValue> parameters, const std::vector<int64_t> &ends, int64_t rangeMs);

    /// Fills a column, which keeps the labels of the series; false where it stays empty.
    bool fill(Context &context, const RangeSeries &series, Column &column) const;
    /// Hands over the columns of all series that have one, in the order of their labels, with their names.
    void each(Context &context, const RangeStreams &streams, const ColumnLine::Take &take) const;

private:
    const Expr &m_expr;
    const FunctionRow &m_function;
    const Expr &m_range;
    const Grid &m_grid;
    std::span<const ScalarValue> m_parameters;
    const std::vector<int64_t> &m_ends;
    int64_t m_rangeMs;
};

} // namespace plimsoll::promql

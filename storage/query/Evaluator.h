#pragma once

#include "storage/query/Functions.h"

#include <functional>

namespace plimsoll::promql {

/// Samples of one series of a range vector, without staleness markers, enough for the windows of all steps.
struct RangeSeries
{
    LabelsPtr labels;
    bool dropsName = false; ///< of a subquery's columns
    Kind kind = Kind::Untyped;
    bool begunBefore = false;
    FloatColumns floats;
    HistogramColumns histograms;

    /// Of rollups; all are empty for samples. One lies in each window that ends at or after `enter` and
    /// begins before `leave`.
    std::vector<double> weights;  ///< of the floats
    std::vector<int64_t> enterMs; ///< empty where they are the times of the floats
    std::vector<int64_t> leaveMs;
    std::vector<int64_t> histogramEnterMs;
    std::vector<int64_t> histogramLeaveMs;

    void clearSamples()
    {
        floats.clear();
        histograms.clear();
        weights.clear();
        for (auto *marks : {&enterMs, &leaveMs, &histogramEnterMs, &histogramLeaveMs})
            marks->clear();
    }
};

/// Gives the window of each step over one series; the ends of the windows never go back.
class WindowWalk
{
public:
    /// With `sumsIncrements` the windows of a delta or distribution series come with the sum of their
    /// increments, which is moved along: an increment is added once and subtracted once, however many windows
    /// it lies in.
    WindowWalk(const RangeSeries &series, int64_t rangeMs, bool sumsIncrements = false);

    Window next(int64_t endMs);

private:
    void moveSum(size_t first, size_t last);
    void moveMerged(size_t first, size_t last);

    const RangeSeries &m_series;
    int64_t m_rangeMs;
    size_t m_first = 0;
    size_t m_last = 0;
    size_t m_firstHistogram = 0;
    size_t m_lastHistogram = 0;
    bool m_keepsSum = false;
    bool m_keepsMerged = false;
    ExactSum m_sum;
    Histogram m_merged;
};

/// Walks the tree. Every node is evaluated once for all steps of its grid and yields columns.
class Evaluator
{
public:
    explicit Evaluator(Context &context)
        : m_context(context)
    {
    }

    Context &context() { return m_context; }

    Value evaluate(const Expr &expr, const Grid &grid);
    ScalarValue scalar(const Expr &expr, const Grid &grid);
    VectorValue vector(const Expr &expr, const Grid &grid);
    std::string string(const Expr &expr);

    /// An instant selector; with `sampleTimes` the values are the times of the samples in seconds, for
    /// timestamp().
    VectorValue instantSelector(const VectorSelector &selector, const Grid &grid, bool sampleTimes = false);

    /// The range of a range vector expression.
    int64_t rangeMs(const Expr &range) const;
    /// The end of its window at each step.
    std::vector<int64_t> windowEnds(const Expr &range, const Grid &grid) const;
    /// Calls back for every series of a range vector, with the samples of all windows. `withBegun` adds delta
    /// and distribution series that have samples before them only.
    void eachRangeSeries(const Expr &range, const Grid &grid, bool withBegun, RollupUse rollups,
                         const std::function<void(const RangeSeries &)> &use);

    /// What a range function is called with: the range vector, and the scalars over all steps.
    struct RangeArguments
    {
        const Expr *range = nullptr;
        std::vector<ScalarValue> parameters;
    };
    RangeArguments rangeArguments(const Call &call, const Grid &grid);
    /// When an instant selector looks back, at each step.
    std::vector<int64_t> lookTimes(const TimeShift &shift, const Grid &grid) const;

    /// Fails unless labels are unique at every step; joins columns that share them at different steps.
    void requireUnique(VectorValue &vector);

private:
    VectorValue rangeCall(const Expr &expr, const Call &call, const Grid &grid);
    VectorValue elementCall(const Call &call, const Grid &grid);
    Value unary(const Unary &unary, const Grid &grid);
    void eachSubquerySeries(const Subquery &subquery, const std::vector<int64_t> &ends,
                            const std::function<void(const RangeSeries &)> &use);

    Context &m_context;
};

} // namespace plimsoll::promql

#include "storage/query/Evaluator.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

/// `enter` and `leave` are the times of samples, or marks of rollups.
void moveWindow(const std::vector<int64_t> &enter, const std::vector<int64_t> &leave, int64_t startMs,
                int64_t endMs, size_t &first, size_t &last)
{
    while (last < enter.size() && enter[last] <= endMs)
        last++;
    while (first < last && leave[first] <= startMs)
        first++;
}

/// Rollups widen a window to the spans that they stand for.
void widen(Window &window, const std::vector<int64_t> &enter, const std::vector<int64_t> &leave, size_t first,
           size_t last)
{
    if (leave.empty() || first >= last)
        return;
    window.startMs = std::min(window.startMs, enter[first] - 1);
    window.endMs = std::max(window.endMs, leave[last - 1]);
}

/// Whether histograms can be added and subtracted again without a trace.
bool cancelOut(const std::vector<Histogram> &histograms)
{
    return std::ranges::all_of(histograms, [&](const Histogram &histogram) {
        return std::isfinite(histogram.sum()) && !histogram.mixesWith(histograms.front());
    });
}

} // namespace

WindowWalk::WindowWalk(const RangeSeries &series, int64_t rangeMs, bool sumsIncrements)
    : m_series(series)
    , m_rangeMs(rangeMs)
    , m_keepsSum(sumsIncrements && series.kind == Kind::Delta)
    , m_keepsMerged(sumsIncrements && series.kind == Kind::Distribution &&
                    cancelOut(series.histograms.values))
{
}

Window WindowWalk::next(int64_t endMs)
{
    const auto &floats = m_series.floats;
    const auto &histograms = m_series.histograms;
    const int64_t startMs = endMs - m_rangeMs;
    const size_t oldFirst = m_first, oldLast = m_last;
    const size_t oldFirstHistogram = m_firstHistogram, oldLastHistogram = m_lastHistogram;
    const auto &enterMs = m_series.enterMs.empty() ? floats.timestampsMs : m_series.enterMs;
    moveWindow(enterMs, m_series.leaveMs.empty() ? floats.timestampsMs : m_series.leaveMs, startMs, endMs,
               m_first, m_last);
    const bool histogramRollups = !m_series.histogramEnterMs.empty();
    moveWindow(histogramRollups ? m_series.histogramEnterMs : histograms.timestampsMs,
               histogramRollups ? m_series.histogramLeaveMs : histograms.timestampsMs, startMs, endMs,
               m_firstHistogram, m_lastHistogram);
    Window window;
    window.times = std::span(floats.timestampsMs).subspan(m_first, m_last - m_first);
    window.values = std::span(floats.values).subspan(m_first, m_last - m_first);
    window.histogramTimes =
        std::span(histograms.timestampsMs).subspan(m_firstHistogram, m_lastHistogram - m_firstHistogram);
    window.histograms =
        std::span(histograms.values).subspan(m_firstHistogram, m_lastHistogram - m_firstHistogram);
    window.startMs = startMs;
    window.endMs = endMs;
    widen(window, enterMs, m_series.leaveMs, m_first, m_last);
    widen(window, m_series.histogramEnterMs, m_series.histogramLeaveMs, m_firstHistogram, m_lastHistogram);
    if (!m_series.weights.empty())
        window.weights = std::span(m_series.weights).subspan(m_first, m_last - m_first);
    window.kind = m_series.kind;
    window.begun = m_series.begunBefore || m_last > 0 || m_lastHistogram > 0;
    if (m_keepsSum) {
        moveSum(oldFirst, oldLast);
        window.sum = &m_sum;
    }
    if (m_keepsMerged) {
        moveMerged(oldFirstHistogram, oldLastHistogram);
        window.merged = &m_merged;
    }
    return window;
}

void WindowWalk::moveSum(size_t first, size_t last)
{
    const auto &values = m_series.floats.values;
    if (m_first >= last || !m_sum.exact()) {
        m_sum = ExactSum();
        first = last = m_first;
    }
    for (size_t i = first; i < m_first; i++)
        m_sum.subtract(values[i]);
    for (size_t i = last; i < m_last; i++)
        m_sum.add(values[i]);
}

void WindowWalk::moveMerged(size_t first, size_t last)
{
    const auto &values = m_series.histograms.values;
    if (m_firstHistogram >= last) {
        m_merged = m_firstHistogram < m_lastHistogram ? Histogram(values[m_firstHistogram]) : Histogram();
        first = m_firstHistogram;
        last = m_firstHistogram + (m_firstHistogram < m_lastHistogram ? 1 : 0);
    }
    for (size_t i = first; i < m_firstHistogram; i++)
        m_merged.subtract(values[i]);
    for (size_t i = last; i < m_lastHistogram; i++)
        m_merged.merge(values[i]);
    double min = __builtin_inf();
    double max = -__builtin_inf();
    bool known = true;
    for (size_t i = m_firstHistogram; i < m_lastHistogram; i++) {
        known = known && values[i].min() <= values[i].max();
        min = std::min(min, values[i].min());
        max = std::max(max, values[i].max());
    }
    m_merged.setExtremes(known ? min : __builtin_inf(), known ? max : -__builtin_inf());
}

} // namespace plimsoll::promql

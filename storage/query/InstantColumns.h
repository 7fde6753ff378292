#pragma once

#include "storage/query/ColumnLine.h"
#include "storage/query/Selection.h"

namespace plimsoll::promql {

/// The columns of an instant selector, series by series.
class InstantColumns
{
public:
    /// `times` are where it looks back from, at each step; they never go back. With `sampleTimes` the values
    /// are the times of the samples in seconds.
    InstantColumns(Context &context, const VectorSelector &selector, std::vector<int64_t> times,
                   bool sampleTimes);

    const std::vector<SelectedStream> &streams() const { return m_streams; }
    /// Hands over the columns that are not empty, in the order of their labels.
    void each(const ColumnLine::Take &take) const;

private:
    bool make(Context &context, size_t index, StreamSamples &samples, Column &column) const;
    void read(Context &context, const SelectedStream &stream, StreamSamples &samples) const;
    bool isOneInstant() const { return m_times.front() == m_times.back(); }

    Context &m_context;
    const std::vector<int64_t> m_times;
    const bool m_sampleTimes;
    const bool m_smoothed; ///< interpolates between the samples around each time
    const int64_t m_lookbackMs;
    const int64_t m_fromMs;
    const int64_t m_toMs;
    std::vector<SelectedStream> m_streams;
};

} // namespace plimsoll::promql

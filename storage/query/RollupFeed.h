#pragma once

#include "storage/model/RollupColumns.h"
#include "storage/query/Evaluator.h"
#include "storage/query/Selection.h"

namespace plimsoll::promql {

/// Decides whether a series is read as rollups, and brings rollups into the form of samples: where raw
/// samples are gone, or where whole hours give the same answer.
class RollupFeed
{
public:
    /// `ends` are those of the windows of a range vector, `feed` what its function makes of rollups.
    RollupFeed(Context &context, const std::vector<int64_t> &ends, int64_t rangeMs, RollupUse use);

    /// True where a stream is to be read by fill(), from `fromMs` on.
    bool takes(const SelectedStream &stream, int64_t fromMs) const;
    /// Fills the samples, windows' marks and weights of a series.
    void fill(const SelectedStream &stream, int64_t fromMs, int64_t toMs, Position position,
              RangeSeries &series);

    /// For instant selectors: the last sample of each span, or the increments of each. How far one looks back
    /// then is returned.
    static int64_t fillInstants(Context &context, const SelectedStream &stream, int64_t fromMs, int64_t toMs,
                                Position position, StreamSamples &samples);
    /// Whether an instant selector reads a stream so.
    static bool takesInstants(Context &context, const SelectedStream &stream, int64_t fromMs);

private:
    Context &m_context;
    RollupUse m_use;
    bool m_aligned = false; ///< windows hold whole hours, and the function gives the same of them
    RollupColumns m_rows;   ///< of the series under way, whose memory the next one takes over
};

} // namespace plimsoll::promql

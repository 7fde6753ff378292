#pragma once

#include "storage/query/Context.h"

namespace plimsoll::promql {

/// A series of a selection; where storage has floats and histograms of equal labels, both.
struct SelectedStream
{
    LabelsPtr labels;
    Kind kind = Kind::Untyped;
    SeriesId floats = 0;      ///< 0: none
    SeriesId histograms = 0;  ///< 0: none
    bool begunBefore = false; ///< of delta and distribution: may have samples before the selected range
};

/// Its samples, with staleness markers.
struct StreamSamples
{
    FloatColumns floats;
    HistogramColumns histograms;
};

/// Whether a selector names its metric: then no two of its series differ by their names only.
bool namesOneMetric(const VectorSelector &selector);

/// The series with samples in [fromMs, toMs], and where `withBegun` is set those delta and distribution
/// series that have some before. Ordered by labels.
std::vector<SelectedStream> selectStreams(Context &context, const VectorSelector &selector, int64_t fromMs,
                                          int64_t toMs, bool withBegun);

/// Replaces `out` by the samples of a stream in [fromMs, toMs] and counts them.
void readStream(Context &context, const SelectedStream &stream, int64_t fromMs, int64_t toMs,
                StreamSamples &out);

/// The same of a stream of floats where the newest of these samples is enough.
void readNewest(Context &context, const SelectedStream &stream, int64_t fromMs, int64_t toMs,
                StreamSamples &out);

} // namespace plimsoll::promql

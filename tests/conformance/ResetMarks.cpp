#include "tests/conformance/ResetMarks.h"

#include "storage/model/Staleness.h"
#include "storage/query/HistogramMath.h"

namespace plimsoll::conformance {

namespace {

using Hint = Histogram::ResetHint;

Hint hintAfter(const Histogram &before, const Histogram &histogram)
{
    if (before.resetHint() == Hint::Gauge || before.mixesWith(histogram))
        return Hint::Unknown;
    if (histogram.count() < before.count())
        return Hint::Reset;
    if (before.schema() != histogram.schema() || before.zeroThreshold() != histogram.zeroThreshold() ||
        before.customBounds() != histogram.customBounds())
        return Hint::Unknown;
    Histogram plain = histogram;
    plain.setResetHint(Hint::Unknown);
    return promql::wasReset(plain, before) ? Hint::Reset : Hint::NotReset;
}

} // namespace

Histogram ResetMarks::marked(Histogram histogram)
{
    if (isStale(histogram.sum())) {
        m_before.reset();
        return histogram;
    }
    if (histogram.resetHint() == Hint::NotReset)
        histogram.setResetHint(Hint::Unknown);
    if (histogram.resetHint() == Hint::Unknown && m_before)
        histogram.setResetHint(hintAfter(*m_before, histogram));
    m_before = histogram;
    return histogram;
}

} // namespace plimsoll::conformance

#pragma once

#include "storage/model/Histogram.h"

#include <optional>

namespace plimsoll::conformance {

/// Says of each histogram of a series whether it continues the one before, as Prometheus' storage does when
/// it takes them in; the scripts presume it, and what Prometheus sends by remote write carries it. Nothing is
/// said of the first one, of one after a float, and of one whose schema, bounds or zero bucket differ.
class ResetMarks
{
public:
    Histogram marked(Histogram histogram);
    /// A float or a stale marker came.
    void interrupt() { m_before.reset(); }

private:
    std::optional<Histogram> m_before;
};

} // namespace plimsoll::conformance

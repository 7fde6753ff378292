#pragma once

#include "alerts/SeriesSink.h"
#include "storage/model/BatchSink.h"

namespace plimsoll::app {

/// Takes what the alerts room makes through the ingest thread, like what any sender sends; the quotas of keys
/// do not apply to it.
class AlertSeries final : public alerts::SeriesSink
{
public:
    /// `sink` outlives it.
    explicit AlertSeries(BatchSink &sink)
        : m_sink(sink)
    {
    }

    QFuture<Status> write(ProjectId project, std::vector<alerts::MadeSample> samples) override;

private:
    BatchSink &m_sink;
};

} // namespace plimsoll::app

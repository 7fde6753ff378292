#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"

#include <QFuture>

#include <vector>

namespace plimsoll::alerts {

/// One sample that the alerts room makes: of ALERTS, of a recording rule, of a check.
struct MadeSample
{
    Labels labels; ///< with __name__
    Kind kind = Kind::Gauge;
    int64_t timestampMs = 0;
    double value = 0; ///< the stale marker of storage/model/Staleness.h ends a series
};

/// The role by which the room writes series into a project. Safe from any thread.
class SeriesSink
{
public:
    virtual ~SeriesSink() = default;
    /// Finishes, on any thread, once the samples are durable and the next query sees them, or with why not.
    /// A sample that is refused (a kind conflict, too old) fails the whole with the first reason; the others
    /// are kept. Nothing to write finishes at once.
    virtual QFuture<Status> write(ProjectId project, std::vector<MadeSample> samples) = 0;
};

/// Forgets what is written.
class NullSeriesSink final : public SeriesSink
{
public:
    QFuture<Status> write(ProjectId, std::vector<MadeSample>) override
    {
        return QtFuture::makeReadyFuture(Status());
    }
    static NullSeriesSink &instance()
    {
        static NullSeriesSink sink;
        return sink;
    }
};

} // namespace plimsoll::alerts

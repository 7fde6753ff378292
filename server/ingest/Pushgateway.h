#pragma once

#include "server/ingest/IngestThread.h"
#include "server/ingest/PushGroup.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace plimsoll::ingest {

/// Keeps what jobs pushed before they ended (README.md, "Pushgateway"): groups of samples that are repeated
/// at a steady interval until they are replaced, deleted or too old. They are records of their project, so
/// they survive a restart. Safe from any thread.
class Pushgateway
{
public:
    struct Options
    {
        int64_t intervalMs = 15'000; ///< between two samples; on a grid
        int64_t ttlMs = 0;           ///< a group that was not pushed for so long goes; 0: never
        size_t maxSeries = 200'000;  ///< of all groups together
    };
    enum class Mode {
        Replace, ///< the whole group
        Merge,   ///< metrics of the same names
    };
    /// Called once, from any thread, when all is on disk or with why it is not.
    using Done = std::function<void(Status)>;

    /// All must outlive stop().
    Pushgateway(IngestThread &ingest, DocumentStore &documents, const Clock &clock, const Options &options);
    /// Stops it.
    ~Pushgateway();

    /// Reads the groups of these projects, again where others may have changed them, and forgets those of
    /// all others.
    Status load(const std::set<ProjectId> &projects);

    /// Fails with Invalid where a metric does not fit to what is stored; nothing of it is taken then.
    void push(ProjectId project, const Labels &labels, Mode mode, std::vector<PushedSeries> series,
              Done done);
    /// Notes a push that could not be taken.
    void noteFailure(ProjectId project, const Labels &labels, Done done);
    /// Removes a group and ends its series; that there is none is a success.
    void remove(ProjectId project, const Labels &labels, Done done);

    /// Repeats the groups where it is time; call it once a second or so. Several appliances on one database
    /// call it on one of them.
    void tick();

    size_t groupCount() const;
    size_t seriesCount() const;

    /// What waits is refused from now on. Safe to call again.
    void stop();

private:
    class Core;
    const std::shared_ptr<Core> m_core;
};

} // namespace plimsoll::ingest

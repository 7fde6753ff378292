#pragma once

#include "app/ProcText.h"
#include "app/SampleCadence.h"
#include "storage/model/BatchSink.h"

#include <optional>
#include <set>
#include <string>

namespace plimsoll::app {

class BatchBuilder;

/// Samples the machine: processors, memory, disks, network, load, uptime (server/api/README.md, "Names of our
/// own series"). The first sample is taken by start() at once, the processors' usage one second later. Lives
/// on a thread with an event loop; reading /proc and statvfs of local disks takes well under a millisecond.
class HostMetrics final
{
public:
    /// The sink and the clock must outlive it.
    HostMetrics(BatchSink &sink, const Clock &clock, ProjectId project = defaultProject);

    /// Before start(): tells this appliance's series from those of others in the same database.
    void setInstance(std::string instance) { m_instance = std::move(instance); }
    void start() { m_cadence.start(); }
    void stop() { m_cadence.stop(); }

    /// One sample; what the machine does not tell is left out.
    Batch sample(int64_t timestampMs);

private:
    void addCpu(BatchBuilder &batch);
    void addDisks(BatchBuilder &batch) const;

    BatchSink &m_sink;
    ProjectId m_project;
    std::string m_instance;
    std::optional<CpuTimes> m_cpu;
    SampleCadence m_cadence;
};

} // namespace plimsoll::app

#pragma once

#include "app/Configuration.h"
#include "app/DataDirectory.h"
#include "storage/engine/Engine.h"

namespace plimsoll::app {

/// The engine of a data directory that no appliance holds, for one shell command. The calling thread is its
/// writer.
class OfflineEngine
{
public:
    /// Fails with Conflict where a process holds the directory, and where the directory is not there.
    static Result<std::unique_ptr<OfflineEngine>> open(const Configuration &configuration);

    /// The number of a project; NotFound where there is none of that name.
    Result<ProjectId> project(const std::string &name);

    Engine &engine() { return *m_engine; }
    DataDirectory &data() { return *m_data; }
    const Clock &clock() const { return m_clock; }
    /// The clean stop.
    Status close() { return m_engine->close(); }

private:
    OfflineEngine() = default;

    SystemClock m_clock;
    std::unique_ptr<DataDirectory> m_data;
    std::unique_ptr<Engine> m_engine;
};

} // namespace plimsoll::app

#include "app/OfflineEngine.h"

#include "app/EngineSettings.h"
#include "server/http/Projects.h"

namespace plimsoll::app {

Result<std::unique_ptr<OfflineEngine>> OfflineEngine::open(const Configuration &configuration)
{
    std::unique_ptr<OfflineEngine> offline(new OfflineEngine);
    auto data = DataDirectory::open(configuration.value("data"), configuration.value("storage"));
    if (!data)
        return data.error();
    offline->m_data = std::move(data).value();
    const auto options = engineOptions(configuration, offline->m_data->path(), offline->m_data->documents());
    if (!options)
        return options.error();
    auto engine = Engine::open(*options, offline->m_data->store(), offline->m_data->disk(), offline->m_clock);
    if (!engine)
        return engine.error();
    offline->m_engine = std::move(engine).value();
    return offline;
}

Result<ProjectId> OfflineEngine::project(const std::string &name)
{
    http::Projects projects(m_data->documents(), m_clock);
    if (const Status loaded = projects.load(); !loaded)
        return loaded.error();
    const auto found = projects.find(std::string_view(name));
    return found ? Result<ProjectId>(found->id) : http::unknownProject(name);
}

} // namespace plimsoll::app
